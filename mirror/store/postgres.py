"""PostgreSQL, and everything that is true of it alone: roles, locks, bulk loads, what a server did.

Documents lie sealed in it as they do in a file, and what they are found by is keyed: whoever reads
the server's disk, its log or a backup of it learns what filters show. Of three roles the writer
owns the mirror, the reader may only select from it, and the ledger's owns the ledger.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache, partial
from hashlib import blake2b
from typing import Any

import psycopg
import sqlalchemy
from sqlalchemy import (
    BigInteger,
    Boolean,
    Connection,
    Float,
    Insert,
    Integer,
    LargeBinary,
    QueuePool,
    SmallInteger,
    Table,
    create_engine,
    event,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.ext.compiler import compiles

from mirror.store import engine, rows
from mirror.store.engine import HEADS, Database, Link, Names, Rows, Stamp, Statement
from mirror.store.faults import SEEN, DatabaseProblem, fault_of, refuse_other_age
from mirror.store.postgres_link import COUNT, SCHEMA, SOLE, Server, fault_by
from mirror.store.progress import begin_again
from mirror.store.rows import written_over
from mirror.store.sealing import Keyring
from mirror.store.tables import Upsert

WRITER, READER, LEDGER = "espelho_writer", "espelho_reader", "espelho_ledger"
_READING_S = 60
_WRITING_S = 600
"""How long one statement may take; a batch is many of them."""
_FEW = 24  # rows that are written quicker one by one than by a load
_MOST_DAMAGE = 20
_LONG_AGO = 1_577_836_800  # 2020
_LAST = 2**62


def open_mirror(
    urls: Sequence[str], password: str, keys: Keyring, *, read_only: bool = False
) -> Database:
    """The mirror at the first of these addresses that answers; raises DatabaseProblem.

    ``password``: of the role that the address names, or else of the one made for it.
    """
    role, timeout_s = (READER, _READING_S) if read_only else (WRITER, _WRITING_S)
    return _opened(Server("mirror", urls, role, password, timeout_s), keys)


def open_ledger(urls: Sequence[str], password: str, keys: Keyring) -> Database:
    """The ledger; raises DatabaseProblem when it cannot be used."""
    return _opened(Server("ledger", urls, LEDGER, password, _READING_S), keys)


def _opened(server: Server, keys: Keyring) -> Database:
    opened = database(server, keys)
    try:
        refuse_other_age(schema_of(opened, server), HEADS[server.name], server.name, server.told)
    except BaseException:
        opened.close()
        raise
    return opened


def database(server: Server, keys: Keyring) -> Database:
    """A database as a role sees it, whatever its schema."""
    own = Postgres(server)
    made = create_engine(
        "postgresql+psycopg://",
        creator=server.connect,
        paramstyle="format",  # statements are run with plain tuples
        use_native_hstore=False,
        hide_parameters=True,
        poolclass=QueuePool,
        pool_size=4,
        execution_options=engine.knowing(own),
    )
    event.listen(made, "begin", _begin)
    event.listen(made, "commit", _count)
    event.listen(made, "checkout", _refuse_dead)
    event.listen(made, "handle_error", _without_values)
    return Database(made, keys)


def schema_of(database: Database, server: Server) -> str | None:
    """The migration that it is at; None where there are no tables yet."""
    try:
        with raw(database) as link:
            if link.execute("SELECT to_regclass('alembic_version')").fetchone()[0] is None:
                return None
            if link.execute("SELECT to_regclass('stamp')").fetchone()[0] is None:
                return None
            found = link.execute("SELECT version_num FROM alembic_version").fetchone()
            return found and str(found[0])
    except psycopg.Error as error:
        raise told(error, database) from None


def told(error: psycopg.Error, database: Database) -> DatabaseProblem:
    """Why it cannot be used, and what to do."""
    own: Any = engine.engine_of(database.engine)
    own.blame(error)
    fault = fault_of(error)
    said = fault.sentence if fault else f"PostgreSQL refused it ({error.sqlstate})."
    problem = DatabaseProblem(f"{own.server.told} cannot be used. {said}")
    problem.fault = fault
    return problem


@contextmanager
def raw(database: Database) -> Iterator[Any]:
    """The driver's own link, outside of any transaction."""
    try:
        held = database.engine.raw_connection()
    except psycopg.Error as error:
        raise told(error, database) from None
    try:
        yield held.driver_connection
    finally:
        held.close()


# Transactions: begun in one round trip that also tells how far the database is.


def _begin(connection: Connection) -> None:
    engine.begin(connection)
    own: Any = engine.engine_of(connection)
    link: Any = connection.connection.driver_connection
    if connection.get_execution_options().get("writing") and link.promoted:
        _go_on(connection, own)


def _go_on(connection: Connection, own: "Postgres") -> None:
    """On another timeline the last commits may be missing: what has a master is read anew."""
    first = own.stamp(connection).generation == 0
    if own.server.name == "mirror" and not first:
        begin_again(connection)
    else:
        connection.exec_driver_sql(_SAME_LINE)


