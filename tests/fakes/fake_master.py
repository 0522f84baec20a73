"""A master over real HTTP on loopback, with a clock of its own that no test waits for.

Each master is a subclass: what it refuses, what it answers. What none may be asked is here:
anything that is not one of its reading requests, and more requests than it allows; both fail the
test when the master is closed.
"""

import json
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, Self
from urllib.parse import parse_qsl, urlsplit

from config.assemble import merged, preset
from connector.sources.checks import definition
from connector.sources.rest import Clock, RestSource, open_source
from tests.fakes.stores import Remembering

START = datetime(2024, 6, 3, 12, tzinfo=UTC)
"""The master's clock when a test begins, before the clock of any machine that runs these tests."""


@dataclass
class Time:
    """Seconds since the start; sleeping is what makes them pass."""

    now: float = 0.0

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def monotonic(self) -> float:
        return self.now

    @property
    def wall(self) -> datetime:
        return START + timedelta(seconds=self.now)


@dataclass(frozen=True)
class Call:
    """One request; header names in lower case, the body decoded from JSON or a form."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any
    at: float


@dataclass(frozen=True)
class Reply:
    """An answer; a body of bytes goes out as it is, anything else as JSON."""

    body: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


class FakeMaster:
    """Counts, refuses and answers; ``calls`` are those it took for questions."""

    reads: ClassVar[tuple[str, ...]] = ()
    """What may be asked, as patterns of ``METHOD /path``."""
    allows: ClassVar[tuple[tuple[float, int], ...]] = ()
    """Seconds and how many requests they allow; more are an overrun."""

    def __init__(self, time: Time | None = None) -> None:
        self.time = time or Time()
        self.url = ""
        self.calls: list[Call] = []
        self.strays: list[str] = []
        self.overruns: list[Call] = []
        self.faults: list[tuple[str, Reply]] = []
        """Answers given instead, each once: the pattern of ``METHOD /path?query``, the answer."""

    def refusal(self, call: Call) -> Reply | None:
        """The answer to one whose credentials are not right."""
        return None

    def answer(self, call: Call) -> Reply:
        """The answer to a question."""
        raise NotImplementedError

    def asked(self, beginning: str = "") -> list[Call]:
        """The questions whose ``METHOD /path`` begins so."""
        return [call for call in self.calls if f"{call.method} {call.path}".startswith(beginning)]

    def reply(self, call: Call, target: str) -> Reply:
        """What goes out; who asks too much or what is no question is written down."""
        said = f"{call.method} {call.path}"
        if not any(re.fullmatch(pattern, said) for pattern in self.reads):
            self.strays.append(said)
            return Reply({}, 405)
        self.calls.append(call)
        self._count(call)
        for fault in self.faults:
            if re.search(fault[0], f"{call.method} {target}"):
                self.faults.remove(fault)
                return fault[1]
        return self.refusal(call) or self.answer(call)

    def _count(self, call: Call) -> None:
        for seconds, most in self.allows:
            begin = call.at - seconds + 1e-6
            if sum(one.at > begin for one in self.calls[-most - 1 :]) > most:
                self.overruns.append(call)

    def check(self) -> None:
        """Whether it was only asked questions, and no more than it allows."""
        assert self.strays == []
        assert self.overruns == []

    @contextmanager
    def running(self) -> Iterator[Self]:
        """Serve on a free port while the block runs."""
        server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            server.shutdown()
            server.server_close()
            thread.join()
        self.check()


class Stranger(FakeMaster):
    """Somebody else's server, which nothing of ours may reach."""

    reads = (".*",)

    def answer(self, call: Call) -> Reply:
        return Reply({})

    def check(self) -> None:
        assert self.calls == []


def opened(
    master: FakeMaster,
    preset_name: str,
    secrets: Mapping[str, str],
    *,
    below: str = "",
    store: Remembering | None = None,
    **over: Any,
) -> RestSource:
    """The preset in front of the master, paced by its clock; tables in ``over`` are laid on it.

    ``below`` is the path that the base address has.
    """
    made = definition(merged(preset(preset_name), over), "loja")
    clock = Clock(master.time.sleep, master.time.monotonic)
    kept = store or Remembering()
    return open_source("loja", made, f"{master.url}{below}", secrets, kept, clock=clock)


def _handler(master: FakeMaster) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 65_536  # head and body in one packet

        def _serve(self) -> None:
            parts = urlsplit(self.path)
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = self.rfile.read(int(headers.get("content-length", "0")))
            query = dict(parse_qsl(parts.query, keep_blank_values=True))
            call = Call(
                self.command, parts.path, query, headers, _decoded(body, headers), master.time.now
            )
            self._send(master.reply(call, self.path))

        def __getattr__(self, name: str) -> Any:
            if name.startswith("do_"):  # whatever the method
                return self._serve
            raise AttributeError(name)

        def _send(self, reply: Reply) -> None:
            raw = isinstance(reply.body, bytes)
            sent = reply.body if raw else json.dumps(reply.body, separators=(",", ":")).encode()
            told = {"Content-Type": "application/json", "Content-Length": str(len(sent))}
            self.send_response(reply.status)
            for name, value in (told | dict(reply.headers)).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(sent)

        def date_time_string(self, timestamp: float | None = None) -> str:
            return format_datetime(master.time.wall, usegmt=True)

        def log_message(self, *_: Any) -> None:
            pass

    return Handler


def _decoded(body: bytes, headers: Mapping[str, str]) -> Any:
    if not body:
        return None
    if headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return dict(parse_qsl(body.decode(), keep_blank_values=True))
    return json.loads(body)
