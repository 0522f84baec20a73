"""Opens rows of activity: a record as the mirror has it, unsealed."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import msgspec
from sqlalchemy import Row

from mirror.activity.records import Deal, Order, Payment, Record, Visit
from mirror.instants import instant_of
from mirror.sealing import Keyring

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


def seal_row(stream: str, source: str, external_id: str, version: int) -> str:
    """What an activity's document is sealed to."""
    return f"{stream}/{source}/{external_id}@{version}"


def open_row(keys: Keyring, stream: str, row: Row[Any]) -> Seen:
    """The record inside a row of a stream's table; raises SealBroken for another row's seal."""
    record: Record
    if row.doc:
        place = seal_row(stream, row.source, row.external_id, row.version)
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
