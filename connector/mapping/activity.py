"""Reads what customers do, by the map of its stream: orders, payments, deals and visits.

Money and the dates that count are right, or the record is refused; other things that are wrong are
left out with a flag.
"""

import re
from collections.abc import Callable, Iterable
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from hashlib import blake2b
from typing import Any

import msgspec

from connector.mapping import (
    MEANINGS,
    PORTUGUESE,
    RECORDS,
    ActivityMap,
    DealMap,
    OrderMap,
    Parts,
    PaymentMap,
    VisitMap,
    Words,
    fields,
    values,
)
from connector.mapping.expressions import Dialect, Expression, carrier, nothing
from connector.mapping.fields import RULES, Meaning, Reader, Whose, meaning
from connector.mapping.strict_json import absent
from connector.mapping.values import Refused, listed, parts_of
from mirror.records import BRL, Item, Order, Record
from mirror.text import fold


class ActivityTranslator:
    """Reads the records of one activity stream by its map."""

    def __init__(self, map_: ActivityMap, dialect: Dialect) -> None:
        self._read = reading(map_, dialect)
        self.whose: Whose = whose(map_, dialect)
        self._record = RECORDS[type(map_)]
        seen = msgspec.json.encode([RULES, self._record.__name__, map_, str(dialect.zone)])
        self.fingerprint = blake2b(seen, digest_size=4).digest()
        """Changes when the map or the rules change."""

    def __call__(
        self, record: dict[str, Any], external_id: str, version: int, updated_at: datetime | None
    ) -> Record:
        """What a master's record says that a customer did; raises Refused."""
        flags: list[str] = []
        found = self._read(record, flags, updated_at)
        return self._record(
            external_id=external_id,
            version=version,
            updated_at=updated_at,
            flags=tuple(dict.fromkeys(flags)) if flags else (),
            **found,
        )


def unknown_words(found: Record) -> Iterable[tuple[str, str]]:
    """Each field in whose place is a word that the map does not know, and the word."""
    if found.state == "unknown" and found.state_received:
        yield "state", found.state_received
    if isinstance(found, Order) and found.kind == "unknown" and found.kind_received:
        yield "kind", found.kind_received


# Readers for single fields of what customers do, by the name that the field has everywhere.

_MOST_ITEMS = 100

LINES = ("number", "seller", "loss_reason", "stage", "pipeline", "code", "barcode")
"""Fields that are a short text."""
_USUAL_TYPES = frozenset(
    fold(word) for word in (*MEANINGS[OrderMap, "kind"], *PORTUGUESE[OrderMap, "kind"])
)


def word(spec: Words, kind: type, field: str, dialect: Dialect) -> Meaning:
    """Our word, and the master's own wherever that says something else."""
    get, meant = dialect.getter(spec.path), meaning(spec, kind, field, dialect)

    def read(record: dict[str, Any]) -> tuple[str, str | None]:
        found, unknown = meant(record)
        received = get(record)
        if unknown or type(received) is not str or received == found:
            return found, unknown  # a number or true is a word to be understood, not to be shown
        return found, values.text(received[: values.SHORT], field)

    return read


def _own_type(received: str | None) -> str | None:
    """The shop's own name for a type of order; what everybody calls one is no name of its own."""
    return received if received and fold(received) not in _USUAL_TYPES else None


def _customer(path: Expression, field: str, dialect: Dialect) -> Reader:
    get = dialect.getter(path)

    def read(record: dict[str, Any], flags: list[str]) -> str | None:
        received = get(record)
        if absent(received):
            return None
        try:
            return values.external_id(received)
        except Refused as why:
            raise Refused(field, why.rule, value=received) from None

    return read


def _long(path: Expression, field: str, dialect: Dialect) -> Reader:
    get = dialect.getter(path)
    return lambda record, flags: values.spared(get(record), field, flags, values.LONG)


def _whole(path: Expression, field: str, dialect: Dialect) -> Reader:
    """A text that is worth nothing cut, such as a code to pay by: left out with a flag."""
    read = _long(path, field, dialect)

    def reading(record: dict[str, Any], flags: list[str]) -> str | None:
        found: str | None = read(record, flags)
        return None if f"{field}_too_long" in flags else found

    return reading


