"""What an activity is on its way into the mirror, and the running totals it moves."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, delete

from mirror.instants import local_day, micros
from mirror.records import Activity, Deal, Order, Payment, Record, Visit, day_of
from mirror.standing import Rules
from mirror.store.engine import upsert
from mirror.store.sealing import Keyring, activity_seal
from mirror.store.tables import TABLES, charge_total
from mirror.writing.judgement import Incoming, Known, Shelf

Columns = tuple[Any, ...]
"""The values of a table's columns from ``state`` to the one before ``doc``."""

_encode = msgspec.msgpack.Encoder().encode
_LOSS_REASON = 120


class Arrival(Incoming, frozen=True, gc=False, array_like=True):
    """An activity ready to be written."""

    customer: str | None
    columns: Columns


class Here(Known, frozen=True, array_like=True):
    """An activity that the mirror has."""

    customer: str | None

    @property
    def facts(self) -> Columns:
        """What a rule can look at: as long as it is the same, no standing moves."""
        return ()


class Placed(Here, frozen=True, array_like=True):
    """An order that the mirror has."""

    state: str
    currency: str
    amount: int
    kind: str
    placed_at: int

    @property
    def facts(self) -> Columns:
        """Whose it is, and whether and when it is a purchase."""
        return self.customer, self.state, self.kind, self.placed_at


class Negotiated(Here, frozen=True, array_like=True):
    """A deal that the mirror has."""

    state: str
    currency: str
    amount: int
    opened_at: int
    closed_at: int | None
    loss_reason: str | None

    @property
    def facts(self) -> Columns:
        """Whose it is, from when to when, and how and why it ended."""
        return self.customer, self.state, self.opened_at, self.closed_at, self.loss_reason


class Charge(Here, frozen=True, array_like=True):
    """A payment that the mirror has: what its place in the totals is."""

    state: str
    currency: str
    amount: int
    due_on: str
    paid_at: int | None
    paid_amount: int | None
    of_order: str | None
    issued_on: str

    @property
    def facts(self) -> Columns:
        """Whose it is, and whether and when it was paid."""
        return self.customer, self.state, self.paid_at


ROWS: dict[str, type[Here]] = {"orders": Placed, "payments": Charge, "deals": Negotiated}
SHELVES: dict[str, Shelf[Here]] = {
    name: Shelf(table, ROWS.get(name, Here)) for name, table in TABLES.items()
}
"""Where each stream's rows are."""


def arrival(
    stream: str,
    keys: Keyring,
    source: str,
    record: Record,
    content_hash: bytes,
    raw: bytes,
    rules: Rules,
    *,
    is_new: bool = False,
) -> Arrival:
    """Seal an activity of ``source`` and take what its table has in clear.

    ``rules`` and ``is_new`` are of use to customers only: every stream is asked alike.
    """
    row = activity_seal(stream, source, record.external_id, record.version)
    return Arrival(
        record.external_id,
        record.version,
        content_hash,
        keys.seal(_encode(record), row),
        raw,
        record.customer,
        (record.state, record.currency, record.amount, *_own(record)),
    )


def here(stream: str, one: Arrival) -> Here:
    """What an activity on its way will be once it is written."""
    own = one.columns if stream in ROWS else ()
    row = ROWS.get(stream, Here)
    return row(0, one.external_id, one.version, one.content_hash, one.customer, *own)


def _micros(instant: datetime | None) -> int | None:
    return None if instant is None else micros(instant)


def _own(record: Activity) -> Columns:
    match record:
        case Order():
            return record.kind, _micros(record.placed_at)
        case Payment():
            issued = record.issued_on.isoformat() if record.issued_on else ""
            return day_of(record), _paid_at(record), record.paid_amount, record.order, issued
        case Deal():
            reason = record.loss_reason and record.loss_reason[:_LOSS_REASON]
            return _micros(record.opened_at) or 0, _micros(record.closed_at), reason
        case Visit():
            return (_micros(record.visited_at),)
    raise TypeError(type(record).__name__)


def _paid_at(record: Payment) -> int | None:
    # Paid, and the master does not say when: at the latest when it said so.
    late = record.updated_at if record.state == "paid" else None
    return _micros(record.paid_at or late)


# Running totals of charges by day: a month's sums cost the same however many charges it has.
#
# Kept in the transaction that changes the charges. Currencies are never added together.

Cell = tuple[str, str, str, str]
"""Basis, day, state, currency."""

_adjust = upsert(charge_total, adding=("charges", "amount"))


def adjust(connection: Connection, before: Iterable[Charge], after: Iterable[Charge]) -> None:
    """Take charges out of the totals as they were and put them in as they are."""
    charges: Counter[Cell] = Counter()
    amounts: Counter[Cell] = Counter()
    for sign, ones in ((-1, before), (1, after)):
        for cell, amount in (found for one in ones for found in _cells(one)):
            charges[cell] += sign
            amounts[cell] += sign * amount
    rows = [
        (*cell, charges[cell], amounts[cell])
        for cell in sorted(charges)
        if charges[cell] or amounts[cell]
    ]
    _adjust.many(connection, rows)
    if any(row[4] < 0 for row in rows):
        connection.execute(delete(charge_total).where(charge_total.c.charges == 0))


def _cells(one: Charge) -> Iterator[tuple[Cell, int]]:
    yield ("due", one.due_on, one.state, one.currency), one.amount
    if one.state == "paid" and one.paid_at is not None:
        amount = one.amount if one.paid_amount is None else one.paid_amount
        yield ("paid", local_day(one.paid_at).isoformat(), "paid", one.currency), amount
