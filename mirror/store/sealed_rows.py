"""Opens sealed rows: a customer or an activity as the mirror has it."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, select

from mirror.instants import instant_of
from mirror.records import Customer, Deal, Order, Payment, Record, Visit
from mirror.store.sealing import Keyring, activity_seal, customer_seal
from mirror.store.tables import customer

_decode = msgspec.msgpack.Decoder(Customer).decode
_ROW = select(
    customer.c.id,
    customer.c.source,
    customer.c.external_id,
    customer.c.version,
    customer.c.observed_at,
    customer.c.last_purchase_at,
    customer.c.company,
    customer.c.doc,
)

MOST_ID = 2**63 - 1
"""An address may name any number; the database knows 64 bits."""


class Found(msgspec.Struct, frozen=True):
    """A customer as the mirror has it."""

    id: int
    source: str
    external_id: str
    version: int
    observed_at: int
    """When this version was written here, microseconds since 1970."""
    last_purchase_at: int | None
    """As the master says, or the newest order's: microseconds since 1970."""
    company: str | None
    """External id of the company where a person works."""
    customer: Customer
    problem: tuple[str, str] | None = None
    """Field and rule of a newer row of the master that could not be read (see quarantine)."""


def open_customer(
    keys: Keyring, source: str, external_id: str, version: int, doc: bytes
) -> Customer:
    """The record inside a row; raises SealBroken when it was not sealed for this row."""
    return _decode(keys.open(doc, customer_seal(source, external_id, version)))


def load(connection: Connection, keys: Keyring, ids: list[int]) -> list[Found]:
    """The rows of these ids, in their order; ids that are no longer there are left out."""
    rows = connection.execute(_ROW.where(customer.c.id.in_(ids)))
    found = {
        row[0]: Found(*row[:7], open_customer(keys, row[1], row[2], row[3], row[7])) for row in rows
    }
    return [found[row_id] for row_id in ids if row_id in found]


# Opens rows of activity: a record as the mirror has it, unsealed.

_TYPES: dict[str, type[Record]] = {
    "orders": Order,
    "payments": Payment,
    "deals": Deal,
    "visits": Visit,
}
_DECODERS = {name: msgspec.msgpack.Decoder(kind) for name, kind in _TYPES.items()}
ERASED = "erased"
"""Flag of a record whose texts were erased with its customer."""


class Seen(msgspec.Struct, frozen=True):
    """An activity as the mirror has it."""

    id: int
    stream: str
    source: str
    external_id: str
    observed_at: int
    """When this version was written here, microseconds since 1970."""
    record: Any
    """An Order, Payment, Deal or Visit."""


def open_activity(keys: Keyring, stream: str, row: Row[Any]) -> Seen:
    """The record inside a row of a stream's table; raises SealBroken for another row's seal."""
    record: Record
    if row.doc:
        place = activity_seal(stream, row.source, row.external_id, row.version)
        record = _DECODERS[stream].decode(keys.open(row.doc, place))
    else:
        record = _left(stream, row._mapping)
    return Seen(row.id, stream, row.source, row.external_id, row.observed_at, record)


def _left(stream: str, row: Mapping[Any, Any]) -> Record:
    """What is left of an activity whose customer is gone: amounts, dates and states."""
    clear = ("external_id", "version", "customer", "state", "currency", "amount")
    same = {name: row[name] for name in clear}
    given = same | {"flags": (ERASED,)}
    match stream:
        case "orders":
            return Order(**given, kind=row["kind"], placed_at=instant_of(row["placed_at"]))
        case "payments":
            due = date.fromisoformat(row["due_on"]) if row["due_on"] else None
            paid = None if row["paid_at"] is None else instant_of(row["paid_at"])
            return Payment(**given, due_on=due, paid_at=paid, paid_amount=row["paid_amount"])
        case "deals":
            return Deal(**given, opened_at=instant_of(row["opened_at"]))
    return Visit(**given, page="", visited_at=instant_of(row["visited_at"]))
