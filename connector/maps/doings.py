"""Reads what customers do, by the map of its stream: orders, payments, deals and visits.

Money and the dates that count are right, or the record is refused; other things that are wrong are
left out with a flag.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from connector.maps import dates, particulars, values
from connector.maps.activity import (
    VOCABULARY,
    ActivityMap,
    DealMap,
    OrderMap,
    PaymentMap,
    VisitMap,
)
from connector.maps.expressions import Dialect
from connector.maps.values import Refused

Found = dict[str, Any]
"""Fields of a record of ours, by name."""
Reading = Callable[[dict[str, Any], list[str], datetime | None], Found]
"""Reads what the map names of a record last changed then; may add flags; raises Refused."""
Whose = Callable[[dict[str, Any]], str | None]
"""Reads the customer whom a record names; raises Refused."""


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
    read = particulars.MAKERS["customer"](map_.customer, "customer", dialect)
    return lambda record: read(record, [])


def _orders(map_: OrderMap, dialect: Dialect) -> Reading:
    every = _everything(map_, dialect)
    known = VOCABULARY[OrderMap, "kind"]
    kind_of = particulars.word(map_.kind, "kind", known, dialect) if map_.kind else None

    def read(record: dict[str, Any], flags: list[str], changed: datetime | None) -> Found:
        found = every(record, flags)
        if kind_of:
            found["kind"], _ = kind_of(record)
        if found.get("kind") != "return":
            _refuse_negative(found, "amount")
        return found

    return read


def _payments(map_: PaymentMap, dialect: Dialect) -> Reading:
    every = _everything(map_, dialect)
    counting = dates.counting(map_.paid_at, "paid_at", dialect)
    mentioned = dates.mentioned(map_.paid_at, "paid_at", dialect)

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
    lines = dialect.lines({name: named[name] for name in particulars.LINES if name in named})
    makers = particulars.MAKERS.items()
    readers = [(name, make(named[name], name, dialect)) for name, make in makers if name in named]
    known = VOCABULARY.get((type(map_), "state"), ())
    state_of = particulars.word(named["state"], "state", known, dialect) if known else None

    def read(record: dict[str, Any], flags: list[str]) -> Found:
        found: Found = values.lines(record, lines)
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
