"""The web's side of a running installation: granian in front of the application of the settings."""

import logging
import os
import socket
import sys
from asyncio import get_running_loop, run_coroutine_threadsafe, timeout
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from io import BytesIO
from threading import Thread
from time import sleep
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.ciphers import aead  # noqa: F401 - see below
from flask import Flask

from config.assemble import (
    installed_of,
    ledger_of,
    mirror_of,
    note_now,
    secret_of,
    settle,
    table_of,
)
from config.failures import told
from config.settings import VARIABLE, Settings, find_file, load
from config.sources import merged
from mirror.store.engine import Database
from mirror.store.faults import DatabaseProblem
from web.app import MOST_BODY, create_app
from web.operations.health import count_answers
from web.operations.hooks import Hook
from web.settings import SourceRules, Wording

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop
    from wsgiref.types import WSGIApplication

    from granian.rsgi import Scope

# What opens records is imported when a record is first opened, which commands that open none are
# spared. Here it is imported at the start, so that nobody's first page waits for it.

_STOP_WORKERS_WITHIN_S = 3
"""A worker that is asked to end while it is still starting does not hear it, and would stay."""


_NOTE_EVERY_S = 3600
_LOOK_EVERY_S = 1
log = logging.getLogger("espelho.web")


class PortRefused(Exception):
    """The address to listen on cannot be had."""


def serve_web(settings: Settings) -> None:
    """Serve pages and API until SIGTERM or SIGINT."""
    from granian.constants import Interfaces
    from granian.log import LogLevels
    from granian.server import Server

    refuse_taken_port(settings.host, settings.port)
    os.environ[VARIABLE] = str(settings.file)  # the workers read the same settings
    Thread(target=_note_heads, args=(settings,), daemon=True).start()
    server = Server(
        "config.run.serve:counter",
        factory=True,
        interface=Interfaces.RSGI,
        address=settings.host,
        port=settings.port,
        workers=settings.workers,
        respawn_failed_workers=True,
        workers_kill_timeout=_STOP_WORKERS_WITHIN_S,
        log_access=False,
        log_level=LogLevels.error,  # its warnings judge our choices at every start
    )
    try:
        server.serve()
    finally:
        _telling(settle, settings)


def _note_heads(settings: Settings) -> None:
    """Note the journal's head every hour, where what happens to the ledger does not reach it."""
    while True:
        sleep(_NOTE_EVERY_S)
        _telling(note_now, settings)


def _telling(act: Callable[[Settings], list[str]], settings: Settings) -> None:
    try:
        problems = act(settings)
    except Exception as problem:  # neither the hours to come nor the end of others wait for it
        problems = [told(problem)[0]]
    for sentence in problems:
        log.error("%s", sentence)


def refuse_taken_port(host: str, port: int, remedy: str = "set another port under [web]") -> None:
    """Raise PortRefused, with what to do, when another program has the address."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise PortRefused(
                f"{host}:{port} cannot be used ({error.strerror}): another program has it, or it "
                f"is not this machine's. Stop that program or {remedy}."
            ) from None


# Which sources may be told that something changed: those whose dialect says how, with a secret.

_SECRET = "hook"  # noqa: S105 -- the name of the secret, not the secret


def hooks_of(settings: Settings) -> dict[str, Hook]:
    """The hooks of the settings, by source; raises BadSettings for a secret that is not there."""
    hooks = {}
    for source in settings.sources:
        hook = table_of(settings, source).get("hook")
        if hook and _SECRET in source.secrets:
            secret = secret_of(settings, source, _SECRET)
            hooks[source.name] = Hook(hook["header"], secret, tuple(hook.get("id", ())))
    return hooks


# What the sources say of lists and standings, for the pages: filters, and the shop's own words.


def wording_of(settings: Settings) -> Wording:
    """Rules, filters and labels of all sources; where two name one value, the later one's word."""
    rules: dict[str, None] = {}
    filters: dict[str, None] = {}
    labels: dict[str, dict[str, str]] = {}
    sources = []
    for source in settings.sources:
        standing = table_of(settings, source).get("standing", {})
        sources.append(_rules_of(source.name, standing))
        rules |= dict.fromkeys(standing.get("rules", ()))
        filters |= dict.fromkeys(standing.get("filters", ()))
        labels = merged(labels, standing.get("labels", {}))
    return Wording(tuple(rules), tuple(filters), labels, tuple(sources))


def _rules_of(name: str, standing: dict[str, Any]) -> SourceRules:
    return SourceRules(
        name,
        tuple(standing.get("rules", ())),
        standing.get("days", SourceRules.days),
        tuple(standing.get("loss_reasons", ())),
        tuple(standing.get("filters", ())),
    )


# The web application of an installation: what a WSGI server imports.


