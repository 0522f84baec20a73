"""SQLite, and everything that is true of it alone: encrypted files, pragmas, locks, sets as blobs.

SQLCipher encrypts whole files, write-ahead log included, by a key derived from the root. The
mirror is written by one connector and opened read-only by everybody else; it may lose its last
transaction in a power cut (the cursor is lost with it, so nothing is missed). The ledger may not:
it is written through to the disk.
"""

import os
import time
import zlib
from collections.abc import Callable, Mapping
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy
import sqlcipher3.dbapi2 as sqlcipher
from sqlalchemy import (
    ClauseElement,
    ColumnElement,
    Connection,
    QueuePool,
    bindparam,
    create_engine,
    delete,
    event,
    exists,
    func,
    select,
)
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.exc import DatabaseError
from sqlalchemy.ext.compiler import compiles

from mirror.facets import CHUNK, Facet, Set
from mirror.store import engine, tables
from mirror.store.engine import Database, Moves, Prepared, Stamp, Upsert, upsert
from mirror.store.faults import SEEN, DatabaseProblem, Fault, fault_of
from mirror.store.sealing import Keyring
from mirror.store.sqlite_file import (
    ONLY_THE_FILE,
    WAIT_S,
    SqliteFile,
    link_of,
    link_to,
    number_commits,
    set_all_aside,
    stamp_by,
    take_in,
)
from mirror.store.tables import PLACES, RowId, facet, facet_bits

MIRROR_FILE = "mirror.db"
LEDGER_FILE = "ledger.db"
RESTORING_FILE = "ledger-restoring.db"
_FILES = {"mirror": MIRROR_FILE, "ledger": LEDGER_FILE}

_SAFE_SQLITE = (3, 51, 3)  # before it, from 3.7.0 on, a WAL reset could corrupt the file
_CACHE_KIB = 16_384
_WAL_PAGES = 8_000  # a checkpoint per batch, not several
_NEW_LOG_MS = 1_000
_MOST_DAMAGE = 20  # lines that tell of it
_LONG_AGO = 1_577_836_800  # 2020: the field has 31 bits


def open_mirror(path: Path, keys: Keyring, *, read_only: bool = False) -> Database:
    """The mirror of ``path`` (a data directory); raises DatabaseProblem when it cannot be used.

    It is followed: built anew under an open one, the new one is read from the next transaction on.
    """
    return _opened(path / MIRROR_FILE, "mirror", keys, read_only)


def open_ledger(path: Path, keys: Keyring) -> Database:
    """The ledger of ``path`` (a data directory); raises DatabaseProblem when it cannot be used.

    Of another file in its place only one that was restored since is followed.
    """
    return _opened(path / LEDGER_FILE, "ledger", keys, False)


def open_copy(file: Path, keys: Keyring) -> Database:
    """A backup of the ledger, to be read as it lies there: nothing is written beside it."""
    key = keys.derive("database ledger").hex()
    return Database(_engine(lambda: link_to(file, key, ONLY_THE_FILE), "ledger", file), keys)


def holds_mirror(path: Path) -> bool:
    """Whether ``path`` (a data directory) has a mirror, be it one that does not open."""
    return (path / MIRROR_FILE).exists()


def set_aside(path: Path) -> Path:
    """Move the mirror of ``path`` out of the way with what lies beside it; where it is from now on.

    Only for whoever has the writer's lock, and followed by `create_databases`.
    """
    return set_all_aside(path / MIRROR_FILE)


def create_databases(path: Path, keys: Keyring) -> None:
    """Create both databases or bring them to this program's schema; safe to repeat."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, file in _FILES.items():
        bring_up(path / file, name, keys)


def bring_up(file: Path, name: str, keys: Keyring) -> None:
    """Create a database or bring it to this program's schema."""
    from mirror.store.migrations import upgrade  # alembic is slow to import and rarely needed

    database = _database(file, name, keys, False)
    with closing(database):
        engine.refuse_newer(_schema_of(database, file), name, file)
        upgrade(database.engine, name)


