"""What the mirror needs of a database, whichever engine it is, and statements compiled once.

Everything here and above speaks SQL that every engine understands. What each has to say in its own
way stands behind `Engine`, in a module of its own (`mirror.store.sqlite`), and nowhere else.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeVar

import sqlalchemy
from sqlalchemy import (
    BindParameter,
    ClauseElement,
    ColumnElement,
    Connection,
    CursorResult,
    Dialect,
    Insert,
    Table,
    bindparam,
    select,
)
from sqlalchemy.exc import DBAPIError

from mirror.facets import Facet, Set
from mirror.store.tables import Upsert, meta

if TYPE_CHECKING:
    from mirror.store.sealing import Keyring

HEADS = {"mirror": "0013", "ledger": "0007"}
"""The newest migration of each database; a test holds them against the migration files."""

_fence = select(meta.c.value).where(meta.c.name == "fence")

Moves = Mapping[int, Mapping[int, bool]]
"""By place (`mirror.store.tables.PLACES`), then by the customer's bit in that chunk: whether it has
the facet from now on."""


Names = Sequence[str]
Rows = Sequence[Sequence[Any]]


class Stamp(NamedTuple):
    """How far a file is: of two copies of one database the later one has the greater stamp."""

    generation: int
    """Greater whenever a database is made, restored or begun again."""
    commits: int
    """How many transactions have changed something."""


class OpenFile(Protocol):
    """The file behind an open database, where an engine keeps one."""

    def look(self) -> None:
        """Raise Replaced unless it still is what was opened; a few microseconds."""
        ...

    def turn(self) -> AbstractContextManager[None]:
        """The turn to write, in the order of asking; OperationalError where it is late to come."""
        ...

    def settle(self) -> None:
        """Leave nothing beside it that the file itself does not have, as far as others let it."""
        ...

    def release(self) -> None:
        """It is not used from here any more."""
        ...

    def copy(self, target: Path) -> None:
        """Write one snapshot of it, as it is encrypted, to a file that is not there yet."""
        ...


Statement = ClauseElement | Upsert


class Engine(Protocol):
    """What each engine says in its own way; every connection knows its own (`engine_of`)."""

    def begin(self, driver: Any, writing: bool) -> None:
        """Begin a transaction on the driver's own link: one snapshot, or the write lock.

        Raises Replaced where the database is older than what was seen of it.
        """
        ...

    def blame(self, error: BaseException) -> None:
        """Write on an error of the driver's what the machine did, for `mirror.store.faults`."""
        ...

    def versions(self, connection: Connection) -> dict[str, str]:
        """What the engine and its parts are called, and which versions of them these are."""
        ...

    def upsert(self, wanted: Upsert) -> ClauseElement:
        """The statement, a parameter for each column."""
        ...

    def stamp(self, connection: Connection) -> Stamp:
        """How far the database is, as this transaction sees it."""
        ...

    def renew(self, connection: Connection, after: int = 0) -> None:
        """Begin another generation, later than the one before and than ``after``."""
        ...

    def damage(self, connection: Connection) -> list[str]:
        """What is wrong with pages and tables, a line each and never a value."""
        ...

    def snapshot(self, connection: Connection) -> tuple[int, ...]:
        """Another one as soon as anybody has written: what was read may be kept until then."""
        ...

    def load(self, connection: Connection, what: Statement, names: Names, rows: Rows) -> int | None:
        """Write rows in the quickest way there is; how many it touched.

        None, with nothing done, where one statement a row is that.
        """
        ...

    def sole(self, database: "Database") -> AbstractContextManager[str]:
        """Keep every other writer away, wherever it runs; who is there already, or empty."""
        ...

    def move(self, connection: Connection, moves: Moves) -> None:
        """Let customers enter and leave the sets of facets, and keep their sizes."""
        ...

    def members(self, connection: Connection, facet: int) -> Set:
        """Everybody who has the facet with this id."""
        ...

    def sizes(self, connection: Connection, which: ColumnElement[bool]) -> dict[Facet, int]:
        """How many customers have each of these facets; nobody's may be left out."""
        ...

    def held(self, connection: Connection, name: str, most: int) -> list[str]:
        """The values of a facet that somebody has, in order, at most so many."""
        ...


def one_by_one(*_: Any) -> None:
    """The `Engine.load` of an engine for which a statement a row is quickest."""


_ENGINE, _KEYS = "mirror.engine", "mirror.keys"


def knowing(engine: Engine) -> dict[str, Engine]:
    """The execution options by which a connection knows its engine."""
    return {_ENGINE: engine}


