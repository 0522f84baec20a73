"""Search keys as they must be at every moment: those of the rows, of a first load by lots."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, select

from mirror.records import CUSTOMERS
from mirror.store.progress import fact
from mirror.store.tables import checkpoint, lookup
from mirror.writing.indexes import _UNKEYED, split_keys


def are_of(connection: Connection, rows: Iterable[Any]) -> bool:
    """Whether nobody is found by what is not theirs, and everybody by all that is.

    Whose lot is not in yet may be missing, as long as a master was never listed to its end.
    """
    kept = {(key, row.id) for row in rows for key in split_keys(row.keys)}
    found = {(row.key, row.customer) for row in connection.execute(select(lookup))}
    return found <= kept and all(row >= _first(connection) for _, row in kept - found)


def _first(connection: Connection) -> float:
    here = checkpoint.c.stream == CUSTOMERS
    points = connection.scalars(select(checkpoint.c.listed_at).where(here)).all()
    first = fact(connection, _UNKEYED, "")
    return int(first) if first and (not points or None in points) else float("inf")