_LINE = "('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int"
_SAME_LINE = f"UPDATE stamp SET line = {_LINE}"  # noqa: S608 - words of ours


def _count(connection: Connection) -> None:
    if connection.get_execution_options().get("writing"):
        link: Any = connection.connection.driver_connection
        done = link.pgconn.exec_(COUNT)
        if done.error_message:
            raise Link.behind(connection).told(psycopg.errors.error_from_result(done))


def _refuse_dead(link: Any, *_: Any) -> None:
    """A link whose server went away meanwhile is another one's before anything is asked."""
    import select

    waiting = select.poll()
    if not link.closed:
        waiting.register(link.fileno(), select.POLLIN)
    if link.closed or waiting.poll(0):  # nobody asked: what a server says by itself is good-bye
        raise DisconnectionError


def _primary(error: psycopg.Error) -> str:
    """What a server says first; whole rows and keys come behind it, and a value in odd ones."""
    if (error.sqlstate or "").startswith("22"):
        return f"a value does not fit its column (SQLSTATE {error.sqlstate})"
    return f"{error.diag.message_primary} (SQLSTATE {error.sqlstate})"


def _without_values(failed: sqlalchemy.ExceptionContext) -> None:
    """Name what the machine did; of the server's words nothing that holds a row's values."""
    error: Any = failed.original_exception
    own: Any = failed.engine and engine.engine_of(failed.engine)
    if own and isinstance(error, psycopg.Error):
        own.blame(error)
        wrapped = failed.sqlalchemy_exception
        if wrapped is not None:
            wrapped.args = (f"({type(error).__module__}.{type(error).__qualname__}) {error}",)


# The tables in PostgreSQL's words.


@compiles(sqlalchemy.String, "postgresql")
def _text(*_: Any, **__: Any) -> str:
    return "TEXT"  # as long as it is: a value that is longer than most stops no batch


_PLAIN: dict[type, str] = {
    SmallInteger: "int2",
    BigInteger: "int8",
    Integer: "int4",
    LargeBinary: "bytea",
    Boolean: "bool",
    Float: "float8",
}


def _type_of(table: Table, column: str) -> str:
    kind = table.c[column].type
    return next((name for base, name in _PLAIN.items() if isinstance(kind, base)), "text")


class Postgres:
    """What `mirror.store.engine.Engine` asks for."""

    def __init__(self, server: Server) -> None:
        self.server = server

    def begin(self, driver: Any, writing: bool) -> None:
        """As it promises; on the link stands how far the database is, and what is new of it."""
        driver.stamp, driver.promoted = self.server.begin(driver, writing)

    def blame(self, error: BaseException) -> None:
        """As it promises."""
        fault = fault_by(error, self.server.name)
        if isinstance(error, psycopg.Error) and error.sqlstate:
            error.args = (_primary(error),)
        if fault is not None:
            error.fault = fault  # type: ignore[attr-defined]
            SEEN[fault] = time.time()

    def versions(self, connection: Connection) -> dict[str, str]:
        """As it promises."""
        told = connection.exec_driver_sql("SHOW server_version").scalar()
        return {"PostgreSQL": str(told).partition(" ")[0]}

    upsert = staticmethod(partial(written_over, insert))

    def stamp(self, connection: Connection) -> Stamp:
        """As it promises."""
        row = connection.exec_driver_sql("SELECT generation, commits FROM stamp").one()
        return Stamp(*row)

    def renew(self, connection: Connection, after: int = 0) -> None:
        """By the clock, in seconds: copies that know nothing of each other come in order too."""
        later = max(self.stamp(connection).generation, after) + 1
        now = max(later, int(time.time()) - _LONG_AGO)
        connection.exec_driver_sql(
            f"UPDATE stamp SET generation = {now:d}, line = {_LINE}"  # noqa: S608 - a number
        )
        _number_on(connection)

    def damage(self, connection: Connection) -> list[str]:
        """By the checksums of its pages, as far as the server keeps them: every row is read."""
        found = []
        for (name,) in connection.exec_driver_sql(
            "SELECT relname FROM pg_class WHERE relnamespace = %s::regnamespace AND relkind = 'r'",
            (SCHEMA,),
        ).all():
            try:
                with connection.begin_nested():
                    connection.exec_driver_sql(f'SELECT sum(length(t::text)) FROM "{name}" t')  # noqa: S608 - a name of ours
            except DBAPIError as error:
                fault = fault_of(error)
                if fault is None or fault.code != "damaged":
                    raise
                found.append(f"table {name}: a page cannot be read")
        return found[:_MOST_DAMAGE]

    def snapshot(self, connection: Connection) -> tuple[int, ...]:
        """What the transaction was told when it began."""
        link: Any = connection.connection.driver_connection
        stamp: Stamp = link.stamp
        return stamp

    def load(self, connection: Connection, what: Statement, names: Names, rows: Rows) -> int | None:
        """By COPY: straight into the table, or beside it and from there in one statement."""
        if len(rows) < _FEW:
            return None
        if isinstance(what, Upsert):
            return _merge(connection, what, rows)
        if isinstance(what, Insert) and _is_plain(what):
            table: Any = what.table
            _copy(connection, table.name, table, names, rows)
            return len(rows)
        return None

    @contextmanager
    def sole(self, database: Database) -> Iterator[str]:
        """By a lock that the server frees with the link that took it."""
        with raw(database) as link:
            taken = link.execute("SELECT pg_try_advisory_lock(%s)", (SOLE,)).fetchone()[0]
            if not taken:
                row = link.execute(_HOLDER, (SOLE,)).fetchone()
                yield str(row[0]).removeprefix("espelho ") if row else "unknown"
                return
            try:
                yield ""
            finally:
                if not link.closed:
                    link.execute("SELECT pg_advisory_unlock(%s)", (SOLE,))

    move = staticmethod(rows.move)
    members = staticmethod(rows.members)
    sizes = staticmethod(rows.sizes)
    held = staticmethod(rows.held)