class Link:
    """The driver's own link within a transaction, for statements compiled once (`Prepared.rows`).

    What SQLAlchemy does around a statement costs several times what the statement does.
    """

    __slots__ = ("dialect", "driver", "engine")

    def __init__(self, driver: Any, dialect: Dialect, engine: Engine) -> None:
        self.driver, self.dialect, self.engine = driver, dialect, engine

    @classmethod
    def behind(cls, connection: Connection) -> "Link":
        """The link of a connection: what runs on either is of one transaction."""
        driver = connection.connection.driver_connection
        return cls(driver, connection.dialect, engine_of(connection))

    def begin(self, *, writing: bool = False) -> None:
        """Begin a transaction; raises as SQLAlchemy would, and Replaced."""
        try:
            self.engine.begin(self.driver, writing)
        except Exception as error:
            raise self.told(error) from error

    def rows(self, text: str, values: tuple[Any, ...] = ()) -> list[Any]:
        """Run a statement of the driver's own; raises as SQLAlchemy would."""
        try:
            cursor = self.driver.execute(text, values)
            found: list[Any] = cursor.fetchall() if cursor.description else []
        except Exception as error:
            raise self.told(error) from error
        return found

    def told(self, error: Exception) -> Exception:
        """A driver's error as SQLAlchemy raises it, its cause named; any other as it is."""
        kind: Any = self.dialect.loaded_dbapi.Error
        if not isinstance(error, kind):
            return error
        self.engine.blame(error)
        lost = self.dialect.is_disconnect(error, self.driver, None)
        made: Any = DBAPIError.instance(None, None, error, kind, True, lost, self.dialect)
        return made  # type: ignore[no-any-return]


def engine_of(connection: Connection | sqlalchemy.Engine) -> Engine:
    """The engine behind a connection."""
    found: Engine = connection.get_execution_options()[_ENGINE]
    return found


def keys_of(connection: Connection) -> "Keyring":
    """The keys of what is sealed and kept keyed in the database behind a connection."""
    found: Keyring = connection.get_execution_options()[_KEYS]
    return found


def begin(connection: Connection) -> None:
    """Begin a transaction in the words of the connection's engine; a dead link is thrown away."""
    link = Link.behind(connection)
    try:
        link.begin(writing=bool(connection.get_execution_options().get("writing")))
    except DBAPIError as error:
        if error.connection_invalidated:
            connection.invalidate(error)
        raise


@dataclass(frozen=True)
class Database:
    """An open database and the keys of what is sealed in it."""

    engine: sqlalchemy.Engine
    keys: "Keyring"
    file: OpenFile | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        self.engine.update_execution_options(**{_KEYS: self.keys})

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One consistent snapshot for as many statements as run inside.

        Raises Replaced where the file is not the one any more that was opened.
        """
        self.look()
        with self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def prepared(self) -> Iterator[Link]:
        """As `reading`, for statements compiled once: at a fifth of its price."""
        self.look()
        link = Link(None, self.engine.dialect, self.engine.get_execution_options()[_ENGINE])
        try:
            held = self.engine.raw_connection()
        except Exception as error:
            raise link.told(error) from error
        try:
            link.driver = held.driver_connection
            link.begin()
            yield link
        except DBAPIError as error:
            if error.connection_invalidated:
                held.invalidate()
            raise
        finally:
            held.close()  # and with it the transaction

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction that holds the write lock from its start; rolled back on any error.

        Raises Replaced as `reading` does, and where what was committed may have gone elsewhere.
        Who writes the mirror says by which fence (`fenced`).
        """
        self.look()
        turn = self.file.turn() if self.file else nullcontext()
        with turn, self.engine.connect() as plain:
            connection = plain.execution_options(writing=True)
            with connection.begin():
                yield connection
        self.look()

    def look(self) -> None:
        """Raise Replaced unless what was opened still lies there, whole; a few microseconds."""
        if self.file is not None:
            self.file.look()

    def damage(self) -> list[str]:
        """What the engine finds wrong, page by page and table by table; reads all of it."""
        with self.reading() as connection:
            return engine_of(connection).damage(connection)

    def close(self) -> None:
        """Close every pooled connection; what was written lies in the file itself from then on."""
        if self.file is not None:
            self.file.settle()
        self.engine.dispose()
        if self.file is not None:
            self.file.release()


class FenceLost(Exception):
    """Another writer took over since this one began; nothing of this batch was written."""


@contextmanager
def fenced(db: Database, fence: int) -> Iterator[Connection]:
    """A transaction that writes the mirror: FenceLost before anything where another took over."""
    with db.writing() as connection:
        check_fence(connection, fence)
        yield connection


