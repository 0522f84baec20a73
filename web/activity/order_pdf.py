"""An order's information as a page to print or to send: A4, masked as on the screen."""

from collections.abc import Iterator

from web.activity.order_files import Paper
from web.activity.order_sheet import OrderSheet
from web.activity.paper import HEADING, SMALL, WIDE, amounts, document, pairs, text
from web.activity.payment_rows import PaymentRow
from web.money import money
from web.presenting import day, moment

_LABEL = 90
_ITEM_TITLES = ("Item", "Quantidade", "Valor unitário", "Valor")
_ITEMS = (255, 60, 90, WIDE - 405)
_PAYMENT_TITLES = ("Pagamento", "Vencimento", "Pago em", "Valor", "Valor pago")
_PAYMENTS = (149, 80, 80, 95, WIDE - 404)


def order_pdf(paper: Paper) -> bytes:
    """The document."""
    order, name = paper.order, f"{paper.order.row.kind} {paper.order.row.name}"
    story = [text(paper.shop, SMALL), text(name, HEADING), pairs(_facts(paper), _LABEL)]
    if order.items:
        story.append(amounts(_ITEM_TITLES, _items(order), _ITEMS, _items_total(order)))
    if order.payments:
        story.append(amounts(_PAYMENT_TITLES, map(_payment, order.payments), _PAYMENTS))
    foot = f"Cópia do Espelho de {moment(paper.at)}, com os dados do cliente escondidos em parte"
    return document(name, foot, story)


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


def _items(order: OrderSheet) -> Iterator[tuple[str, ...]]:
    currency = order.row.currency
    for item in order.items:
        yield item.name, item.quantity, money(item.amount, currency), money(item.total, currency)


def _items_total(order: OrderSheet) -> tuple[str, ...] | None:
    if order.items_total is None:
        return None
    return "Soma dos itens", "", "", money(order.items_total, order.row.currency)


def _payment(one: PaymentRow) -> tuple[str, ...]:
    name = " · ".join(filter(None, (one.description or one.name, one.situation)))
    values = (money(one.amount, one.currency), money(one.paid_amount, one.currency))
    return name, day(one.due), moment(one.paid_at)[:10], *values