def wsgi() -> Flask:
    """The application of the settings that ESPELHO_CONFIG names."""
    settings = load(find_file(None))
    ledger = ledger_of(settings)
    mirror = mirror_of(settings, read_only=True, damaged=True)
    hooks, wording = hooks_of(settings), wording_of(settings)
    app = create_app(mirror, ledger, settings.web, hooks, wording, installed_of(settings))
    Thread(target=_look_after, args=(ledger,), daemon=True).start()
    return count_answers(app)


def _look_after(ledger: Database) -> None:
    """Look at the ledger's file also while nobody asks: who holds a log that was deleted is the
    only one who can still put it into the file, and a restore waits for that."""
    while True:
        sleep(_LOOK_EVERY_S)
        with suppress(DatabaseProblem, OSError):  # whoever asks next is told
            ledger.look()


def counter() -> "Counter":
    """The same behind granian's own protocol: what a worker serves."""
    return Counter(wsgi().wsgi_app, MOST_BODY)


# A request comes to a thread when all of it is there.
#
# By WSGI granian reads a body while the application waits for it, as long as the client likes:
# eight who send a byte a minute would hold the threads of a worker, and nobody would be answered.
# So the server's loop takes bodies in, which costs a socket each, and cuts who is too slow.

_THREADS = (
    16  # one is fastest; a login takes its time, and who waits for a commit waits with others
)
_PATIENCE_S = 10.0
_TAKES_WITHIN_S = 60.0
"""Who is sent a file takes so long over a part of it at most."""
_BETWEEN = {"HTTP_COOKIE": "; "}
"""What stands between the values of a header that came more than once, if not a comma."""
_PLAIN = {
    "SCRIPT_NAME": "",
    "wsgi.version": (1, 0),
    "wsgi.input_terminated": True,
    "wsgi.multithread": True,
    "wsgi.multiprocess": True,
    "wsgi.run_once": False,
}


class Counter:
    """An application whose threads never wait for what is sent: ``most`` bytes, and in time."""

    def __init__(self, app: "WSGIApplication", most: int, patience_s: float = _PATIENCE_S) -> None:
        self._app = app
        self._most = most
        self._patience_s = patience_s
        self._threads = ThreadPoolExecutor(_THREADS, "counter")

    async def __rsgi__(self, scope: "Scope", protocol: Any) -> None:
        """Take the request in, and let a thread answer it; 408 where it does not come in time."""
        loop, body = get_running_loop(), b""
        if "content-length" in scope.headers or "transfer-encoding" in scope.headers:
            try:
                async with timeout(self._patience_s):
                    body = await self._taken_in(scope, protocol)
            except TimeoutError:
                protocol.response_empty(408, [("connection", "close")])
                return
        await loop.run_in_executor(self._threads, self._answer, scope, protocol, body, loop)

    async def _taken_in(self, scope: "Scope", protocol: Any) -> bytes:
        """What was sent; no more than shows that it is too long."""
        length = scope.headers.get("content-length", "")
        if length.isdecimal() and int(length) > self._most:
            return b""  # the application refuses it by its length
        taken = b""
        async for part in protocol:
            taken += part
            if len(taken) > self._most:
                break
        return taken

    def _answer(
        self, scope: "Scope", protocol: Any, body: bytes, loop: "AbstractEventLoop"
    ) -> None:
        said: list[Any] = []
        parts = self._app(environ_of(scope, body), lambda *told: said.extend(told))  # type: ignore[arg-type]
        status, headers = int(said[0][:3]), said[1]
        try:
            if any(name.lower() == "content-length" for name, _ in headers):
                protocol.response_bytes(status, headers, b"".join(parts))
            else:
                _stream(parts, protocol.response_stream(status, headers), loop)
        finally:
            if close := getattr(parts, "close", None):
                close()


def _stream(parts: Iterable[bytes], client: Any, loop: "AbstractEventLoop") -> None:
    """Send part by part, each when the one before was taken."""

    async def send(part: bytes) -> None:
        await client.send_bytes(part)

    for part in parts:
        run_coroutine_threadsafe(send(part), loop).result(_TAKES_WITHIN_S)


def environ_of(scope: "Scope", body: bytes) -> dict[str, Any]:
    """A request as WSGI has it (PEP 3333): all of its body is there."""
    host, _, port = scope.server.rpartition(":")
    found = _PLAIN | {
        "REQUEST_METHOD": scope.method,
        "PATH_INFO": scope.path.encode("utf-8", "surrogateescape").decode("latin-1"),
        "QUERY_STRING": scope.query_string,
        "SERVER_NAME": host,
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "REMOTE_ADDR": scope.client.rpartition(":")[0].strip("[]"),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input": BytesIO(body),
        "wsgi.errors": sys.stderr,
    }
    if scope.authority:
        found["HTTP_HOST"] = scope.authority
    for name, value in scope.headers.items():
        key = _named(name)
        before = found.get(key) if key != "HTTP_HOST" else None
        found[key] = f"{before}{_BETWEEN.get(key, ',')}{value}" if before else value
    return found


def _named(header: str) -> str:
    key = header.upper().replace("-", "_")
    return key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"
