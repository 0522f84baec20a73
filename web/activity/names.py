"""How what a customer did is called: states, names, quantities and notes, masked."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from babel.numbers import format_decimal
from flask import url_for

from mirror.masking import Texts
from mirror.records import Item, Order
from mirror.store.sealing import Found, Seen
from web.look import words

_DIGITS = 15


@dataclass(frozen=True)
class Link:
    """Words that may lead somewhere inside."""

    text: str
    address: str | None = None


def is_of(seen: Seen | None, found: Found) -> bool:
    """Whether an activity is this customer's."""
    theirs = (found.source, found.external_id)
    return seen is not None and (seen.source, seen.record.customer) == theirs


def situation(words_of: Mapping[str, str], seen: Seen, texts: Texts) -> str:
    """A state in the master's own word where it has one, else in ours."""
    return texts.maybe(seen.record.state_received) or words_of[seen.record.state]


def notes(seen: Seen) -> tuple[str, ...]:
    """What was wrong with a record, in sentences."""
    flags: tuple[str, ...] = seen.record.flags
    return tuple(
        words.ACTIVITY_FLAGS.get(flag) or f"{words.ACTIVITY_FLAG_OTHER} ({flag})." for flag in flags
    )


def order_name(seen: Seen, texts: Texts) -> str:
    """What people call an order by: its number, or the master's id."""
    return texts.code(seen.record.number or seen.external_id)


def order_link(found: Found, name: str, orders: dict[str, Seen], own: Texts) -> Link:
    """The words for an order of the customer's, leading there where the mirror has it."""
    seen = orders.get(name)
    if seen is None or not is_of(seen, found):
        return Link(own.code(name))
    address = url_for("activity.order", customer_id=found.id, order_id=seen.id)
    return Link(order_name(seen, own), address)


def quantity(text: str, texts: Texts) -> str:
    """``1.5`` → ``1,5``; a number that is somebody's is masked, and counts as none below."""
    number = _decimal(text, texts)
    return texts.word(text) if number is None else _said(number)


def pieces(order: Order, texts: Texts) -> str:
    """How many items were ordered, all lines together; an em dash where nobody says."""
    numbers = [_decimal(item.quantity, texts) for item in order.items]
    known = [number for number in numbers if number is not None]
    if not known:
        return "—"
    return _said(sum(known, Decimal()))


def line_total(item: Item, texts: Texts) -> int | None:
    """What a line comes to, in hundredths: as the master says, or quantity times value."""
    number = _decimal(item.quantity, texts)
    if item.total is not None or item.amount is None or number is None:
        return item.total
    return int((number * item.amount).to_integral_value())


def _decimal(text: str, texts: Texts) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    if texts.word(text) != text:
        return None
    return number if number.is_finite() and abs(number.adjusted()) < _DIGITS else None


def _said(number: Decimal) -> str:
    return str(format_decimal(number, format="#,##0.######", locale="pt_BR"))
