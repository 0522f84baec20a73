"""Finds what a customer did: stream by stream, newest first, a page at a time."""

from typing import Any

import msgspec
from sqlalchemy import Connection, Row, Table, func, select

from mirror.activity.opening import Seen, open_row
from mirror.activity.records import STREAMS
from mirror.activity.tables import TABLES
from mirror.database import Database
from mirror.opening import MOST_ID

WHEN = {"orders": "placed_at", "payments": "due_on", "deals": "opened_at", "visits": "visited_at"}
"""The column by which a stream is in order."""


class Page(msgspec.Struct, frozen=True):
    """Some of what a customer did; ``older`` is the row id to go on behind."""

    rows: list[Seen]
    older: int | None


def of_customer(
    db: Database,
    stream: str,
    source: str,
    external_id: str,
    *,
    before: int | None = None,
    limit: int = 20,
) -> Page:
    """A page of one stream of a customer of ``source``, newest first, behind the row ``before``."""
    table = TABLES[stream]
    when = table.c[WHEN[stream]]
    query = select(table).where(table.c.source == source, table.c.customer == external_id)
    with db.reading() as connection:
        last = row_of(connection, table, before)
        if last is not None:
            behind = (when == last._mapping[when]) & (table.c.id < last.id)
            query = query.where((when < last._mapping[when]) | behind)
        query = query.order_by(when.desc(), table.c.id.desc()).limit(limit + 1)
        rows = connection.execute(query).all()
    shown = [open_row(db.keys, stream, row) for row in rows[:limit]]
    return Page(shown, shown[-1].id if len(rows) > limit else None)


def get(db: Database, stream: str, row_id: int) -> Seen | None:
    """One activity by the mirror's own id."""
    with db.reading() as connection:
        row = row_of(connection, TABLES[stream], row_id)
    return None if row is None else open_row(db.keys, stream, row)


def by_external_id(db: Database, stream: str, source: str, external_id: str) -> Seen | None:
    """One activity by the master's id: the order of a payment, what a step is about."""
    table = TABLES[stream]
    here = table.c.source == source, table.c.external_id == external_id
    with db.reading() as connection:
        row = connection.execute(select(table).where(*here)).first()
    return None if row is None else open_row(db.keys, stream, row)


def numbers(db: Database, source: str, external_id: str) -> dict[str, int]:
    """How many of each stream a customer has."""
    with db.reading() as connection:
        return {name: _number(connection, TABLES[name], source, external_id) for name in STREAMS}


def served(db: Database) -> set[str]:
    """The streams of which the mirror has anything at all."""
    with db.reading() as connection:
        any_of = ((name, select(table.c.id).limit(1)) for name, table in TABLES.items())
        return {name for name, query in any_of if connection.execute(query).first()}


def _number(connection: Connection, table: Table, source: str, external_id: str) -> int:
    query = select(func.count()).select_from(table)
    here = table.c.source == source, table.c.customer == external_id
    return int(connection.execute(query.where(*here)).scalar_one())


def row_of(connection: Connection, table: Table, row_id: int | None) -> Row[Any] | None:
    """The row of that id, None where there is none; an address may name any number."""
    if row_id is None or not 0 < row_id <= MOST_ID:
        return None
    return connection.execute(select(table).where(table.c.id == row_id)).first()
