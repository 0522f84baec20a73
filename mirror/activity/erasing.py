"""Erases the texts of what a gone customer did; amounts, dates and states stay for the totals."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, update

from mirror.activity.tables import TABLES
from mirror.planning import chunks

NO_DOC = b""
NO_VERSION = -1
"""Older than any: should the customer come back, the master's next word brings the texts back."""
_TEXTS = {"deals": {"loss_reason": None}}
"""The last column of some streams is a text that the rules look at."""


def erase_texts(connection: Connection, source: str, customers: Iterable[str]) -> None:
    """Leave of these customers' activity nothing but amounts, dates and states."""
    for part in chunks(customers):
        for name, table in TABLES.items():
            texts = _TEXTS.get(name, {})
            connection.execute(
                update(table)
                .where(table.c.source == source, table.c.customer.in_(part))
                .values(doc=NO_DOC, version=NO_VERSION, content_hash=NO_DOC, **texts)
            )


def without_texts(stream: str, columns: tuple[Any, ...]) -> tuple[Any, ...]:
    """The same columns of a record whose customer is gone already."""
    texts = len(_TEXTS.get(stream, ()))
    return (*columns[: len(columns) - texts], *[None] * texts)
