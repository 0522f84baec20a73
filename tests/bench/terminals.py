"""Many terminals at once, beside a bare route of the same server, and during a running sync."""

import json
import random
import re
import selectors
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from statistics import median
from time import perf_counter
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from config.assemble import mirror_of
from config.settings import load
from mirror.reading.find import get
from mirror.reading.listing import Filters, counts
from tests.bench.measuring import Table, wait_for
from tests.bench.requests import _PASSWORD, _cpu_s
from tests.bench.workbench import Workbench
from tests.faults.installation import Installation
from tests.faults.prefork import ROOT
from tests.faults.processes import descendants, free_port

AT_ONCE = (1, 8, 20)
_ASKED, _WORKERS, _LOGIN = 1_500, 2, "whoever"
_THINKS_S = 0.1
"""How long a terminal waits from an answer to its next question, where it is not told to hurry."""


def measure(bench: Workbench) -> Table:
    """Milliseconds, requests a second and processor time of the server, by how many ask at once."""
    made, table = bench.mirror, Table()
    made.environment["ESPELHO_PASSWORD"] = _PASSWORD
    made.must("sync")
    made.must("user", "add", _LOGIN)
    tokens = [made.must("device", "add", f"till-{n}", "--store", "b").strip() for n in range(20)]
    asked = bench.turns(_ASKED)
    with _served(made) as (port, pid), _bare() as (other, bare):
        lookups = _lookups(made, tokens)
        for number in AT_ONCE:
            told = _taken(port, pid, lookups, number, asked)
            least = _taken(other, bare, lookups, number, asked)
            table[f"a lookup, {number} at once"] = told
            table[f"a bare POST, {number} at once"] = least
            told["of the bare route, %"] = 100 * told["a second"] / least["a second"]
        table["a lookup, 20 with pauses"] = _taken(port, pid, lookups, 20, asked, _THINKS_S)
        table |= _during_a_sync(made, (port, pid), lookups, asked)
    return table


def _during_a_sync(
    made: Installation, server: tuple[int, int], lookups: Sequence[bytes], asked: int
) -> Table:
    """Twenty who look up, and what pages take beside them, while everybody is read again."""
    pages = _pages(server[0])
    mixed = [ask for pair in zip(lookups, pages * len(lookups), strict=False) for ask in pair]
    sync = made.start("sync", "--full", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        kinds = {"a lookup": lookups, "lookups and pages": mixed}
        found = {
            f"{kind}, 20 with pauses, during a sync": _taken(*server, asks, 20, asked, _THINKS_S)
            for kind, asks in kinds.items()
        }
    finally:
        sync.terminate()
        sync.wait()
    return found


@contextmanager
def _served(made: Installation) -> Iterator[tuple[int, int]]:
    port = free_port()
    server = made.start("serve", "--only", "web", "--port", str(port), stdout=None, stderr=None)
    yield from _while_it_runs(server, port, "/saude")


@contextmanager
def _bare() -> Iterator[tuple[int, int]]:
    port = free_port()
    command = [sys.executable, "-m", "tests.bench.bare", str(port), str(_WORKERS)]
    yield from _while_it_runs(subprocess.Popen(command, cwd=ROOT), port, "")


def _while_it_runs(
    server: "subprocess.Popen[str] | subprocess.Popen[bytes]", port: int, health: str
) -> Iterator[tuple[int, int]]:
    try:
        if health:
            wait_for(f"http://127.0.0.1:{port}{health}")
        else:
            _wait_for_a_door(port)
        yield port, server.pid
    finally:
        server.terminate()
        server.wait()


def _wait_for_a_door(port: int) -> None:
    until = perf_counter() + 60
    while perf_counter() < until:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            continue
        return
    raise RuntimeError("The bare server does not answer.")


def _lookups(made: Installation, tokens: Sequence[str]) -> list[bytes]:
    """A question for each of some customers, the terminals by turns."""
    with closing(mirror_of(load(made.file), read_only=True)) as db:
        total = counts(db, Filters("PF")) + counts(db, Filters("PJ"))
        some = [get(db, random.Random(n).randint(1, total)) for n in range(min(total, 2_000))]
    cpfs = [
        document.value
        for one in some
        if one
        for document in one.customer.documents
        if document.kind == "cpf" and document.valid
    ]
    return [_lookup(cpf, tokens[number % len(tokens)]) for number, cpf in enumerate(cpfs)]


def _lookup(cpf: str, token: str) -> bytes:
    body = json.dumps({"document": cpf}).encode()
    head = f"POST /api/v1/lookup HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n"
    kind = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return (head + kind).encode() + body


def _pages(port: int) -> list[bytes]:
    """The list and a customer's page, for somebody signed in."""
    url = f"http://127.0.0.1:{port}"
    cookie = _session(port, urlencode({"login": _LOGIN, "password": _PASSWORD}).encode())
    with urlopen(Request(f"{url}/clientes", headers={"Cookie": cookie})) as answer:
        found = re.search(r'href="(/clientes/\d+)"', answer.read().decode())
    one = found[1] if found else "/clientes"
    return [
        f"GET {page} HTTP/1.1\r\nHost: x\r\nCookie: {cookie}\r\n\r\n".encode()
        for page in ("/clientes", one)
    ]


def _session(port: int, form: bytes) -> str:
    """The session of a sign-in, which stands with the answer that leads on."""
    head = f"POST /entrar HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
    kind = f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(form)}\r\n"
    with socket.create_connection(("127.0.0.1", port)) as line:
        line.sendall((head + kind + "Connection: close\r\n\r\n").encode() + form)
        told = b"".join(iter(lambda: line.recv(65_536), b"")).decode("latin-1")
    found = re.search(r"(?i)^set-cookie: ([^;\r]+)", told, re.MULTILINE)
    if found is None:
        raise RuntimeError("Nobody can sign in.")
    return found[1]


