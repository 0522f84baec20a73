"""Where the rows of one stream are: asks a table what it has of records, many at a time."""

from collections.abc import Iterable, Iterator
from typing import Any, Generic, TypeVar

from sqlalchemy import BindParameter, Connection, Table, bindparam, func, select

from mirror.database import Database
from mirror.planning import Known
from mirror.prepared import CHUNK, Prepared, chunks, filled

Row = TypeVar("Row", bound=Known)

Kept = tuple[int, bytes, int]
"""Internal id, content hash and version of a record the mirror has."""

_places: list[BindParameter[str]] = [bindparam(f"id{place}") for place in range(CHUNK)]
_names = tuple(place.key for place in _places)
_AT_ONCE = 20_000


class Shelf(Generic[Row]):
    """A table whose rows are records of sources; ``row`` says what writing needs to know of one."""

    def __init__(self, table: Table, row: type[Row]) -> None:
        self.table = table
        self._row = row
        self._known = self._asking(*row.__struct_fields__)
        self._hashes = self._asking("external_id", "id", "content_hash", "version")

    def known(self, connection: Connection, source: str, ids: Iterable[str]) -> dict[str, Row]:
        """What the mirror has of these records of ``source``, by external id."""
        found: dict[str, Row] = {}
        for part in chunks(ids):
            rows: Any = self._known.one(connection, source, *filled(part))
            found.update((row[1], self._row(*row)) for row in rows)
        return found

    def hashes(self, connection: Connection, source: str, ids: Iterable[str]) -> dict[str, Kept]:
        """What tells, of the records the mirror has, which need not be decoded; by external id."""
        found: dict[str, Kept] = {}
        for part in chunks(ids):
            rows: Any = self._hashes.one(connection, source, *filled(part))
            found.update((row[0], (row[1], row[2], row[3])) for row in rows)
        return found

    def everything(self, db: Database, source: str) -> Iterator[tuple[str, int, bytes]]:
        """External id, internal id and content hash of every row of a source, part by part."""
        columns, last = self.table.c, ""
        query = select(columns.external_id, columns.id, columns.content_hash)
        query = query.where(columns.source == source).order_by(columns.external_id)
        while True:
            with db.reading() as connection:
                part = query.where(columns.external_id > last).limit(_AT_ONCE)
                rows = connection.execute(part).all()
            if not rows:
                return
            yield from ((row[0], row[1], row[2]) for row in rows)
            last = rows[-1][0]

    def number(self, connection: Connection, source: str) -> int:
        """How many records of a source there are."""
        counted = select(func.count()).where(self.table.c.source == source)
        return int(connection.execute(counted.select_from(self.table)).scalar_one())

    def end(self, connection: Connection) -> int:
        """An internal id above all there are."""
        highest = connection.execute(select(func.max(self.table.c.id))).scalar()
        return int(highest or 0) + 1

    def _asking(self, *columns: str) -> Prepared:
        here = self.table.c
        query = select(*(here[name] for name in columns))
        query = query.where(here.source == bindparam("src"), here.external_id.in_(_places))
        return Prepared(query, "src", *_names)
