"""The way to a PostgreSQL server: addresses, TLS, time-outs, and whether it still is the one.

A row of each database holds its generation and the number of its commits, as page 1 of a SQLite
file does (`mirror.store.engine.Stamp`), and on which timeline they were made. Every transaction
begins by reading it. So a server that was restored, or a standby that was promoted without the last
commits, is told before a value is read from it.
"""

import os
import socket
import time
from collections import deque
from collections.abc import Sequence
from threading import Lock
from typing import Any
from urllib.parse import parse_qs, urlsplit

import psycopg
from psycopg import pq
from psycopg.adapt import Loader
from psycopg.types.numeric import NumericBinaryLoader

from mirror.store.engine import Stamp
from mirror.store.faults import DatabaseProblem, Fault, Replaced

SCHEMA = "espelho"
"""Where the tables lie; what is set aside is a schema of another name."""
WAIT_S = 15
"""How long a transaction waits for the lock of another."""
LAG_S = 30
"""How long a standby may lack what another server has shown already; behind that it is not read."""
_CONNECT_S = 5
_DEAD_S = 5  # so long a server that did not answer is not asked where there are others
_LOCAL = ("127.", "::1", "localhost")
_MIN_VERSION = 15_00_00

_STAMP = (
    "SELECT generation, commits, line, pg_is_in_recovery(), CASE WHEN pg_is_in_recovery() THEN 0 "
    "ELSE ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int END FROM stamp"
)
READS = f"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; {_STAMP}"
_WRITERS_LOCK = 7_370_133
"""Of the transaction that writes: one at a time, so that what follows another sees all of it."""
WRITES = f"BEGIN; SELECT pg_advisory_xact_lock({_WRITERS_LOCK}); {_STAMP}"
COUNT = b"UPDATE stamp SET commits = commits + 1 WHERE pg_current_xact_id_if_assigned() IS NOT NULL"
SOLE = _WRITERS_LOCK + 1
"""Of the one connector there is, as long as its link lives."""


def is_local(url: str) -> bool:
    """Whether all that goes to a server stays on this machine: by a socket, or the loopback."""
    return all(one.startswith(("/", "@", *_LOCAL)) for one in hosts_of(url))


def hosts_of(url: str) -> list[str]:
    """The hosts that an address names, one of which is to answer; a socket's directory is one."""
    parts = urlsplit(url)
    at = parts.netloc.rpartition("@")[2]
    named = [_host(one) for one in at.split(",")] if at else []
    more = [one for some in parse_qs(parts.query).get("host", []) for one in some.split(",")]
    return [one for one in (*named, *more) if one] or ["/var/run/postgresql"]


def _host(place: str) -> str:
    return place[1:].partition("]")[0] if place.startswith("[") else place.partition(":")[0]


class _Whole(Loader):
    """Sums of whole numbers, which PostgreSQL gives as decimals, as the whole numbers they are."""

    format = pq.Format.BINARY

    def load(self, data: Any) -> int:
        return int(NumericBinaryLoader(1700).load(data))


class _Cursor(psycopg.Cursor[Any]):
    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.format = pq.Format.BINARY  # sealed bytes need no reading of hexadecimal digits


