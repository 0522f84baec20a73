"""An order as pages and files may show it: kind, situation, items, what it comes to, payments."""

from dataclasses import dataclass
from datetime import datetime

from mirror.activity.opening import Seen
from mirror.activity.records import Item, Order
from mirror.activity.related import payments_of_order
from mirror.masking import Texts
from mirror.opening import Found
from web.activity import words
from web.activity.payment_rows import PaymentRow, payment_rows
from web.activity.records import line_total, notes, order_name, pieces, quantity, situation
from web.current import shop

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
        kind=words.ORDER_KINDS[record.kind],
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
