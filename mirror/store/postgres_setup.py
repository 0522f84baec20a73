"""Makes databases on a PostgreSQL server: roles, what each may do, tables, what is set aside.

An administrator's address is used once, by `espelho init --admin`; afterwards each database is kept
by the role that owns it, and by nobody who could do more.
"""

import time
from collections.abc import Iterable, Sequence
from contextlib import closing
from typing import Any
from urllib.parse import unquote, urlsplit

import psycopg
from psycopg import sql

from mirror.store.engine import HEADS, Database
from mirror.store.faults import DatabaseProblem, refuse_newer
from mirror.store.postgres import LEDGER, READER, WRITER, database, raw, schema_of, told
from mirror.store.postgres_link import SCHEMA, Server, fault_by
from mirror.store.sealing import Keyring

_MAKING_S = 600


def make_place(admin: str, name: str, url: str, roles: Iterable[tuple[str, str]]) -> None:
    """Make the database that an address names and the roles for it, owner first; safe to repeat.

    ``roles``: each with its password; an empty one leaves what is there. Raises DatabaseProblem.
    """
    owner, *others = roles
    place = unquote(urlsplit(url).path.lstrip("/"))
    try:
        with psycopg.connect(admin, autocommit=True) as link:
            for role in (owner, *others):
                _make_role(link, *role)
            known = link.execute("SELECT 1 FROM pg_database WHERE datname = %s", (place,))
            if known.fetchone() is None:
                link.execute(_said(_NEW, place))
            for text in (*_OWNER, *(_GUEST if others else ())):
                names = {"owner": owner[0], "guest": others[0][0] if others else owner[0]}
                link.execute(_said(text, place, **names))
    except psycopg.Error as error:
        fault = fault_by(error, name)
        why = fault.sentence if fault else f"PostgreSQL refused it ({error.sqlstate})."
        raise DatabaseProblem(f"With the administrator's address: {why}") from None


_NEW = "CREATE DATABASE {place} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'"
_OWNER = (
    "REVOKE ALL ON DATABASE {place} FROM PUBLIC",
    "GRANT CONNECT, CREATE, TEMPORARY ON DATABASE {place} TO {owner}",
)
_GUEST = (
    "REVOKE ALL ON DATABASE {place} FROM {guest}",
    "GRANT CONNECT ON DATABASE {place} TO {guest}",
)


def _said(text: str, place: str, **names: str) -> sql.Composed:
    known = {name: sql.Identifier(one) for name, one in {"place": place, **names}.items()}
    return sql.SQL(text).format(**known)


def _make_role(link: Any, role: str, password: str) -> None:
    known = link.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (role,)).fetchone()
    made = "ALTER" if known else "CREATE"
    how = "LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS"
    link.execute(sql.SQL(made + " ROLE {} " + how).format(sql.Identifier(role)))
    if password:
        kept = link.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256")
        said = sql.SQL("ALTER ROLE {} PASSWORD {}")  # the server's log never has it in clear
        link.execute(said.format(sql.Identifier(role), sql.Literal(kept.decode())))


def bring_up(name: str, url: str, password: str, keys: Keyring, reader: str = READER) -> None:
    """Make the tables of a database or bring them to this program's schema; safe to repeat.

    Done by the role that owns them; ``reader`` may look at a mirror, and at nothing else.
    """
    from mirror.store.migrations import upgrade  # alembic is slow to import and rarely needed

    server = Server(name, [url], WRITER if name == "mirror" else LEDGER, password, _MAKING_S)
    made = database(server, keys)
    with closing(made):
        _make_room(made)
        refuse_newer(schema_of(made, server), HEADS[name], name, server.told)
        upgrade(made.engine, name)
        _settle(made, reader if name == "mirror" else None)


_ROOM = f"""
CREATE SCHEMA IF NOT EXISTS {SCHEMA};
CREATE TABLE IF NOT EXISTS stamp (one boolean PRIMARY KEY DEFAULT true CHECK (one),
    generation bigint NOT NULL, commits bigint NOT NULL, line int NOT NULL)
    WITH (fillfactor = 10);
INSERT INTO stamp VALUES (true, 0, 0, 0) ON CONFLICT DO NOTHING;
"""  # noqa: S608 - a name of ours


def _make_room(made: Database) -> None:
    with raw(made) as link:
        link.pgconn.exec_(b"SET client_min_messages = warning")
        found = link.execute(
            "SELECT datcollate, pg_encoding_to_char(encoding) FROM pg_database"
            " WHERE datname = current_database()"
        ).fetchone()
        if found[1] != "UTF8" or found[0] not in ("C", "POSIX", "C.UTF-8", "C.utf8"):
            raise DatabaseProblem(
                "The database orders texts by a language's rules, so that pages would come in "
                "another order than this program counts on. Make it anew: CREATE DATABASE … "
                "TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'; `espelho init --admin` does so."
            )
        done = link.pgconn.exec_(_ROOM.encode())
        if done.error_message:
            raise told(psycopg.errors.error_from_result(done), made)


def _settle(made: Database, reader: str | None) -> None:
    """Sealed bytes are not compressed once more, and the reader may look."""
    with raw(made) as link:
        sealed = link.execute(
            "SELECT table_name, column_name FROM information_schema.columns WHERE data_type ="
            " 'bytea' AND column_name IN ('doc', 'bits', 'raw') AND table_schema = %s",
            (SCHEMA,),
        ).fetchall()
        for table, column in sealed:
            names = sql.Identifier(table), sql.Identifier(column)
            link.execute(
                sql.SQL("ALTER TABLE {} ALTER COLUMN {} SET STORAGE EXTERNAL").format(*names)
            )
        for text in _GRANTS if reader else ():
            link.execute(sql.SQL(text).format(sql.Identifier(SCHEMA), sql.Identifier(reader or "")))


_GRANTS = (
    "GRANT USAGE ON SCHEMA {} TO {}",
    "GRANT SELECT ON ALL TABLES IN SCHEMA {} TO {}",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA {} GRANT SELECT ON TABLES TO {}",
)


def holds_mirror(urls: Sequence[str], password: str) -> bool:
    """Whether the tables of a mirror are there; raises DatabaseProblem where nobody can tell."""
    server = Server("mirror", urls, READER, password, _MAKING_S)
    try:
        with closing(server.connect()) as link:
            return link.execute("SELECT to_regclass('customer')").fetchone()[0] is not None
    except psycopg.Error as error:
        fault = fault_by(error, "mirror")
        if fault is None or fault.code != "not_there":
            said = fault.sentence if fault else f"PostgreSQL refused it ({error.sqlstate})."
            raise DatabaseProblem(f"{server.told} cannot be used. {said}") from None
        return False


def set_aside(url: str, password: str) -> str:
    """Move the mirror at an address out of the way; the schema in which it lies from now on.

    Only for whoever has the writer's lock, and followed by `bring_up`.
    """
    aside = f"{SCHEMA}_set_aside_{time.strftime('%Y%m%d_%H%M%S', time.gmtime())}"
    link = Server("mirror", [url], WRITER, password, _MAKING_S).connect()
    with closing(link):
        names = sql.Identifier(SCHEMA), sql.Identifier(aside)
        link.execute(sql.SQL("ALTER SCHEMA {} RENAME TO {}").format(*names))
    return aside
