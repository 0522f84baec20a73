"""What a lookup, a list and a customer's page cost on served installations, side by side."""

import http.client
import json
import os
import re
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any
from urllib.parse import urlencode

from tests.bench import measuring
from tests.bench.measuring import wait_for
from tests.faults.installation import TOKEN, Installation
from tests.faults.processes import descendants, free_port

_WARM_UP, _SOME = 20, 20
_PASSWORD = "uma senha comprida"
_TICK_S = 1 / os.sysconf("SC_CLK_TCK")


@dataclass
class _Served:
    """One installation as it is served, and how it is asked."""

    pid: int
    over: http.client.HTTPConnection
    token: str
    session: str = ""
    page: str = ""
    """The address of the first customer of the list."""

    def finds(self, cpf: str) -> bool:
        """A terminal asks by CPF; whether that is anybody."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        _, told = self.answer("POST", "/api/v1/lookup", json.dumps({"document": cpf}), headers)
        return bool(json.loads(told)["customers"])

    def get(self, address: str) -> str:
        """A page, for staff."""
        return self.answer("GET", address, None, {"Cookie": self.session})[1]

    def enter(self) -> None:
        """Log in and see who is first on the list."""
        form = urlencode({"login": "bench", "password": _PASSWORD})
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        headers, _ = self.answer("POST", "/entrar", form, kind)
        self.session = headers["Set-Cookie"].partition(";")[0]
        found = re.search(r'href="(/clientes/\d+)"', self.get("/clientes"))
        if found is None:
            raise RuntimeError("Nobody is on the list.")
        self.page = found[1]

    def answer(
        self, method: str, address: str, body: str | None, headers: Mapping[str, str]
    ) -> tuple[http.client.HTTPMessage, str]:
        """Head and text; raises where it is none."""
        self.over.request(method, address, body, dict(headers))
        answer = self.over.getresponse()
        told = answer.read().decode()
        if answer.status not in (200, 303):
            raise RuntimeError(f"{method} {address} answered {answer.status}: {told[:200]}")
        return answer.headers, told

    @property
    def cpu_s(self) -> float:
        """What the server and its workers took so far."""
        return sum(_cpu_s(pid) for pid in (self.pid, *descendants(self.pid)))


_Ask = Callable[[_Served, int], object]
"""Asks once, as in that turn; what came."""


def asked(made: Mapping[str, Installation], master: str, times: int) -> dict[str, dict[str, float]]:
    """By installation: the median in milliseconds of each kind of request, and its CPU."""
    figures: dict[str, dict[str, float]] = {name: {} for name in made}
    with ExitStack() as opened:
        servers = {name: opened.enter_context(_served(one)) for name, one in made.items()}
        some = islice(_cpfs(master), _SOME)
        known = [cpf for cpf in some if all(one.finds(cpf) for one in servers.values())]
        kinds: dict[str, _Ask] = {
            "POST /api/v1/lookup": lambda one, turn: one.finds(known[turn % len(known)]),
            "GET /clientes": lambda one, _: one.get("/clientes"),
            "GET /clientes/ID": lambda one, _: one.get(one.page),
        }
        for kind, ask in kinds.items():
            for name, found in _by_turns(servers, ask, times).items():
                figures[name] |= {f"{kind}, {unit}": figure for unit, figure in found.items()}
    return figures


def _by_turns(servers: Mapping[str, _Served], ask: _Ask, times: int) -> dict[str, dict[str, float]]:
    for one in servers.values():
        for turn in range(min(_WARM_UP, times)):
            ask(one, turn)
    before = {name: one.cpu_s for name, one in servers.items()}
    spent: dict[str, list[float]] = {name: [] for name in servers}
    for turn in range(times):
        for name in list(servers)[:: 1 if turn % 2 else -1]:
            began = perf_counter()
            told = ask(servers[name], turn)
            spent[name].append(perf_counter() - began)
            if not told:
                raise RuntimeError("There was an answer with nothing in it.")
    return {
        name: {
            "ms": median(spent[name]) * 1_000,
            "CPU ms": (one.cpu_s - before[name]) / times * 1_000,
        }
        for name, one in servers.items()
    }


@contextmanager
def _served(made: Installation) -> Iterator[_Served]:
    made.environment["ESPELHO_PASSWORD"] = _PASSWORD
    _done(made, "user", "add", "bench")
    token = _done(made, "device", "add", "caixa", "--store", "bench").strip()
    port = free_port()
    server = made.start("serve", "--only", "web", "--port", str(port), stdout=None, stderr=None)
    try:
        wait_for(f"http://127.0.0.1:{port}/saude")
        one = _Served(server.pid, http.client.HTTPConnection("127.0.0.1", port), token)
        one.enter()
        yield one
        one.over.close()
    finally:
        server.terminate()
        server.wait()


def _done(made: Installation, *arguments: str) -> str:
    return measuring.account(made.command(*arguments), made.variables(), made.directory)[1]


def _cpfs(master: str) -> Iterator[str]:
    """What the master has of them, some as wrong as in real registers."""
    url, headers = f"{master}/api/v1/customers?limit=500", {"Authorization": f"Bearer {TOKEN}"}
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as answer:
        told: dict[str, Any] = json.load(answer)
    return (cpf for one in told["items"] if isinstance(cpf := one.get("cpf"), str))


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * _TICK_S