def _amount(path: Expression, field: str, dialect: Dialect) -> Reader:
    get = dialect.getter(path)
    return lambda record, flags: hundredths(get(record), field)


def _currency(path: Expression, field: str, dialect: Dialect) -> Reader:
    get = dialect.getter(path)
    return lambda record, flags: currency(get(record), flags)


def _items(spec: Parts, field: str, dialect: Dialect) -> Reader:
    get, part = dialect.getter(spec.at), parts_of(spec.parts, dialect)
    quantity_of = part.get("quantity") or nothing
    amount_of, total_of = part.get("amount") or nothing, part.get("total") or nothing
    carry = carrier(spec.parts["name"])

    def read(record: dict[str, Any], flags: list[str]) -> tuple[Item, ...]:
        found = []
        for item in listed(get(record), field, flags, _MOST_ITEMS, carry):
            if name := values.spared(part["name"](item), field, flags, values.LONG):
                quantity = plain(quantity_of(item), field) or "1"
                amount = hundredths(amount_of(item), field)
                found.append(Item(name, quantity, amount, hundredths(total_of(item), field)))
        return tuple(found)

    return read


MAKERS: dict[str, Callable[[Any, str, Dialect], Reader]] = {
    "customer": _customer,
    "order": fields.other_id,
    "title": _long,
    "description": _long,
    "page": _long,
    "pix": _whole,
    "link": fields.link,
    "amount": _amount,
    "paid_amount": _amount,
    "currency": _currency,
    "items": _items,
    "placed_at": fields.needed,
    "visited_at": fields.needed,
    "opened_at": fields.mentioned,
    "closed_at": fields.mentioned,
    "issued_on": fields.day,
    "due_on": fields.day,
}
"""How each of the others is read; a payment's ``paid_at`` counts only where it was made."""


Found = dict[str, Any]
"""Fields of a record of ours, by name."""
Reading = Callable[[dict[str, Any], list[str], datetime | None], Found]
"""Reads what the map names of a record last changed then; may add flags; raises Refused."""


def reading(map_: ActivityMap, dialect: Dialect) -> Reading:
    """How the records of a stream are read by its map."""
    match map_:
        case OrderMap():
            return _orders(map_, dialect)
        case PaymentMap():
            return _payments(map_, dialect)
        case DealMap():
            return _deals(map_, dialect)
        case VisitMap():
            return _visits(map_, dialect)


def whose(map_: ActivityMap, dialect: Dialect) -> Whose:
    """How it is read whose a record of a stream is, where the rest of it may be wrong."""
    read = MAKERS["customer"](map_.customer, "customer", dialect)
    return lambda record: read(record, [])


def _orders(map_: OrderMap, dialect: Dialect) -> Reading:
    every = _everything(map_, dialect)
    kind_of = word(map_.kind, OrderMap, "kind", dialect) if map_.kind else None

    def read(record: dict[str, Any], flags: list[str], changed: datetime | None) -> Found:
        found = every(record, flags)
        if kind_of:
            found["kind"], received = kind_of(record)
            found["kind_received"] = _own_type(received)
        if found.get("kind") != "return":
            _refuse_negative(found, "amount")
        return found

    return read


def _payments(map_: PaymentMap, dialect: Dialect) -> Reading:
    every = _everything(map_, dialect)
    counting = fields.counting(map_.paid_at, "paid_at", dialect)
    mentioned = fields.mentioned(map_.paid_at, "paid_at", dialect)

    def read(record: dict[str, Any], flags: list[str], changed: datetime | None) -> Found:
        found = every(record, flags)
        _refuse_negative(found, "amount", "paid_amount")
        paid = found["state"] == "paid"
        found["paid_at"] = counting(record, flags) if paid else mentioned(record, flags)
        if paid and found["paid_at"] is None:
            flags.append("paid_without_date")
            found["paid_at"] = changed
        return found

    return read