def check_fence(connection: Connection, fence: int) -> None:
    """Raise FenceLost unless ``fence`` (`mirror.store.lease`) is still the newest."""
    if int(connection.execute(_fence).scalar() or 0) != fence:
        raise FenceLost("Another connector took over this mirror; this one stops.")


# Statements compiled once and run with plain tuples: the write path's and the lookup's speed.
#
# Building or binding a Core statement per row costs more than a database needs to run it.

CHUNK = 250
"""Ids in one statement: far from what any engine takes, and few enough to be compiled once."""
Id = TypeVar("Id", int, str)
ID_PLACES: list[BindParameter[Any]] = [bindparam(f"id{place}") for place in range(CHUNK)]
"""Where the ids of a chunk stand in a statement: ``column.in_(ID_PLACES)``."""
ID_NAMES = tuple(place.key for place in ID_PLACES)


def chunks(ids: Iterable[Id]) -> Iterator[list[Id]]:
    """The ids in lists short enough for one SQL statement."""
    rest = iter(ids)
    while part := list(islice(rest, CHUNK)):
        yield part


def filled(part: list[Id]) -> list[Id]:
    """A part with a value for each of `ID_PLACES`: one statement for lists of every length."""
    return part + part[-1:] * (len(ID_PLACES) - len(part))  # many times null costs more


_Compiled = tuple[str, tuple[int, ...], tuple[Any, ...]]
"""The text, which of the given values goes where, and the values that the dialect adds."""


class Prepared:
    """A Core statement whose parameters are given as tuples, in the order of ``names``."""

    def __init__(self, statement: Statement, *names: str) -> None:
        self._statement = statement
        self._names = names
        self._compiled: dict[str, _Compiled] = {}

    def one(self, connection: Connection, *values: Any) -> CursorResult[Any]:
        """Run once."""
        text, order, constants = self._for(connection)
        given = values + constants
        return connection.exec_driver_sql(text, tuple(given[place] for place in order))

    def rows(self, within: Connection | Link, *values: Any) -> list[Any]:
        """Run once on the driver's own link: plain tuples."""
        link = within if isinstance(within, Link) else Link.behind(within)
        text, order, constants = self._for(link)
        given = values + constants
        return link.rows(text, tuple(given[place] for place in order))

    def many(self, connection: Connection, rows: Iterable[Sequence[Any]]) -> int:
        """Run for every row; the number of rows the database says it touched."""
        text, order, constants = self._for(connection)
        there = rows if isinstance(rows, list) else list(rows)
        loaded = engine_of(connection).load(connection, self._statement, self._names, there)
        if loaded is not None:
            return loaded
        ordered = [tuple(row) for row in there]
        if order != tuple(range(len(self._names))):
            ordered = [tuple((*row, *constants)[place] for place in order) for row in ordered]
        return connection.exec_driver_sql(text, ordered).rowcount if ordered else 0

    def _for(self, within: Connection | Link) -> _Compiled:
        name = within.dialect.name
        if name not in self._compiled:
            self._compiled[name] = self._compile(within)
        return self._compiled[name]

    def _compile(self, within: Connection | Link) -> _Compiled:
        statement = self._statement
        if isinstance(statement, Upsert):
            own = within.engine if isinstance(within, Link) else engine_of(within)
            statement = own.upsert(statement)
        says = not isinstance(statement, Insert) or statement._values or statement._multi_values
        keys = None if says else list(self._names)
        compiled = statement.compile(dialect=within.dialect, column_keys=keys)
        places: list[str] = compiled.positiontup or []  # type: ignore[attr-defined]
        added = [name for name in dict.fromkeys(places) if name not in self._names]
        names = (*self._names, *added)
        constants = tuple((compiled.params or {})[name] for name in added)
        return str(compiled), tuple(names.index(name) for name in places), constants


def upsert(
    table: Table,
    columns: Iterable[str] | None = None,
    *,
    by: Iterable[str] | None = None,
    adding: Iterable[str] = (),
    keeping: Iterable[str] = (),
) -> Prepared:
    """Writes rows of these columns over those that have the same key; see `Upsert`.

    Without ``columns`` of all of them; ``by``: the columns of the key, where not the primary one.
    """
    given = tuple(table.columns.keys() if columns is None else columns)
    key = tuple(table.primary_key.columns.keys() if by is None else by)
    over = tuple(one for one in given if one not in {*key, *keeping})
    return Prepared(Upsert(table, key, given, frozenset(adding), frozenset(keeping), over), *given)