def take_in_ledger(path: Path, file: Path, keys: Keyring) -> Database:
    """A copy of the ledger ``file`` in ``path`` (a data directory), at this program's schema."""
    here = path / RESTORING_FILE
    take_in(file, here)
    bring_up(here, "ledger", keys)
    return _database(here, "ledger", keys, False)


def _opened(file: Path, name: str, keys: Keyring, read_only: bool) -> Database:
    if not file.exists():
        raise DatabaseProblem(f"There is no {name} at {file}. Run `espelho init` first.")
    database = _database(file, name, keys, read_only)
    engine.refuse_other_age(_schema_of(database, file), name, file)
    return database


def _database(file: Path, name: str, keys: Keyring, read_only: bool) -> Database:
    if sqlcipher.sqlite_version_info < _SAFE_SQLITE:
        raise DatabaseProblem(
            f"The SQLite in sqlcipher3 is {sqlcipher.sqlite_version}: versions before 3.51.3 can "
            "corrupt a database in WAL mode. Install sqlcipher3 0.6.4 or newer."
        )
    synchronous = "NORMAL" if name == "mirror" else "FULL"
    opened = SqliteFile(
        file,
        name,
        keys.derive(f"database {name}").hex(),
        partial(_prepare, read_only=read_only, synchronous=synchronous),
        read_only=read_only,
    )
    opened.pool = _engine(opened.connect, name, file)
    return Database(opened.pool, keys, file=opened)


def _engine(connect: Callable[[], Any], name: str, file: Path) -> sqlalchemy.Engine:
    own = Sqlite(name, file)
    made = create_engine(
        "sqlite://",
        module=sqlcipher,
        creator=connect,
        hide_parameters=True,
        poolclass=QueuePool,  # the default without a file name closes links that threads still use
        pool_size=4,
        execution_options=engine.knowing(own),
    )
    number_commits(made)
    event.listen(made, "handle_error", lambda failed: own.blame(failed.original_exception))
    return made


def _prepare(link: Any, *, read_only: bool, synchronous: str) -> None:
    link.execute(f"PRAGMA cache_size = -{_CACHE_KIB // 4 if read_only else _CACHE_KIB}")
    link.execute("PRAGMA temp_store = MEMORY")  # temporary files would not be encrypted
    if read_only:
        link.execute("PRAGMA query_only = ON")
        return
    if link.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        # Only of a file that nobody has open: others' locks on it are not let go by waiting.
        link.execute(f"PRAGMA busy_timeout = {_NEW_LOG_MS}")
        link.execute("PRAGMA journal_mode = WAL")
        link.execute(f"PRAGMA busy_timeout = {WAIT_S * 1000}")
    link.execute(f"PRAGMA synchronous = {synchronous}")
    link.execute(f"PRAGMA wal_autocheckpoint = {_WAL_PAGES}")
    link.execute("PRAGMA secure_delete = ON")  # erased means overwritten


def _schema_of(database: Database, file: Path) -> str | None:
    try:
        with database.reading() as connection:
            known = connection.exec_driver_sql(
                "SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'"
            ).first()
            if known is None:
                return None
            return connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    except DatabaseError as error:
        problem = DatabaseProblem(_why_unreadable(error, file))
        problem.fault = fault_of(error)
        raise problem from None


_KEEP = {
    MIRROR_FILE: "If it is damaged: `espelho rebuild` sets it aside and fills a new one from the "
    "master.",
    LEDGER_FILE: "If it is damaged: keep the file, and restore the last backup; nobody else has "
    "what is in it.",
}


def _why_unreadable(error: DatabaseError, file: Path) -> str:
    if "not a database" in str(error.orig):
        return (
            f"{file} does not open with this key file: either the key is another one, or the "
            f"file is damaged. Restore the right key first. {_KEEP.get(file.name, '')}"
        )
    fault = fault_of(error)
    if fault is None:
        return f"{file} cannot be opened: {error.orig}. Check that it exists and who may read it."
    return f"{file} cannot be opened. {fault.sentence}"


