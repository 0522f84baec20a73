"""What waits for its customer: activity that names somebody who has not arrived.

It is no fault: a master's streams are read one after the other. What waits for long names somebody
whom the master does not serve, or who is in quarantine.
"""

import msgspec
from sqlalchemy import Connection, Table, exists, func, select
from sqlalchemy.sql.elements import ColumnElement

from mirror.activity.records import STREAMS
from mirror.activity.tables import TABLES
from mirror.database import Database
from mirror.tables import customer, tombstone


class Waiting(msgspec.Struct, frozen=True):
    """Of one stream of one source."""

    stream: str
    source: str
    records: int
    customers: int
    """How many they wait for."""
    first: list[str]
    """The master's ids of some of those, in their order."""


def waiting(db: Database, some: int = 5) -> list[Waiting]:
    """Every stream and source of which anything waits; ``some`` is how many ids are named.

    Walks the indices of activity once: no record is read.
    """
    with db.reading() as connection:
        return [
            Waiting(name, *row, _first(connection, table, row[0], some))
            for name, table in ((stream, TABLES[stream]) for stream in STREAMS)
            for row in _numbers(connection, table)
        ]


def _numbers(connection: Connection, table: Table) -> list[tuple[str, int, int]]:
    columns = table.c
    number = func.count(), func.count(columns.customer.distinct())
    query = select(columns.source, *number).where(_waits(table)).group_by(columns.source)
    found = connection.execute(query.order_by(columns.source))
    return [(row[0], row[1], row[2]) for row in found]


def _first(connection: Connection, table: Table, source: str, some: int) -> list[str]:
    name = table.c.customer
    query = select(name).where(table.c.source == source, _waits(table)).distinct()
    return list(connection.scalars(query.order_by(name).limit(some)))


def _waits(table: Table) -> ColumnElement[bool]:
    """Who is gone does not come: what they did stays without them."""
    source, name = table.c.source, table.c.customer
    here = exists().where(customer.c.source == source, customer.c.external_id == name)
    gone = exists().where(tombstone.c.source == source, tombstone.c.external_id == name)
    return name.is_not(None) & ~here & ~gone
