"""What an activity is on its way into the mirror: its columns in clear, its texts sealed."""

from datetime import datetime
from typing import Any

import msgspec

from mirror.activity.opening import seal_row
from mirror.activity.records import Activity, Deal, Order, Payment, Record, Visit, day_of
from mirror.activity.tables import TABLES
from mirror.instants import micros
from mirror.planning import Incoming, Known
from mirror.sealing import Keyring
from mirror.shelf import Shelf
from mirror.standing.facts import Rules

Columns = tuple[Any, ...]
"""The values of a table's columns from ``state`` to the one before ``doc``."""

_encode = msgspec.msgpack.Encoder().encode
_LOSS_REASON = 120


class Arrival(Incoming, frozen=True, gc=False):
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
    row = seal_row(stream, source, record.external_id, record.version)
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
            return day_of(record), _paid_at(record), record.paid_amount, record.order
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