# What the machine did to it.

_FAULTS = {
    "FULL": "disk_full",
    "READONLY": "read_only",
    "PERM": "forbidden",
    "BUSY": "locked",
    "LOCKED": "locked",
    "PROTOCOL": "locked",
    "CORRUPT": "damaged",
    "NOTADB": "damaged",
    "CANTOPEN": "unopened",
    "NOMEM": "out_of_memory",
    "IOERR": "io",
}
"""By the driver's own names, of which only the beginning counts."""


def _seen_closer(code: str, file: Path) -> str:
    """The same fault after a look at the file: the driver calls several by one name."""
    if code == "unopened":
        try:
            os.close(os.open(os.devnull, os.O_RDONLY))
        except OSError:
            return "too_many_files"
        if not file.exists():
            return "missing" if os.access(file.parent, os.X_OK) else "forbidden"
        return code if os.access(file, os.R_OK) else "forbidden"
    if code == "read_only" and not os.statvfs(file.parent).f_flag & os.ST_RDONLY:
        return "forbidden" if not os.access(file, os.W_OK) else code
    if code == "io" and os.statvfs(file.parent).f_bavail == 0:
        return "disk_full"
    return code


# The tables in SQLite's words.


@compiles(RowId, "sqlite")
def _row_id(*_: Any, **__: Any) -> str:
    return "INTEGER"  # nothing else is the number of a row itself


def _say_tables() -> None:
    for table in tables.mirror.tables.values():
        table.dialect_options["sqlite"]["with_rowid"] = not table.info.get(tables.IN_KEY_ORDER)
        for index in table.indexes:
            index.dialect_options["sqlite"]["where"] = index.info.get(tables.ONLY_WHERE)


_say_tables()


# Sets of customers: compressed bits, chunk by chunk, in the order of facets.

_FASTEST = 1
_WHOLE = CHUNK // 8
_first, _end = facet.c.id * PLACES, (facet.c.id + 1) * PLACES - 1
_here = facet_bits.c.place == bindparam("place")
_stored = Prepared(select(facet_bits.c.bits).where(_here), "place")
_put = upsert(facet_bits)
_drop = Prepared(delete(facet_bits).where(_here), "place")
_chunks = Prepared(
    select(facet_bits.c.place, facet_bits.c.bits).where(
        facet_bits.c.place >= bindparam("lo"), facet_bits.c.place < bindparam("hi")
    ),
    "lo",
    "hi",
)
_sizes = (
    select(facet.c.name, facet.c.value, func.sum(facet_bits.c.customers))
    .join(facet_bits, facet_bits.c.place.between(_first, _end))
    .group_by(facet.c.name, facet.c.value)
)
_held = Prepared(
    select(facet.c.value)
    .where(
        facet.c.name == bindparam("name"), exists().where(facet_bits.c.place.between(_first, _end))
    )
    .order_by(facet.c.value)
    .limit(bindparam("most")),
    "name",
    "most",
)


