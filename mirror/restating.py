"""Tells a contradiction from the same customer said in other bytes.

A master that adds a field nobody mapped, or writes its keys in another order, sends everybody in
new bytes under the old versions: that is no reason to quarantine everybody.
"""

from sqlalchemy import Connection, bindparam, select, update

from mirror.opening import open_row
from mirror.planning import Arrival, Known, Plan
from mirror.prepared import Prepared
from mirror.sealing import Keyring
from mirror.tables import customer

Note = tuple[bytes, int]
"""The content hash by which a row is to be known from now on."""

_doc = select(customer.c.doc).where(customer.c.id == bindparam("row"))
_remember = Prepared(
    update(customer)
    .where(customer.c.id == bindparam("row"))
    .values(content_hash=bindparam("bytes_read")),
    "bytes_read",
    "row",
)


def settle(
    connection: Connection, keys: Keyring, source: str, judged: Plan, present: dict[str, Known]
) -> list[Note]:
    """Leave in ``judged.contradictions`` only true ones; the rest counts as unchanged or stale.

    Returns what to `remember`, so that the new bytes need not be opened again.
    """
    notes: list[Note] = []
    left = []
    for arrival in judged.contradictions:
        name = arrival.external_id
        newest = judged.accepted.get(name)
        if newest is not None and newest.version > arrival.version:
            judged.stale += 1
        elif _same(connection, keys, source, arrival, newest or present[name]):
            judged.unchanged += 1
            if newest is None:
                notes.append((arrival.content_hash, present[name].id))
        else:
            left.append(arrival)
    judged.contradictions = left
    return notes


def remember(connection: Connection, notes: list[Note]) -> None:
    """Know these rows by the bytes they came in last; nothing else of them changes."""
    _remember.many(connection, notes)


def _same(
    connection: Connection, keys: Keyring, source: str, arrival: Arrival, other: Arrival | Known
) -> bool:
    if isinstance(other, Known):
        doc = connection.execute(_doc, {"row": other.id}).scalar_one()
    else:
        doc = other.doc
    row = source, arrival.external_id, arrival.version
    return open_row(keys, *row, arrival.doc) == open_row(keys, *row, doc)
