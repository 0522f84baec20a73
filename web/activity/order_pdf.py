"""An order's information as a page to print or to send: A4, masked as on the screen."""

from web.activity.order_files import Paper
from web.activity.order_sheet import OrderSheet
from web.activity.paper import MARGIN, WIDTH, Cell, Sheets
from web.money import money
from web.presenting import day, moment

_WHOLE = WIDTH - 2 * MARGIN
_LABEL = 90
_ITEMS = ((0.0, 255.0), (255.0, 60.0), (315.0, 90.0), (405.0, 94.0))
_PAYMENTS = ((0.0, 149.0), (149.0, 80.0), (229.0, 80.0), (309.0, 95.0), (404.0, 95.0))
_GUTTER = 6


def order_pdf(paper: Paper) -> bytes:
    """The document."""
    row = paper.order.row
    foot = f"Cópia do Espelho de {moment(paper.at)}, com os dados do cliente escondidos em parte"
    sheets = Sheets(f"{row.kind} {row.name}", foot)
    sheets.lines([Cell(paper.shop, MARGIN, _WHOLE)], 9)
    sheets.gap(6)
    sheets.lines([Cell(f"{row.kind} {row.name}", MARGIN, _WHOLE)], 18, bold=True)
    sheets.gap(8)
    for label, text in _facts(paper):
        sheets.lines([Cell(label, MARGIN, _LABEL), Cell(text, MARGIN + _LABEL, _WHOLE - _LABEL)])
    _items(sheets, paper.order)
    _payments(sheets, paper.order)
    return sheets.written()


def _facts(paper: Paper) -> list[tuple[str, str]]:
    row, whose = paper.order.row, paper.customer
    facts = [
        ("Situação", row.situation),
        ("Criação", moment(row.placed_at)),
        ("Cliente", f"{whose.name} (ID {whose.code})"),
        ("Documento", whose.document),
        ("Vendedor", row.seller),
        ("Total", money(row.amount, row.currency)),
        *(("Observação", note) for note in row.notes),
    ]
    return [(label, text) for label, text in facts if text]


def _items(sheets: Sheets, order: OrderSheet) -> None:
    if not order.items:
        return
    sheets.gap(14)
    _row(sheets, _ITEMS, ("Item", "Quantidade", "Valor unitário", "Valor"), bold=True)
    sheets.rule()
    currency = order.row.currency
    for item in order.items:
        amounts = (money(item.amount, currency), money(item.total, currency))
        _row(sheets, _ITEMS, (item.name, item.quantity, *amounts))
    sheets.rule()
    if order.items_total is not None:
        total = money(order.items_total, currency)
        _row(sheets, _ITEMS, ("Soma dos itens", "", "", total), bold=True)


def _payments(sheets: Sheets, order: OrderSheet) -> None:
    if not order.payments:
        return
    sheets.gap(14)
    titles = ("Pagamento", "Vencimento", "Pago em", "Valor", "Valor pago")
    _row(sheets, _PAYMENTS, titles, bold=True)
    sheets.rule()
    for one in order.payments:
        name = " · ".join(filter(None, (one.description or one.name, one.situation)))
        paid = moment(one.paid_at)[:10]
        amounts = (money(one.amount, one.currency), money(one.paid_amount, one.currency))
        _row(sheets, _PAYMENTS, (name, day(one.due), paid, *amounts))


def _row(
    sheets: Sheets,
    columns: tuple[tuple[float, float], ...],
    texts: tuple[str, ...],
    *,
    bold: bool = False,
) -> None:
    cells = [
        Cell(text, MARGIN + left, wide - (0 if place else _GUTTER), right=bool(place))
        for place, ((left, wide), text) in enumerate(zip(columns, texts, strict=True))
    ]
    sheets.lines(cells, 9.5, bold=bold)
