"""Opens the two databases: encrypted SQLite files whose key is derived from the root.

SQLCipher encrypts whole files, write-ahead log included. The mirror is written by one connector
and opened read-only by everybody else; it may lose its last transaction in a power cut (the cursor
is lost with it, so nothing is missed). The ledger may not: it is written through to the disk.
"""

import zlib
from array import array
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlcipher3.dbapi2 as sqlcipher
from sqlalchemy import Connection, Engine, QueuePool, bindparam, create_engine, event, select
from sqlalchemy.exc import DatabaseError

from mirror.facets import CHUNK, Facet
from mirror.store.sealing import Keyring
from mirror.store.statements import Prepared
from mirror.store.tables import facet

MIRROR_FILE = "mirror.db"
LEDGER_FILE = "ledger.db"
HEADS = {"mirror": "0004", "ledger": "0002"}
"""The newest migration of each database; a test holds them against the migration files."""

_SAFE_SQLITE = (3, 51, 3)  # before it, from 3.7.0 on, a WAL reset could corrupt the file
_CACHE_KIB = 16_384
_WAL_PAGES = 8_000  # a checkpoint per batch, not several


class DatabaseProblem(Exception):
    """A database cannot be used; the message says why and what to do."""


@dataclass(frozen=True)
class Database:
    """An open database and the keys of what is sealed in it."""

    engine: Engine
    keys: Keyring

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One consistent snapshot for as many statements as run inside."""
        with self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction that holds the write lock from its start; rolled back on any error."""
        with self.engine.connect() as plain:
            connection = plain.execution_options(writing=True)
            with connection.begin():
                yield connection

    def close(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()


def open_mirror(path: Path, keys: Keyring, *, read_only: bool = False) -> Database:
    """The mirror of ``path`` (a data directory); raises DatabaseProblem when it cannot be used."""
    file = path / MIRROR_FILE
    return _checked(
        _database(file, "mirror", keys, read_only, synchronous="NORMAL"), file, "mirror"
    )


def open_ledger(path: Path, keys: Keyring) -> Database:
    """The ledger of ``path`` (a data directory); raises DatabaseProblem when it cannot be used."""
    file = path / LEDGER_FILE
    return _checked(_database(file, "ledger", keys, False, synchronous="FULL"), file, "ledger")


def create_databases(path: Path, keys: Keyring) -> None:
    """Create both databases or bring them to this program's schema; safe to repeat."""
    from mirror.store.migrations import upgrade  # alembic is slow to import and rarely needed

    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, file in (("mirror", MIRROR_FILE), ("ledger", LEDGER_FILE)):
        database = _database(path / file, name, keys, False, synchronous="FULL")
        _refuse_newer(_schema_of(database, path / file), name, path / file)
        upgrade(database.engine, name)
        database.close()


def _database(
    file: Path, name: str, keys: Keyring, read_only: bool, *, synchronous: str
) -> Database:
    if sqlcipher.sqlite_version_info < _SAFE_SQLITE:
        raise DatabaseProblem(
            f"The SQLite in sqlcipher3 is {sqlcipher.sqlite_version}: versions before 3.51.3 can "
            "corrupt a database in WAL mode. Install sqlcipher3 0.6.4 or newer."
        )
    raw_key = keys.derive(f"database {name}").hex()
    mode = "ro" if read_only else "rwc"

    def connect() -> Any:
        link = sqlcipher.connect(
            f"{file.absolute().as_uri()}?mode={mode}",
            uri=True,
            timeout=15,
            isolation_level=None,
            check_same_thread=False,
        )
        _prepare(link, raw_key, read_only, synchronous)
        return link

    return Database(_engine(connect), keys)


def _engine(connect: Callable[[], Any]) -> Engine:
    engine = create_engine(
        "sqlite://",
        module=sqlcipher,
        creator=connect,
        hide_parameters=True,
        poolclass=QueuePool,  # the default without a file name closes links that threads still use
        pool_size=4,
    )
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(link: Any, raw_key: str, read_only: bool, synchronous: str) -> None:
    link.execute("PRAGMA cipher_log_level = NONE")  # a wrong key is told by our own sentence
    link.execute(f"PRAGMA key = \"x'{raw_key}'\"")  # a raw key skips the password derivation
    link.execute(f"PRAGMA cache_size = -{_CACHE_KIB // 4 if read_only else _CACHE_KIB}")
    link.execute("PRAGMA temp_store = MEMORY")  # temporary files would not be encrypted
    if read_only:
        link.execute("PRAGMA query_only = ON")
        return
    link.execute("PRAGMA journal_mode = WAL")
    link.execute(f"PRAGMA synchronous = {synchronous}")
    link.execute(f"PRAGMA wal_autocheckpoint = {_WAL_PAGES}")
    link.execute("PRAGMA secure_delete = ON")  # erased means overwritten


def _begin(connection: Connection) -> None:
    # The driver's own transaction handling is off: it would begin too late, and never IMMEDIATE.
    writing = connection.get_execution_options().get("writing")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def _checked(database: Database, file: Path, name: str) -> Database:
    if not file.exists():
        raise DatabaseProblem(f"There is no {name} at {file}. Run `espelho init` first.")
    schema = _schema_of(database, file)
    _refuse_newer(schema, name, file)
    if schema != HEADS[name]:
        raise DatabaseProblem(
            f"The {name} {file} has an older schema ({schema or 'none'}). "
            "Run `espelho init` to bring it up to date; nothing is lost."
        )
    return database


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
        raise DatabaseProblem(_why_unreadable(error, file)) from None


def _why_unreadable(error: DatabaseError, file: Path) -> str:
    if "not a database" in str(error.orig):
        return (
            f"{file} does not open with this key file: either the key is another one, or the "
            "file is damaged. Restore the right key; a damaged mirror can be deleted and is "
            "rebuilt from the master by `espelho init` and `espelho sync`."
        )
    return f"{file} cannot be opened: {error.orig}. Check that it exists and who may read it."


def _refuse_newer(schema: str | None, name: str, file: Path) -> None:
    if schema is not None and schema > HEADS[name]:
        raise DatabaseProblem(
            f"The {name} {file} was made by a newer Espelho (schema {schema}, this program knows "
            f"{HEADS[name]}). Update the program; nothing was changed."
        )


# How facets and their sets are stored: ids in a row, the compressed bits of a chunk.

_FASTEST = 1
_WHOLE = CHUNK // 8
_known = Prepared(
    select(facet.c.id).where(facet.c.name == bindparam("n"), facet.c.value == bindparam("v")),
    "n",
    "v",
)


def packed_ids(ids: Iterable[int]) -> bytes:
    """Facet ids as a row keeps them."""
    return array("I", sorted(ids)).tobytes()


def unpacked_ids(stored: bytes) -> set[int]:
    """Facet ids as a row keeps them."""
    return set(array("I", stored))


def opened_bits(bits: bytes) -> bytes:
    """The bits of a chunk as it is stored."""
    return bits if len(bits) == _WHOLE else zlib.decompress(bits)


def packed_bits(bits: bytearray) -> bytes:
    """The bits of a chunk as they are to be stored."""
    small = zlib.compress(bits, _FASTEST)
    return small if len(small) < _WHOLE // 2 else bytes(bits)  # opening costs more than it saves


def known_id(connection: Connection, one: Facet) -> int | None:
    """The id of a facet; None for one that nobody ever had."""
    row = _known.one(connection, *one).first()
    return None if row is None else int(row[0])
