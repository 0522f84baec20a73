"""Puts the sandbox on a socket: HTTP/1.1 with keep-alive, started and stopped cleanly."""

import errno
import gzip
import signal
import socket
import socketserver
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from typing import Any

from connector.sandbox.api import Api, Reply, Request
from connector.sandbox.population import Population

_IDLE_S = 75
_ONE_SEND = 1 << 20
_MOST_BODY = 4096
_WORTH_COMPRESSING = 512


class PortInUse(OSError):
    """Another program already listens on the port."""


@dataclass(frozen=True)
class Sandbox:
    """A master to be started: who lives in it, where it listens, who may ask.

    ``port`` 0 takes a free one. ``changes_per_minute`` 0: nothing changes unless asked to.
    ``clock`` gives seconds since 1970 and dates the changes.
    """

    customers: int = 5_000
    seed: int = 1
    token: str = "sandbox"  # noqa: S105 -- synthetic customers need no secret
    changes_per_minute: float = 0.0
    host: str = "127.0.0.1"
    port: int = 0
    clock: Callable[[], float] = time.time

    @contextmanager
    def running(self) -> Iterator[str]:
        """Serve while the block runs; gives the address, such as ``http://127.0.0.1:8123``.

        When the block ends, open connections are cut: a stopped master answers nobody.
        """
        server = _listen(self)
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield f"http://{self.host}:{server.server_address[1]}"
        finally:
            server.shutdown()
            server.server_close()
            thread.join()


def serve(sandbox: Sandbox, ready: Callable[[str], object] = lambda url: None) -> None:
    """Serve until SIGTERM or SIGINT; call from the main thread. ``ready`` is given the address."""
    stopping = threading.Event()
    before = {
        number: signal.signal(number, lambda *_: stopping.set())
        for number in (signal.SIGTERM, signal.SIGINT)
    }
    try:
        with sandbox.running() as url:
            ready(url)
            stopping.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _listen(sandbox: Sandbox) -> "_Server":
    population = Population(
        sandbox.customers,
        sandbox.seed,
        changes_per_minute=sandbox.changes_per_minute,
        clock=sandbox.clock,
    )
    try:
        return _Server((sandbox.host, sandbox.port), Api(population, sandbox.token))
    except OSError as refused:
        if refused.errno != errno.EADDRINUSE:
            raise
        raise PortInUse(
            refused.errno,
            f"Port {sandbox.port} of {sandbox.host} is used by another program: "
            "choose another port or stop that program.",
        ) from refused


class _Server(socketserver.ThreadingTCPServer):
    """One thread per connection; remembers the connections to cut them when it closes."""

    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], api: Api) -> None:
        self.api = api
        self._open: set[Any] = set()
        super().__init__(address, _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def server_close(self) -> None:
        super().server_close()
        for connection in tuple(self._open):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:  # the client was faster
                continue

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is no news; anything else is a defect and is told."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    """Carries requests to the API and replies back, each reply in one send."""

    server: _Server
    protocol_version = "HTTP/1.1"
    server_version = "EspelhoSandbox"
    sys_version = ""
    timeout = _IDLE_S
    wbufsize = _ONE_SEND
    disable_nagle_algorithm = True
    error_content_type = "application/json"
    error_message_format = '{"error":{"code":"bad_request","message":"HTTP %(code)d"}}'

    def do_GET(self) -> None:
        """Any method: the API itself knows which are allowed."""
        body = self._body()
        if body is None:
            return
        target, authorization = self.path, self.headers.get("Authorization")
        reply = self.server.api.answer(Request(self.command, target, authorization, body))
        self._send(reply)

    do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_HEAD = do_GET  # noqa: N815

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Say nothing: a request line carries cursors and ids."""

    def _body(self) -> bytes | None:
        """The request's body; None after refusing one whose length is unknown or too large."""
        length = self.headers.get("Content-Length", "0")
        readable = length.isascii() and length.isdecimal() and int(length) <= _MOST_BODY
        if readable and "Transfer-Encoding" not in self.headers:
            return self.rfile.read(int(length))
        self.close_connection = True
        self.send_error(413)
        return None

    def _send(self, reply: Reply) -> None:
        body = reply.body
        self.send_response(reply.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Vary", "Accept-Encoding")
        if len(body) > _WORTH_COMPRESSING and self._takes_gzip():
            body = gzip.compress(body, compresslevel=1, mtime=0)
            self.send_header("Content-Encoding", "gzip")
        for name, value in reply.headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _takes_gzip(self) -> bool:
        offered = self.headers.get("Accept-Encoding", "").lower().split(",")
        return any(coding.strip() in ("gzip", "gzip;q=1.0", "gzip;q=1") for coding in offered)
