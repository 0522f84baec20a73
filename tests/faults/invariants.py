"""What must be true of a mirror at every moment, whatever happened to its writer."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from mirror.identifiers import search_terms
from mirror.store.engine import Database
from mirror.store.sealing import open_customer
from mirror.store.tables import checkpoint, customer, quarantine
from mirror.writing.indexes import split_keys
from tests.fakes import facet_sets, search_keys, vocabulary


def check(db: Database) -> dict[str, int]:
    """The file is whole; search keys, counts and sealed records belong to the rows, exactly.

    Returns the version of every customer by the master's id.
    """
    with db.reading() as connection:
        _whole(connection)
        rows = connection.execute(select(customer)).all()
        _keys_are_the_rows(db, connection, rows)
        facet_sets.check(db, connection)
        vocabulary.check(db, connection)
    return {row.external_id: row.version for row in rows}


def cursor(db: Database) -> datetime | None:
    """How far the mirror says it has come."""
    with db.reading() as connection:
        text = connection.execute(select(checkpoint.c.cursor)).scalar()
    return datetime.fromisoformat(text) if text else None


def listed(db: Database) -> bool:
    """Whether everything was listed once."""
    with db.reading() as connection:
        return connection.execute(select(checkpoint.c.listed_at)).scalar() is not None


def quarantined(db: Database) -> set[str]:
    """The subjects of what is in quarantine."""
    with db.reading() as connection:
        return set(connection.scalars(select(quarantine.c.subject)))


def _whole(connection: Connection) -> None:
    assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
    assert connection.exec_driver_sql("PRAGMA cipher_integrity_check").all() == []


def _keys_are_the_rows(db: Database, connection: Connection, rows: Sequence[Any]) -> None:
    assert search_keys.are_of(connection, rows)
    for row in rows:
        record = open_customer(db.keys, row.source, row.external_id, row.version, row.doc)
        assert record.version == row.version
        assert db.keys.blind_all(search_terms(record)) == split_keys(row.keys)