def _number_on(connection: Connection) -> None:
    """Let the numbers of new rows go on behind those that rows brought along."""
    for table, column in connection.exec_driver_sql(_NUMBERED, (SCHEMA,)).all():
        last = f'SELECT coalesce(max("{column}"), 0) + 1 FROM "{table}"'  # noqa: S608 - names of ours
        place = "pg_get_serial_sequence(%s, %s)"
        connection.exec_driver_sql(f"SELECT setval({place}, ({last}), false)", (table, column))


_NUMBERED = (
    "SELECT table_name, column_name FROM information_schema.columns"
    " WHERE table_schema = %s AND column_default LIKE 'nextval%%'"
)
_HOLDER = (
    "SELECT a.application_name FROM pg_locks l JOIN pg_stat_activity a USING (pid)"
    " WHERE l.locktype = 'advisory' AND l.granted AND l.objid = %s"
    " AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


def _is_plain(statement: Insert) -> bool:
    return not statement._returning and not statement._multi_values and statement.select is None


def _merge(connection: Connection, wanted: Upsert, given: Rows) -> int:
    staging, merge = _statements(wanted)
    link: Any = connection.connection.driver_connection
    link.pgconn.exec_(b"SET LOCAL client_min_messages = warning")
    link.execute(staging[1])
    _copy(connection, staging[0], wanted.table, wanted.columns, _once_each(wanted, given))
    done = int(link.execute(merge).rowcount)
    link.execute(f"TRUNCATE pg_temp.{staging[0]}")
    return done


def _once_each(wanted: Upsert, rows: Rows) -> list[Sequence[Any]]:
    """What rows of one key come to, one after the other: a merge may touch a row once only."""
    key = [wanted.columns.index(name) for name in wanted.by]
    adding = [place for place, name in enumerate(wanted.columns) if name in wanted.adding]
    kept = {place for place, name in enumerate(wanted.columns) if name in wanted.keeping}
    found: dict[tuple[Any, ...], Sequence[Any]] = {}
    for row in rows:
        at = tuple(row[place] for place in key)
        if (before := found.get(at)) is not None:
            if not wanted.over:
                continue
            now = [before[place] if place in kept else one for place, one in enumerate(row)]
            for place in adding:
                now[place] = before[place] + row[place]
            row = now
        found[at] = row
    return list(found.values())


@lru_cache(64)
def _statements(wanted: Upsert) -> tuple[tuple[str, str], str]:
    """How a table for staging is made, and how it is merged from there."""
    table = wanted.table.name
    mark = blake2b(repr((wanted.by, wanted.columns)).encode(), digest_size=4).hexdigest()
    staging = f"staging_{table}_{mark}"
    columns = ", ".join(f'"{name}"' for name in wanted.columns)
    by = ", ".join(f'"{name}"' for name in wanted.by)
    over = ", ".join(
        f'"{name}" = t."{name}" + excluded."{name}"'
        if name in wanted.adding
        else f'"{name}" = excluded."{name}"'
        for name in wanted.over
    )
    made = (
        f"CREATE TEMP TABLE IF NOT EXISTS {staging} ON COMMIT DELETE ROWS AS"  # noqa: S608 - names of ours
        f' SELECT {columns} FROM "{table}" WITH NO DATA'
    )
    conflict = f"({by}) DO UPDATE SET {over}" if over else "DO NOTHING"
    merge = (
        f'INSERT INTO "{table}" AS t ({columns}) SELECT {columns} FROM pg_temp.{staging}'  # noqa: S608 - names of ours
        f" ORDER BY {by} ON CONFLICT {conflict}"
    )
    return (staging, made), merge


def _copy(connection: Connection, target: str, table: Table, names: Names, rows: Rows) -> None:
    link: Any = connection.connection.driver_connection
    columns = ", ".join(f'"{name}"' for name in names)
    try:
        with (
            link.cursor() as cursor,
            cursor.copy(f'COPY "{target}" ({columns}) FROM STDIN (FORMAT BINARY)') as copy,
        ):
            copy.set_types([_type_of(table, name) for name in names])
            for row in rows:
                copy.write_row(row)
    except psycopg.Error as error:
        raise Link.behind(connection).told(error) from error
