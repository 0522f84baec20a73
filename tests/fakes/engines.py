"""Databases of tests on either engine: a data directory says by a file which one it stands for.

The tests that are marked ``engines`` (`tests/conftest.py`) run once on each. They open databases by
these functions, and know nothing of either engine.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg

from mirror.store import postgres, postgres_setup, sqlite
from mirror.store.engine import Database
from mirror.store.sealing import Keyring
from tests.fakes.local_server import LocalServer

ENGINES = ("sqlite", "postgres")
_THERE = "postgres.json"
_ROLES = {
    "mirror": [(postgres.WRITER, ""), (postgres.READER, "")],
    "ledger": [(postgres.LEDGER, "")],
}


def open_mirror(data_dir: Path, keys: Keyring, *, read_only: bool = False) -> Database:
    """The mirror of a data directory, wherever it lies."""
    if urls := urls_of(data_dir):
        return postgres.open_mirror([urls["mirror"]], "", keys, read_only=read_only)
    return sqlite.open_mirror(data_dir, keys, read_only=read_only)


def open_ledger(data_dir: Path, keys: Keyring) -> Database:
    """The ledger of a data directory, wherever it lies."""
    if urls := urls_of(data_dir):
        return postgres.open_ledger([urls["ledger"]], "", keys)
    return sqlite.open_ledger(data_dir, keys)


def urls_of(data_dir: Path) -> dict[str, str]:
    """Where its databases are on a server; empty where they are files."""
    file = data_dir / _THERE
    return dict(json.loads(file.read_text())) if file.exists() else {}


_TABLES = (
    "SELECT relname FROM pg_class WHERE relnamespace = 'espelho'::regnamespace AND relkind = 'r'"
    " AND relname NOT IN ('stamp', 'alembic_version')"
)
_LARGE = f"{_TABLES} AND pg_total_relation_size(oid) > 500000"
_NUMBERS = (
    "SELECT setval(oid, 1, false) FROM pg_class"
    " WHERE relnamespace = 'espelho'::regnamespace AND relkind = 'S'"
)


class Bench:
    """A server with one empty database of each kind, and copies of them for each test."""

    def __init__(self, keys: Keyring) -> None:
        self.server = LocalServer().start()
        self._numbers = count(1)
        self._free: list[dict[str, str]] = []
        self._tables: dict[str, list[str]] = {}
        self.link = psycopg.connect(self.server.admin_url, autocommit=True)
        for name, roles in _ROLES.items():
            url = self.url(f"empty_{name}")
            postgres_setup.make_place(self.server.admin_url, name, url, roles)
            postgres_setup.bring_up(name, url, "", keys)
            admin = self.server.url("espelho_admin", f"empty_{name}")
            with psycopg.connect(admin) as link:
                self._tables[name] = [str(row[0]) for row in link.execute(_TABLES)]

    def url(self, database: str) -> str:
        """Where a database is; the role is chosen by who opens it."""
        return f"postgresql:///{database}?host={self.server.place}"

    @contextmanager
    def lent(self, data_dir: Path) -> Iterator[dict[str, str]]:
        """Let a data directory stand for databases that nobody else has meanwhile."""
        urls = self._free.pop() if self._free else self._made()
        data_dir.mkdir(exist_ok=True)
        (data_dir / _THERE).write_text(json.dumps(urls))
        try:
            yield urls
        finally:
            for name, url in urls.items():
                self._empty(name, url)
            self._free.append(urls)

    def _made(self) -> dict[str, str]:
        number, urls = next(self._numbers), {}
        for name in _ROLES:
            place = f"test_{number}_{name}"
            self.link.execute(f"CREATE DATABASE {place} TEMPLATE empty_{name} STRATEGY FILE_COPY")
            urls[name] = self.url(place)
        return urls

    def _empty(self, name: str, url: str) -> None:
        """As it was made: a hundred times as quick as making it, a look at each table included."""
        place = url.partition("///")[2].partition("?")[0]
        self.link.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (place,)
        )
        admin = self.server.url("espelho_admin", place)
        with psycopg.connect(admin, autocommit=True, options="-c search_path=espelho") as link:
            tables = [str(row[0]) for row in link.execute(_TABLES)]
            for table in set(tables).difference(self._tables[name]):
                link.execute(f'DROP TABLE "{table}"')
            large = link.execute(_LARGE).fetchall()
            for (table,) in large:
                link.execute(f'TRUNCATE "{table}"')
            link.execute("; ".join(f'DELETE FROM "{table}"' for table in self._tables[name]))
            link.execute("UPDATE stamp SET generation = generation + 1, commits = 0")
            link.execute(_NUMBERS)
            if name == "mirror":
                link.execute("INSERT INTO meta VALUES ('words', '0')")
            if next(self._numbers) % 20 == 0:
                link.execute("VACUUM")

    def close(self) -> None:
        """Stop the server, and delete all it had."""
        self.link.close()
        self.server.remove()
