"""Statements compiled once and run with plain tuples: the write path's and the lookup's speed.

Building or binding a Core statement per row costs more than SQLite needs to run it.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import ClauseElement, Connection, CursorResult
from sqlalchemy.engine import Dialect

CHUNK = 250
"""Ids in one statement."""
_PLACES = CHUNK


def chunks(ids: Iterable[str]) -> Iterator[list[str]]:
    """The ids in lists short enough for one SQL statement."""
    rest = iter(ids)
    while part := list(islice(rest, CHUNK)):
        yield part


def filled(part: list[str]) -> list[str | None]:
    """A part as long as every other: one statement for lists of every length."""
    return part + [None] * (_PLACES - len(part))


class Prepared:
    """A Core statement whose parameters are given as tuples, in the order of ``names``."""

    def __init__(self, statement: ClauseElement, *names: str) -> None:
        self._statement = statement
        self._names = names
        self._compiled: dict[str, tuple[str, tuple[int, ...], tuple[Any, ...]]] = {}

    def one(self, connection: Connection, *values: Any) -> CursorResult[Any]:
        """Run once."""
        text, order, constants = self._for(connection.dialect)
        given = values + constants
        return connection.exec_driver_sql(text, tuple(given[place] for place in order))

    def many(self, connection: Connection, rows: Iterable[Sequence[Any]]) -> int:
        """Run for every row; the number of rows the database says it touched."""
        text, order, constants = self._for(connection.dialect)
        if order == tuple(range(len(self._names))):
            ordered = [tuple(row) for row in rows]
        else:
            given = ((*row, *constants) for row in rows)
            ordered = [tuple(row[place] for place in order) for row in given]
        return connection.exec_driver_sql(text, ordered).rowcount if ordered else 0

    def _for(self, dialect: Dialect) -> tuple[str, tuple[int, ...], tuple[Any, ...]]:
        """The text, which of the given values goes where, and the values the dialect adds."""
        found = self._compiled.get(dialect.name)
        if found is None:
            compiled = self._statement.compile(dialect=dialect)
            places: list[str] = compiled.positiontup or []  # type: ignore[attr-defined]
            own = [name for name in dict.fromkeys(places) if name not in self._names]
            names = (*self._names, *own)
            constants = tuple((compiled.params or {})[name] for name in own)
            found = str(compiled), tuple(names.index(name) for name in places), constants
            self._compiled[dialect.name] = found
        return found
