"""Two servers that nobody here wrote, each with customers of its own: Datasette and Kinto.

They are told nothing of who reads them. What they hold is asked of themselves, not of a copy kept
here: Datasette's table as a table, Kinto's collection in one answer.
"""

import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import httpx

from tests.faults.processes import answering_at, free_port, wait_until

Row = Mapping[str, Any]
COLUMNS = ("code", "full_name", "kind", "is_blocked", "tax_number", "mail", "phone")


class Foreign(Protocol):
    """A server and what only its owner may do."""

    url: str
    file: str
    """The source file by which it is followed."""
    secrets: Mapping[str, str]
    tells_deletions: bool
    """Whether its list of changes says who is gone."""

    def put(self, rows: list[dict[str, Any]]) -> None:
        """Add or change these customers, one transaction each."""

    def delete(self, codes: list[str]) -> None:
        """These are no customers any more."""

    def rows(self) -> dict[str, dict[str, Any]]:
        """Everybody there is now, by code."""


@contextmanager
def running(command: list[str], directory: Path, health: str) -> Iterator[None]:
    """The server as a process of its own, until the block is left."""
    with (directory / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=directory)
        try:
            wait_until(lambda: answering_at(health), process)
            yield
        finally:
            process.kill()
            process.wait()


class Datasette:
    """A table in SQLite, which Datasette serves and does not change."""

    file = "table.toml"
    secrets: Mapping[str, str] = {}
    tells_deletions = False

    def __init__(self, database: Path, url: str) -> None:
        self.url = url
        self._database = database

    @classmethod
    @contextmanager
    def served(cls, directory: Path) -> Iterator["Datasette"]:
        """One with an empty table."""
        database, port = directory / "shop.db", free_port()
        with closing(sqlite3.connect(database)) as made:
            made.execute("pragma journal_mode = wal")
            made.execute(
                f"create table customer ({', '.join(COLUMNS)}, changed_at, primary key (code))"
            )
        command = [sys.executable, "-m", "datasette", "serve", str(database), "--port", str(port)]
        url = f"http://127.0.0.1:{port}"
        with running(command, directory, f"{url}/-/versions.json"):
            yield cls(database, url)

    def put(self, rows: list[dict[str, Any]]) -> None:
        places = ", ".join("?" * (len(COLUMNS) + 1))
        with closing(sqlite3.connect(self._database, timeout=30)) as opened:
            for row in rows:
                now = datetime.now(UTC).isoformat().replace("+00:00", "Z")
                values = [*(row[name] for name in COLUMNS), now]
                opened.execute(f"replace into customer values ({places})", values)
                opened.commit()

    def delete(self, codes: list[str]) -> None:
        with closing(sqlite3.connect(self._database, timeout=30)) as opened:
            opened.executemany("delete from customer where code = ?", [(code,) for code in codes])
            opened.commit()

    def rows(self) -> dict[str, dict[str, Any]]:
        with closing(sqlite3.connect(self._database, timeout=30)) as opened:
            found = opened.execute(f"select {', '.join(COLUMNS)} from customer")
            return {row[0]: dict(zip(COLUMNS, row, strict=True)) for row in found}


_KINTO = """\
[app:main]
use = egg:kinto
kinto.storage_backend = kinto.core.storage.memory
kinto.permission_backend = kinto.core.permission.memory
kinto.cache_backend = kinto.core.cache.memory
kinto.userid_hmac_secret = of the tests
multiauth.policies = basicauth
kinto.bucket_create_principals = system.Authenticated
kinto.paginate_by = 100
[server:main]
use = egg:waitress#main
host = 127.0.0.1
port = {port}
[loggers]
keys = root
[handlers]
keys =
[formatters]
keys =
[logger_root]
level = WARN
handlers =
"""


class Kinto:
    """A collection of documents in Kinto's memory."""

    file = "documents.toml"
    secrets: Mapping[str, str] = {"user": "espelho", "password": "of the tests"}
    tells_deletions = True

    def __init__(self, url: str) -> None:
        self.url = url
        self._list = f"{url}/v1/buckets/shop/collections/customers/records"
        self._owner = httpx.Client(auth=("espelho", self.secrets["password"]), timeout=60)
        for made in (f"{url}/v1/buckets/shop", self._list.removesuffix("/records")):
            self._owner.put(made).raise_for_status()

    @classmethod
    @contextmanager
    def served(cls, directory: Path) -> Iterator["Kinto"]:
        """One with an empty collection."""
        settings, port = directory / "kinto.ini", free_port()
        settings.write_text(_KINTO.format(port=port), "utf-8")
        program = Path(sys.executable).with_name("kinto")
        url = f"http://127.0.0.1:{port}"
        with running([str(program), "start", "--ini", str(settings)], directory, f"{url}/v1/"):
            yield cls(url)

    def put(self, rows: list[dict[str, Any]]) -> None:
        for row in rows:
            body = {"data": {name: row[name] for name in COLUMNS if name != "code"}}
            self._owner.put(f"{self._list}/{row['code']}", json=body).raise_for_status()

    def delete(self, codes: list[str]) -> None:
        for code in codes:
            self._owner.delete(f"{self._list}/{code}").raise_for_status()

    def rows(self) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {}
        address = f"{self._list}?_limit=100"
        while address:
            answer = self._owner.get(address).raise_for_status()
            found |= {one["id"]: {**one, "code": one["id"]} for one in answer.json()["data"]}
            address = answer.headers.get("Next-Page", "")
        return {code: {name: row.get(name) for name in COLUMNS} for code, row in found.items()}
