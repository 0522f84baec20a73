"""The tab of orders, and the page of one: items, what they come to, payments, files to take."""

from dataclasses import dataclass
from datetime import datetime

from flask import Response, abort, request

from mirror.masking import Texts
from mirror.reading.activity import get, of_customer, payments_of_order, purchases
from mirror.records import Item, Order
from mirror.store.sealing import Found, Seen
from web.activity import bp
from web.activity.names import is_of, line_total, notes, order_name, pieces, quantity, situation
from web.activity.payments import PaymentRow, payment_rows
from web.look import words
from web.look.customer_page import opened, rendered, texts
from web.security import with_boletos
from web.shop import shop

# An order as pages and files may show it: kind, situation, items, what it comes to, payments.

_TONES = {"done": "active", "cancelled": "deleted"}


@dataclass(frozen=True)
class OrderRow:
    """One order on a list."""

    id: int
    name: str
    kind: str
    state: str
    situation: str
    tone: str
    placed_at: datetime
    pieces: str
    amount: int
    currency: str
    seller: str | None
    notes: tuple[str, ...]


@dataclass(frozen=True)
class ItemRow:
    """One line of an order; amounts in hundredths of the order's currency."""

    name: str
    quantity: str
    plain_quantity: str
    """As programs read it: ``1.5``."""
    amount: int | None
    total: int | None


@dataclass(frozen=True)
class OrderSheet:
    """One order with all that is known of it."""

    row: OrderRow
    items: tuple[ItemRow, ...]
    items_total: int | None
    """None where a line does not say what it comes to."""
    payments: tuple[PaymentRow, ...]


def order_row(seen: Seen, texts: Texts) -> OrderRow:
    """An order as a line of a list."""
    record: Order = seen.record
    return OrderRow(
        id=seen.id,
        name=order_name(seen, texts),
        kind=texts.maybe(record.kind_received) or words.ORDER_KINDS[record.kind],
        state=record.state,
        situation=situation(words.ORDER_STATES, seen, texts),
        tone=_TONES.get(record.state, ""),
        placed_at=record.placed_at,
        pieces=pieces(record, texts),
        amount=record.amount,
        currency=record.currency,
        seller=texts.maybe(record.seller),
        notes=notes(seen),
    )


def order_sheet(found: Found, seen: Seen, texts: Texts) -> OrderSheet:
    """An order with its items and payments."""
    record: Order = seen.record
    items = tuple(_item(one, texts) for one in record.items)
    totals = [item.total for item in items if item.total is not None]
    return OrderSheet(
        row=order_row(seen, texts),
        items=items,
        items_total=sum(totals) if items and len(totals) == len(items) else None,
        payments=tuple(payment_rows(found, _payments(found, seen), texts)),
    )


def _item(one: Item, texts: Texts) -> ItemRow:
    return ItemRow(
        name=texts.text(one.name),
        quantity=quantity(one.quantity, texts),
        plain_quantity=texts.word(one.quantity),
        amount=one.amount,
        total=line_total(one, texts),
    )


def _payments(found: Found, seen: Seen) -> list[Seen]:
    whose = found.source, found.external_id
    return payments_of_order(shop().mirror, *whose, seen.external_id)


PER_PAGE = 20


@bp.get("/clientes/<int:customer_id>/pedidos")
def orders(customer_id: int) -> str:
    """A page of a customer's orders, newest first, and what all of them come to."""
    found = opened(customer_id, "pedidos")
    before = request.args.get("antes", type=int)
    whose = (found.source, found.external_id)
    page = of_customer(shop().mirror, "orders", *whose, before=before, limit=PER_PAGE)
    own = texts(found)
    return rendered(
        "activity/orders.html",
        found,
        "orders",
        rows=[order_row(seen, own) for seen in page.rows],
        sums=purchases(shop().mirror, *whose),
        older=page.older,
        paged=before is not None,
    )


@bp.get("/clientes/<int:customer_id>/pedidos/<int:order_id>")
def order(customer_id: int, order_id: int) -> Response:
    """One order."""
    found = opened(customer_id, "pedidos")
    sheet = order_sheet(found, order_of(found, order_id), texts(found))
    return with_boletos(rendered("activity/order.html", found, "orders", order=sheet))


def order_of(found: Found, order_id: int) -> Seen:
    """This customer's order of that id; 404 where there is none."""
    seen = get(shop().mirror, "orders", order_id)
    if seen is None or not is_of(seen, found):
        abort(404, "Este pedido não está na cópia: pode ter saído do sistema de origem.")
    return seen
