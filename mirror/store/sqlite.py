"""SQLite, and everything that is true of it alone: encrypted files, pragmas, locks.

SQLCipher encrypts whole files, write-ahead log included, by a key derived from the root. The
mirror is written by one connector and opened read-only by everybody else; it may lose its last
transaction in a power cut (the cursor is lost with it, so nothing is missed). The ledger may not:
it is written through to the disk.
"""

import os
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, closing, nullcontext
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy
import sqlcipher3.dbapi2 as sqlcipher
from sqlalchemy import (
    Connection,
    QueuePool,
    create_engine,
    event,
)
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.exc import DatabaseError
from sqlalchemy.ext.compiler import compiles

from mirror.store import engine, rows, tables
from mirror.store.engine import HEADS, Database, Stamp, one_by_one
from mirror.store.faults import (
    SEEN,
    DatabaseProblem,
    Fault,
    fault_of,
    refuse_newer,
    refuse_other_age,
)
from mirror.store.rows import written_over
from mirror.store.sealing import Keyring
from mirror.store.sqlite_copies import (
    ONLY_THE_FILE,
    WAIT_S,
    link_to,
    set_all_aside,
    stamp_by,
    take_in,
)
from mirror.store.sqlite_file import SqliteFile, begin_on, link_of, number_commits
from mirror.store.sqlite_log import noted_beside
from mirror.store.tables import RowId

MIRROR_FILE = "mirror.db"
LEDGER_FILE = "ledger.db"
RESTORING_FILE = "ledger-restoring.db"
FILES = {"mirror": MIRROR_FILE, "ledger": LEDGER_FILE}

_SAFE_SQLITE = (3, 51, 3)  # before it, from 3.7.0 on, a WAL reset could corrupt the file
_CACHE_KIB = 16_384
_WAL_PAGES = 8_000  # a checkpoint per batch, not several
_NEW_LOG_MS = 1_000
_MOST_DAMAGE = 20  # lines that tell of it
_LONG_AGO = 1_577_836_800  # 2020: the field has 31 bits


def open_mirror(
    path: Path, keys: Keyring, *, read_only: bool = False, damaged: bool = False
) -> Database:
    """The mirror of ``path`` (a data directory); raises DatabaseProblem when it cannot be used.

    It is followed: built anew under an open one, the new one is read from the next transaction on.
    ``damaged``: also one that is, for whoever waits for that; each question is told so meanwhile.
    """
    return _opened(path / MIRROR_FILE, "mirror", keys, read_only, damaged=damaged)


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
    for name, file in FILES.items():
        bring_up(path / file, name, keys)


def bring_up(file: Path, name: str, keys: Keyring, place: Path | None = None) -> None:
    """Create a database or bring it to this program's schema; ``place``: where it is to lie."""
    from mirror.store.migrations import upgrade  # alembic is slow to import and rarely needed

    database = _database(file, name, keys, False)
    with closing(database):
        refuse_newer(_schema_of(database, file), HEADS[name], name, file)
        upgrade(database.engine, name, after=noted_beside(place or file).generation)


def take_in_ledger(path: Path, file: Path, keys: Keyring) -> Database:
    """A copy of the ledger ``file`` in ``path`` (a data directory), at this program's schema."""
    here = path / RESTORING_FILE
    take_in(file, here)
    bring_up(here, "ledger", keys)
    return _database(here, "ledger", keys, False)


def _opened(
    file: Path, name: str, keys: Keyring, read_only: bool, *, damaged: bool = False
) -> Database:
    if not file.exists():
        raise DatabaseProblem(f"There is no {name} at {file}. Run `espelho init` first.")
    database = _database(file, name, keys, read_only)
    try:
        schema = _schema_of(database, file)
    except DatabaseProblem as problem:
        if damaged and problem.fault and problem.fault.code == "damaged":
            return database
        raise
    refuse_other_age(schema, HEADS[name], name, file)
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
        pool_use_lifo=True,  # a link that was used last has in memory what others must read again
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


class Sqlite:
    """What `mirror.store.engine.Engine` asks for, of the database in a file."""

    def __init__(self, name: str = "", file: Path = Path()) -> None:
        self._name, self._file = name, file

    begin = staticmethod(begin_on)
    load = staticmethod(one_by_one)

    def blame(self, error: Any) -> None:
        """As it promises."""
        words = getattr(error, "sqlite_errorname", "").split("_")[1:]
        code = "out_of_memory" if "NOMEM" in words else _FAULTS.get(words[0] if words else "")
        if code is not None:
            error.fault = Fault(_seen_closer(code, self._file), self._name)
            SEEN[error.fault] = time.time()

    def sole(self, database: Database) -> AbstractContextManager[str]:
        """The lock beside the file says who writes it (`mirror.store.lease`)."""
        return nullcontext("")

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

    upsert = staticmethod(partial(written_over, insert))

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

    move = staticmethod(rows.move)
    members = staticmethod(rows.members)
    sizes = staticmethod(rows.sizes)
    held = staticmethod(rows.held)
