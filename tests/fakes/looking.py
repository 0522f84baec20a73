"""Looks into a mirror: what is there, in a form that tests compare."""

from typing import Any

from sqlalchemy import select

from mirror.reading import standings as read
from mirror.records import Customer
from mirror.store import progress
from mirror.store.engine import Database
from mirror.store.progress import Checkpoint, Run
from mirror.store.sealing import load, open_activity
from mirror.store.tables import TABLES, customer, mirror, tombstone
from mirror.writing import quarantine


def versions(db: Database, source: str = "loja") -> dict[str, int]:
    """Version by external id of the customers present."""
    with db.reading() as connection:
        rows = connection.execute(
            select(customer.c.external_id, customer.c.version).where(customer.c.source == source)
        )
        return {row.external_id: row.version for row in rows}


def graves(db: Database) -> dict[str, str]:
    """Reason by external id of the customers gone."""
    with db.reading() as connection:
        return {row.external_id: row.reason for row in connection.execute(tombstone.select())}


def refused(db: Database) -> dict[str, str]:
    """Field and rule by subject of what is in quarantine."""
    with db.reading() as connection:
        entries = quarantine.entries(connection)
    return {entry.subject: f"{entry.field}: {entry.rule}" for entry in entries}


def times_refused(db: Database) -> dict[str, int]:
    """How often each subject was put in quarantine."""
    with db.reading() as connection:
        return {entry.subject: entry.times for entry in quarantine.entries(connection)}


def point(db: Database, source: str = "loja") -> Checkpoint:
    """The checkpoint of a source."""
    with db.reading() as connection:
        return progress.load_checkpoint(connection, source)


def history(db: Database) -> list[Run]:
    """The runs, newest first."""
    with db.reading() as connection:
        return progress.runs(connection)


def revision(db: Database) -> int:
    """The number of the last change."""
    with db.reading() as connection:
        return int(progress.fact(connection, "revision", "0"))


def everything(db: Database) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table of the mirror."""
    with db.reading() as connection:
        return {
            table.name: [tuple(row) for row in connection.execute(table.select())]
            for table in mirror.sorted_tables
        }


def customers(db: Database) -> list[Customer]:
    """Every customer, unsealed, in the order they came."""
    with db.reading() as connection:
        ids = [row.id for row in connection.execute(select(customer.c.id).order_by(customer.c.id))]
        return [found.customer for found in load(connection, db.keys, ids)]


def doings(db: Database, stream: str) -> dict[str, Any]:
    """What customers did, unsealed, by external id: the records of one stream."""
    table = TABLES[stream]
    with db.reading() as connection:
        rows = connection.execute(select(table).order_by(table.c.external_id)).all()
    return {row.external_id: open_activity(db.keys, stream, row).record for row in rows}


def standings(db: Database, axis: str) -> dict[str, tuple[str | None, str]]:
    """What the master says and what the rules say, by external id of the customer."""
    with db.reading() as connection:
        rows = connection.execute(select(customer.c.id, customer.c.external_id)).all()
    return {
        row.external_id: (one.value if one.origin == read.RECEIVED else None, one.derived)
        for row in sorted(rows, key=lambda row: row.external_id)
        for one in read.standings(db, row.id, progress.now_us())
        if one.axis == axis
    }
