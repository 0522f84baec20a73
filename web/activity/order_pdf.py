"""An order's information as a page to print or to send: A4, masked as on the screen."""

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Table

from web.activity.order_files import Paper
from web.activity.orders import OrderSheet
from web.activity.payments import PaymentRow
from web.look.formats import day, moment, money

# Sets plain pages of A4: texts and tables from top to bottom, over as many pages as it takes.
#
# reportlab wraps, breaks and repeats a table's titles. The fonts are those that every reader of
# PDF has, so nothing is embedded.

MARGIN = 48
WIDE = A4[0] - 2 * MARGIN
_FOOT = 30
_FRAME = 6  # reportlab's own, inside the margins
_RULE = 0.5
_GUTTER = 6
_ENCODING = "cp1252"  # what the letters of those fonts are


def _style(name: str, size: float, font: str = "Helvetica", **more: Any) -> ParagraphStyle:
    return ParagraphStyle(name, fontName=font, fontSize=size, leading=size * 1.2, **more)


USUAL = _style("usual", 10)
SMALL = _style("small", 9)
HEADING = _style("heading", 18, "Helvetica-Bold", spaceBefore=6, spaceAfter=8)
_CELL = _style("cell", 9.5)
_AMOUNT = _style("amount", 9.5, alignment=TA_RIGHT)
_BOLD_CELL = _style("bold cell", 9.5, "Helvetica-Bold")
_BOLD_AMOUNT = _style("bold amount", 9.5, "Helvetica-Bold", alignment=TA_RIGHT)


def text(words: str, style: ParagraphStyle = USUAL) -> Flowable:
    """Words as they are, never as markup; a letter that the font lacks is a question mark."""
    return Paragraph(escape(words.encode(_ENCODING, "replace").decode(_ENCODING)), style)


def pairs(rows: Iterable[tuple[str, str]], label: float) -> Flowable:
    """What things are called on the left, ``label`` points wide, and what they are beside it."""
    return _table([[text(name), text(words)] for name, words in rows], (label, WIDE - label))


def amounts(
    titles: Sequence[str],
    rows: Iterable[Sequence[str]],
    widths: Sequence[float],
    total: Sequence[str] | None = None,
) -> Flowable:
    """A table whose first column is told and whose others end in line; titles on every page."""
    cells = [_row(titles, _BOLD_CELL, _BOLD_AMOUNT), *(_row(row, _CELL, _AMOUNT) for row in rows)]
    rules = [
        ("LINEBELOW", (0, place), (-1, place), _RULE, "black") for place in (0, len(cells) - 1)
    ]
    if total is not None:
        cells.append(_row(total, _BOLD_CELL, _BOLD_AMOUNT))
    return _table(cells, widths, rules, repeatRows=1, spaceBefore=14)


def document(title: str, foot: str, story: Sequence[Flowable]) -> bytes:
    """The story as a PDF; every page says ``foot``, which it is, and of how many."""
    out = BytesIO()
    margins = dict.fromkeys(
        ("leftMargin", "rightMargin", "topMargin", "bottomMargin"), MARGIN - _FRAME
    )
    setting = SimpleDocTemplate(
        out, pagesize=A4, title=title, author="Espelho", lang="pt-BR", **margins
    )
    setting.build(list(story), canvasmaker=partial(_Numbered, foot))
    return out.getvalue()


class _Numbered(Canvas):  # type: ignore[misc]  # no types are shipped with it
    """Holds every page back until it is known how many there are."""

    def __init__(self, foot: str, *args: Any, **kept: Any) -> None:
        super().__init__(*args, **kept)
        self._foot = foot
        self._held: list[dict[str, Any]] = []

    def showPage(self) -> None:  # noqa: N802 - reportlab's word
        self._held.append(dict(self.__dict__))
        self._startPage()

    def save(self) -> None:
        for number, page in enumerate(held := self._held, 1):
            self.__dict__.update(page)
            self.setFont(USUAL.fontName, 8)
            self.drawString(MARGIN, _FOOT, f"{self._foot} · {number}/{len(held)}")
            super().showPage()
        super().save()


def _row(texts: Sequence[str], first: ParagraphStyle, others: ParagraphStyle) -> list[Flowable]:
    return [text(words, others if place else first) for place, words in enumerate(texts)]


def _table(
    cells: list[list[Flowable]],
    widths: Sequence[float],
    more: Sequence[tuple[Any, ...]] = (),
    **kept: float,
) -> Flowable:
    plain = [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), 0),
        ("RIGHTPADDING", (0, 0), (-1, -1), 0),
        ("RIGHTPADDING", (0, 0), (0, -1), _GUTTER),
        ("TOPPADDING", (0, 0), (-1, -1), 2),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 0),
    ]
    return Table(cells, colWidths=widths, style=[*plain, *more], splitInRow=1, **kept)


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