class Server:
    """Where one database is, as one role sees it; links to it are made and begun here."""

    def __init__(
        self, name: str, urls: Sequence[str], role: str, password: str, timeout_s: int
    ) -> None:
        """``name``: ``mirror ledger``; ``role`` where an address names none."""
        self.name, self._urls, self._role, self._password = name, list(urls), role, password
        self._timeout_s = timeout_s
        self._dead: dict[str, float] = {}
        self._turn = Lock()
        self._highest = Stamp(0, 0)
        self._shown: deque[tuple[Stamp, float]] = deque(maxlen=512)

    @property
    def told(self) -> str:
        """Where it is, for people: hosts and the database, and never a password."""
        parts = urlsplit(self._urls[0])
        return f"{','.join(hosts_of(self._urls[0]))}{parts.path or '/'}"

    def connect(self) -> Any:
        """A link to the first server that answers; raises what the last one said."""
        problem: Exception | None = None
        for url in self._in_order():
            try:
                return self._link(url)
            except psycopg.OperationalError as error:
                self._dead[url] = time.monotonic()
                problem = error
        assert problem is not None  # noqa: S101 - there is an address
        raise problem

    def _in_order(self) -> list[str]:
        now = time.monotonic()
        return sorted(self._urls, key=lambda url: now - self._dead.get(url, -_DEAD_S) < _DEAD_S)

    def _link(self, url: str) -> Any:
        link = psycopg.Connection.connect(url, **self._parameters(url), cursor_factory=_Cursor)
        link.adapters.register_loader("numeric", _Whole)
        if link.info.server_version < _MIN_VERSION:
            link.close()
            raise DatabaseProblem(
                f"The PostgreSQL of the {self.name} at {self.told} is older than 15. Update it."
            )
        link.info_url = url  # type: ignore[attr-defined]
        return link

    def _parameters(self, url: str) -> dict[str, Any]:
        options = {
            "search_path": SCHEMA,
            "statement_timeout": f"{self._timeout_s}s",
            "lock_timeout": f"{WAIT_S}s",
            "idle_in_transaction_session_timeout": f"{self._timeout_s}s",
            "timezone": "UTC",
            "jit": "off",  # compiling costs more than all that is asked here
        }
        secure: dict[str, Any] = {}
        if not is_local(url):
            secure = {"sslmode": "verify-full"}
            if "sslrootcert" not in parse_qs(urlsplit(url).query):
                secure["sslrootcert"] = "system"
        return {
            "autocommit": True,  # transactions are begun by `begin`, and never by the driver
            "connect_timeout": _CONNECT_S,
            "keepalives_idle": 30,
            "tcp_user_timeout": 30_000,
            "application_name": f"espelho {socket.gethostname()[:24]} {os.getpid()}",
            "options": " ".join(f"-c {name}={value}" for name, value in options.items()),
            **({"password": self._password} if self._password else {}),
            **({} if urlsplit(url).username else {"user": self._role}),
            **secure,
        }

    def begin(self, link: Any, writing: bool) -> tuple[Stamp, bool]:
        """Begin a transaction; how far it is, and whether its server became one since.

        Raises Replaced where it is older than what this process has seen.
        """
        done = link.pgconn.exec_((WRITES if writing else READS).encode())
        if done.status != pq.ExecStatus.TUPLES_OK or done.ntuples != 1:
            failed = psycopg.errors.error_from_result(done)
            raise failed
        generation, commits, line, standby, now = (done.get_value(0, at) for at in range(5))
        stamp = Stamp(int(generation), int(commits))
        self._judge(stamp, standby == b"t")
        return stamp, standby != b"t" and int(line) != int(now)

    def _judge(self, stamp: Stamp, standby: bool) -> None:
        with self._turn:
            now = time.monotonic()
            if stamp >= self._highest:
                if stamp > self._highest:
                    self._shown.append((stamp, now))
                self._highest = stamp
                return
            since = next((at for one, at in self._shown if one > stamp), now)
            if standby and stamp.generation == self._highest.generation and now - since < LAG_S:
                return
        raise Replaced(self._older(standby), self.name)

    def _older(self, standby: bool) -> str:
        if standby:
            return (
                f"The standby {self.told} of the {self.name} is more than {LAG_S} s behind what "
                "was shown from another server. Nothing is shown from it until it has caught up: "
                "look at its replication (the view pg_stat_wal_receiver)."
            )
        do = {
            "ledger": "If that is meant, `espelho restore --as-it-is` goes on with it; what was "
            "written since is lost",
            "mirror": "The connector reads its masters from the beginning with its next cycle",
        }
        return (
            f"The {self.name} {self.told} is older than it was: a backup was restored there, or a "
            "standby promoted that lacked the last commits. Nothing is shown until that is mended. "
            f"{do[self.name]}."
        )


# What a server says, by its cause. Its own words may hold a value, and are not told.

_FAULTS = {
    "53100": "disk_full",
    "53200": "out_of_memory",
    "53300": "too_many_links",
    "57014": "too_slow",
    "25P03": "too_slow",
    "25P04": "too_slow",
    "55P03": "locked",
    "40P01": "deadlock",
    "40001": "deadlock",
    "25006": "standby",
    "28P01": "not_let_in",
    "28000": "not_let_in",
    "3D000": "not_there",
    "3F000": "not_there",
    "42P01": "not_there",
    "42501": "not_permitted",
    "58030": "io",
    "XX001": "damaged",
    "XX002": "damaged",
}
_CLASSES = {"08": "unreachable", "57": "unreachable", "53": "disk_full", "58": "io"}
_WORDS = {
    "password authentication failed": "not_let_in",
    "no password supplied": "not_let_in",
    "no pg_hba.conf entry": "not_let_in",
    "authentication failed": "not_let_in",
    "too many clients": "too_many_links",
    "remaining connection slots": "too_many_links",
    "certificate": "no_tls",
    "SSL": "no_tls",
}
"""Of who is not let in at all a driver knows no code."""


def fault_by(error: BaseException, name: str) -> Fault | None:
    """What the server or the way to it did; None where a program is to blame."""
    if not isinstance(error, psycopg.Error):
        return None
    state = error.sqlstate
    if state is not None:
        code = _FAULTS.get(state) or _CLASSES.get(state[:2])
        return Fault(code, name) if code else None
    if not isinstance(error, psycopg.OperationalError) and type(error) is not psycopg.DatabaseError:
        return None  # the second is what a link that broke off leaves
    words = str(error)
    if "does not exist" in words:
        return Fault("not_let_in" if "role" in words else "not_there", name)
    found = (code for text, code in _WORDS.items() if text in words)
    return Fault(next(found, "unreachable"), name)