@dataclass
class _Line:
    """A terminal's connection: what came of the answer, and since when it waits for it."""

    door: socket.socket
    came: bytes = b""
    at: float = 0.0
    due: float = 0.0
    asks: bool = False


@dataclass
class _Load:
    """Questions by turns over so many lines; each asks again when it was answered, and thought."""

    port: int
    asks: Sequence[bytes]
    thinks_s: float
    spent: list[float] = field(default_factory=list)
    codes: Counter[int] = field(default_factory=Counter)
    _dice: random.Random = field(default_factory=lambda: random.Random(1))

    def run(self, at_once: int, asked: int) -> float:
        """Ask so often; how long it took."""
        lines = [_Line(socket.create_connection(("127.0.0.1", self.port))) for _ in range(at_once)]
        began = perf_counter()
        for line in lines:
            line.due = began + self._pause()
        with selectors.DefaultSelector() as seen:
            for line in lines:
                line.door.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                seen.register(line.door, selectors.EVENT_READ, line)
            sent = 0
            while len(self.spent) < asked:
                now = perf_counter()
                for line in lines:
                    if not line.asks and line.due <= now and sent < asked:
                        self._ask(line, self.asks[sent % len(self.asks)])
                        sent += 1
                idle = [line.due for line in lines if not line.asks]
                wait = max(0.0, min(idle) - perf_counter()) if idle and sent < asked else None
                for key, _ in seen.select(wait):
                    self._hear(key.data)
        took = perf_counter() - began
        for line in lines:
            line.door.close()
        return took

    def _pause(self) -> float:
        return self._dice.expovariate(1 / self.thinks_s) if self.thinks_s else 0.0

    def _ask(self, line: _Line, question: bytes) -> None:
        line.asks, line.at = True, perf_counter()
        line.door.sendall(question)

    def _hear(self, line: _Line) -> None:
        more = line.door.recv(262_144)
        if not more:
            raise RuntimeError("A line was cut.")
        line.came += more
        if _is_whole(line.came):
            self.spent.append(perf_counter() - line.at)
            self.codes[int(line.came[9:12])] += 1
            line.came, line.asks = b"", False
            line.due = perf_counter() + self._pause()


def _is_whole(came: bytes) -> bool:
    head, there, body = came.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)content-length: (\d+)", head)
    return bool(there) and length is not None and len(body) >= int(length[1])


def _taken(
    port: int, pid: int, asks: Sequence[bytes], at_once: int, asked: int, thinks_s: float = 0.0
) -> dict[str, float]:
    _Load(port, asks, 0.0).run(min(4, at_once), min(asked, 60))
    before = sum(map(_cpu_s, (pid, *descendants(pid))))
    load = _Load(port, asks, thinks_s)
    took = load.run(at_once, asked)
    spent = sorted(load.spent)
    return {
        "p50 ms": median(spent) * 1_000,
        "p99 ms": spent[len(spent) * 99 // 100] * 1_000,
        "a second": asked / took,
        "CPU ms": (sum(map(_cpu_s, (pid, *descendants(pid)))) - before) / asked * 1_000,
        "refused": float(asked - load.codes[200]),
    }