def _deals(map_: DealMap, dialect: Dialect) -> Reading:
    every = _everything(map_, dialect)

    def read(record: dict[str, Any], flags: list[str], changed: datetime | None) -> Found:
        found = every(record, flags)
        _refuse_negative(found, "amount")
        opened, closed = found.get("opened_at"), found.get("closed_at")
        if found["state"] == "open":  # some masters keep a date of theirs there all along
            found["closed_at"] = None
        elif opened and closed and closed < opened:
            flags.append("closed_before_opened")
        return found

    return read


def _visits(map_: VisitMap, dialect: Dialect) -> Reading:
    every = _everything(map_, dialect)

    def read(record: dict[str, Any], flags: list[str], changed: datetime | None) -> Found:
        found = every(record, flags)
        if found["page"] is None:
            raise Refused("page", "missing")
        return found

    return read


def _everything(
    map_: ActivityMap, dialect: Dialect
) -> Callable[[dict[str, Any], list[str]], Found]:
    named = {name: spec for name in map_.__struct_fields__ if (spec := getattr(map_, name))}
    lines = values.lines(dialect.lines({name: named[name] for name in LINES if name in named}))
    makers = MAKERS.items()
    readers = [(name, make(named[name], name, dialect)) for name, make in makers if name in named]
    has_state = (type(map_), "state") in MEANINGS
    state_of = word(named["state"], type(map_), "state", dialect) if has_state else None

    def read(record: dict[str, Any], flags: list[str]) -> Found:
        found: Found = dict(lines(record, flags))
        if state_of:
            found["state"], found["state_received"] = state_of(record)
        for name, one in readers:
            found[name] = one(record, flags)
        if found.get("amount", 0) is None:
            del found["amount"]
        return found

    return read


def _refuse_negative(found: Found, *names: str) -> None:
    for name in names:
        if (found.get(name) or 0) < 0:
            raise Refused(name, "negative_amount")


# Reads amounts: whole hundredths out of JSON's numbers and texts, by decimal arithmetic.

_NUMBER = re.compile(
    r"[+-]?[0-9]{1,40}(\.[0-9]{1,40})?(e[+-]?[0-9]{1,3})?", re.ASCII | re.IGNORECASE
)
_CURRENCY = re.compile(r"[A-Z]{3}")
_MOST = 10**12
"""Beyond it, it is no price but a mistake, and sums would run over."""
_SHORT = 10**9
_HUNDREDTH = Decimal("0.01")
_PLACES = Decimal("0.000001")
NO_CURRENCY = "XXX"
"""ISO 4217's own code for it."""


def hundredths(value: Any, field: str) -> int | None:
    """``1234.5`` and ``"1234.50"`` as 123450, None for nothing; half a hundredth goes up."""
    if type(value) is float and -_SHORT < value < _SHORT:
        usual = round(value * 100)
        if usual / 100 == value:  # so few digits stand for one number only, without a text of it
            return usual
    number = _number(value, field)
    return None if number is None else int(number.quantize(_HUNDREDTH, ROUND_HALF_UP).scaleb(2))


def plain(value: Any, field: str) -> str | None:
    """A quantity as people write it without a thousands separator: ``2``, ``1.5``."""
    if type(value) is int and 0 <= value < _MOST:
        return str(value)
    number = _number(value, field)
    if number is None:
        return None
    written = f"{number.quantize(_PLACES, ROUND_HALF_UP) + 0:f}"  # and no minus before a zero
    return written.rstrip("0").rstrip(".")


def currency(value: Any, flags: list[str]) -> str:
    """A currency's three letters; nothing means BRL, what is none is told and never added to it."""
    if value is None or value == "":
        return BRL
    code = value.strip().upper() if type(value) is str else ""
    if code in (BRL, "R$"):
        return BRL
    flags.append("foreign_currency")
    if _CURRENCY.fullmatch(code):
        return str(code)
    flags.append("currency_invalid")
    return NO_CURRENCY


def _number(value: Any, field: str) -> Decimal | None:
    if value is None or value == "":
        return None  # what else means nothing elsewhere would be a sale of nothing here
    text = value.strip() if type(value) is str else str(value)
    if type(value) is bool or not _NUMBER.fullmatch(text):
        raise Refused(field, "not_a_number", value=value)
    number = Decimal(text)
    if abs(number) >= _MOST:
        raise Refused(field, "too_large", value=value)
    return number
