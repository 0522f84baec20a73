"""Erases the texts of what a gone customer did; amounts, dates and states stay for the totals."""

from collections.abc import Iterable

from sqlalchemy import Connection, update

from mirror.activity.tables import TABLES
from mirror.planning import chunks

NO_DOC = b""
NO_VERSION = -1
"""Older than any: should the customer come back, the master's next word brings the texts back."""


def erase_texts(connection: Connection, source: str, customers: Iterable[str]) -> None:
    """Leave of these customers' activity nothing but what is in clear."""
    for part in chunks(customers):
        for table in TABLES.values():
            connection.execute(
                update(table)
                .where(table.c.source == source, table.c.customer.in_(part))
                .values(doc=NO_DOC, version=NO_VERSION, content_hash=NO_DOC)
            )
