"""Tells a contradiction from the same record said in other bytes.

A master that adds a field nobody mapped, or writes its keys in another order, sends everybody in
new bytes under the old versions: that is no reason to quarantine everybody.
"""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Connection, Table, bindparam, select, update

from mirror.planning import Arriving, Known, Plan

Opened = Callable[[str, int, bytes], object]
"""The record inside a sealed document, by its external id and version."""


def settle(
    connection: Connection,
    table: Table,
    opened: Opened,
    judged: Plan[Arriving],
    present: Mapping[str, Known],
) -> None:
    """Leave in ``judged.contradictions`` only true ones; the rest counts as unchanged or stale.

    What is to be remembered is noted in the plan, so that the bytes need not be opened again.
    """
    left = []
    for arrival in judged.contradictions:
        name, version = arrival.external_id, arrival.version
        newest = judged.accepted.get(name)
        if newest is not None and newest.version > version:
            judged.stale += 1
            continue
        doc = newest.doc if newest else _stored(connection, table, present[name].id)
        if opened(name, version, arrival.doc) == opened(name, version, doc):
            judged.unchanged += 1
            if newest is None:
                judged.notes.append((arrival.content_hash, present[name].id))
        else:
            left.append(arrival)
    judged.contradictions = left


def remember(connection: Connection, table: Table, notes: list[tuple[bytes, int]]) -> None:
    """Know these rows by the bytes they came in last; nothing else of them changes."""
    if notes:
        given: list[dict[str, Any]] = [{"bytes_read": read, "row": row} for read, row in notes]
        found = update(table).where(table.c.id == bindparam("row"))
        connection.execute(found.values(content_hash=bindparam("bytes_read")), given)


def _stored(connection: Connection, table: Table, row: int) -> bytes:
    doc = connection.execute(select(table.c.doc).where(table.c.id == row)).scalar_one()
    return bytes(doc)
