"""Erases the texts of what a gone customer did; amounts, dates and states stay for the totals."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, select, update

from mirror.activity import quarantined
from mirror.activity.tables import TABLES
from mirror.prepared import chunks
from mirror.tables import tombstone

NO_DOC = b""
NO_VERSION = -1
"""Older than any: should the customer come back, the master's next word brings the texts back."""
_TEXTS = {"deals": {"loss_reason": None}}
"""The last column of some streams is a text that the rules look at."""


def erase_texts(connection: Connection, source: str, customers: Iterable[str]) -> None:
    """Leave of these customers' activity nothing but amounts, dates and states.

    Of what of it waits in quarantine nothing but the line that says so.
    """
    for part in chunks(customers):
        for name, table in TABLES.items():
            texts = _TEXTS.get(name, {})
            connection.execute(
                update(table)
                .where(table.c.source == source, table.c.customer.in_(part))
                .values(doc=NO_DOC, version=NO_VERSION, content_hash=NO_DOC, **texts)
            )
        quarantined.erase(connection, source, part)


def gone(connection: Connection, source: str, names: set[str]) -> set[str]:
    """Who of these is gone from the master: of them no text is kept."""
    here = tombstone.c.source == source
    if connection.execute(select(tombstone.c.version).where(here).limit(1)).first() is None:
        return set()
    found: set[str] = set()
    for part in chunks(sorted(names)):
        query = select(tombstone.c.external_id).where(here, tombstone.c.external_id.in_(part))
        found.update(connection.scalars(query))
    return found


def without_texts(stream: str, columns: tuple[Any, ...]) -> tuple[Any, ...]:
    """The same columns of a record whose customer is gone already."""
    texts = len(_TEXTS.get(stream, ()))
    return (*columns[: len(columns) - texts], *[None] * texts)