class Sqlite:
    """What `mirror.store.engine.Engine` asks for, of the database in a file."""

    # The driver's own transaction handling is off: it would begin too late, and never IMMEDIATE.
    reads = "BEGIN"
    writes = "BEGIN IMMEDIATE"

    def __init__(self, name: str = "", file: Path = Path()) -> None:
        self._name, self._file = name, file

    def blame(self, error: Any) -> None:
        """As it promises."""
        words = getattr(error, "sqlite_errorname", "").split("_")[1:]
        code = "out_of_memory" if "NOMEM" in words else _FAULTS.get(words[0] if words else "")
        if code is not None:
            error.fault = Fault(_seen_closer(code, self._file), self._name)
            SEEN[error.fault] = time.time()

    def stamp(self, connection: Connection) -> Stamp:
        """As it promises: two numbers of page 1 that SQLite leaves to programs."""
        return stamp_by(link_of(connection))

    def renew(self, connection: Connection, after: int = 0) -> None:
        """By the clock, in seconds: copies that know nothing of each other come in order too."""
        later = max(self.stamp(connection).generation, after) + 1
        now = max(later, int(time.time()) - _LONG_AGO)
        connection.exec_driver_sql(f"PRAGMA application_id = {now}")
        connection.info["changes"] = None  # and so this is a commit that changes something

    def versions(self, connection: Connection) -> dict[str, str]:
        """As it promises."""
        told = connection.exec_driver_sql("PRAGMA cipher_version").scalar()
        return {"SQLite": sqlcipher.sqlite_version, "SQLCipher": str(told)}

    def upsert(self, wanted: Upsert) -> ClauseElement:
        """As it promises."""
        table = wanted.table
        rows = insert(table).values({name: bindparam(name) for name in wanted.columns})
        if not wanted.over:
            return rows.on_conflict_do_nothing()
        given = rows.excluded
        over = {
            name: table.c[name] + given[name] if name in wanted.adding else given[name]
            for name in wanted.over
        }
        return rows.on_conflict_do_update(index_elements=wanted.by, set_=over)

    def damage(self, connection: Connection) -> list[str]:
        """By SQLCipher's seal of each page, and by SQLite's own look at all tables and indexes."""
        pages = [str(row[0]) for row in connection.exec_driver_sql("PRAGMA cipher_integrity_check")]
        if pages:
            return pages[:_MOST_DAMAGE]  # SQLite itself would stop at the first of them
        tables = connection.exec_driver_sql(f"PRAGMA integrity_check({_MOST_DAMAGE})")
        return [str(row[0]) for row in tables if row[0] != "ok"]

    def snapshot(self, connection: Connection) -> tuple[int, ...]:
        """One number grows with every commit of another link, one with every row of this one."""
        query = "SELECT data_version, total_changes() FROM pragma_data_version"
        return tuple(connection.exec_driver_sql(query).one())

    def move(self, connection: Connection, moves: Moves) -> None:
        """Write every chunk that changed."""
        rows, empty = [], []
        for place, changes in sorted(moves.items()):
            bits = _changed(connection, place, changes)
            customers = int.from_bytes(bits, "little").bit_count()
            if customers:
                rows.append((place, customers, packed_bits(bits)))
            else:
                empty.append((place,))
        _put.many(connection, rows)
        _drop.many(connection, empty)

    def members(self, connection: Connection, facet: int) -> Set:
        """As it promises."""
        rows: Any = _chunks.one(connection, facet * PLACES, (facet + 1) * PLACES)
        return {place % PLACES: int.from_bytes(opened_bits(bits), "little") for place, bits in rows}

    def sizes(self, connection: Connection, which: ColumnElement[bool]) -> dict[Facet, int]:
        """From the counts kept beside the sets: many facets cost little more than one."""
        return {(row[0], row[1]): int(row[2]) for row in connection.execute(_sizes.where(which))}

    def held(self, connection: Connection, name: str, most: int) -> list[str]:
        """As it promises."""
        return [str(row[0]) for row in _held.one(connection, name, most)]


def _changed(connection: Connection, place: int, changes: Mapping[int, bool]) -> bytearray:
    row = _stored.one(connection, place).first()
    bits = bytearray(opened_bits(row[0])) if row else bytearray(_WHOLE)
    for bit, enters in changes.items():
        if enters:
            bits[bit >> 3] |= 1 << (bit & 7)
        else:
            bits[bit >> 3] &= ~(1 << (bit & 7))
    return bits


def opened_bits(bits: bytes) -> bytes:
    """The bits of a chunk as it is stored."""
    return bits if len(bits) == _WHOLE else zlib.decompress(bits)


def packed_bits(bits: bytearray) -> bytes:
    """The bits of a chunk as they are to be stored."""
    small = zlib.compress(bits, _FASTEST)
    return small if len(small) < _WHOLE // 2 else bytes(bits)  # opening costs more than it saves
