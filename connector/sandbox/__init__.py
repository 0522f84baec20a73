"""A master in a box: made-up customers behind a real HTTP API, started and stopped cleanly.

The room's other modules make what it answers; this one has the API and the socket.
"""

import errno
import gzip
import hmac
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

import msgspec

from connector.sandbox.customers import customer
from connector.sandbox.listing import (
    STREAMS,
    BadParameter,
    Found,
    Listing,
    ListingQuery,
    encode_cursor,
    read_listing_query,
    record,
)
from connector.sandbox.population import Population
from connector.sandbox.timeline import Sighting

# The sandbox's HTTP API without the sockets: a request in, a reply out.

MOST_CHANGES = 1_000_000
_ROOT = "/api/v1/"
_LONGEST_ID = 18
_encode = msgspec.json.Encoder().encode


class Request(msgspec.Struct, frozen=True):
    """What the API needs to know of a request."""

    method: str
    target: str
    authorization: str | None = None
    body: bytes = b""


class Reply(msgspec.Struct, frozen=True):
    """A status and the JSON that goes with it."""

    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()


class ChangesWanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many changes should happen at once."""

    count: int


class Api:
    """Answers for one population; only the holder of ``token`` is answered."""

    def __init__(self, population: Population, token: str) -> None:
        self._population = population
        self._authorization = f"Bearer {token}".encode()

    def answer(self, request: Request) -> Reply:
        """The reply to a request; a bad one gets an error, never an exception."""
        path, _, query = request.target.partition("?")
        if path.startswith("/api/") and request.method != "GET":
            return _refusal(405, "read_only", "This API only reads.", ("Allow", "GET"))
        if path == "/api/v1/health":
            return _ok({"status": "ok"})
        if not self._knows(request.authorization):
            challenge = ("WWW-Authenticate", "Bearer")
            return _refusal(401, "unauthorized", "Send Authorization: Bearer TOKEN.", challenge)
        try:
            return self._route(request, path, query)
        except BadParameter as bad:
            return _refusal(400, "bad_parameter", str(bad))

    def _knows(self, authorization: str | None) -> bool:
        offered = (authorization or "").encode()
        return hmac.compare_digest(offered, self._authorization)

    def _route(self, request: Request, path: str, query: str) -> Reply:
        stream, slash, external_id = path.removeprefix(_ROOT).partition("/")
        if path.startswith(_ROOT) and stream == "customers":
            return self._get(external_id) if slash else self._list(read_listing_query(query))
        if path.startswith(_ROOT) and stream in STREAMS:
            return self._entry(stream, external_id) if slash else self._activity(stream, query)
        if path == "/_sandbox/state" and request.method == "GET":
            return _ok(self._population.state())
        if path == "/_sandbox/changes" and request.method == "POST":
            return self._change(request.body)
        return _refusal(404, "not_found", "Nothing is served at this address.")

    def _list(self, query: ListingQuery) -> Reply:
        if query.page is None:
            return _ok(
                self._page(self._population.listing(query.since, query.after, query.limit), query)
            )
        listing = self._population.numbered(query.since, query.page, query.limit)
        pages = -(-listing.total // query.limit)
        return _ok(self._page(listing, query) | {"page": query.page, "pages": pages})

    def _page(self, listing: Listing, query: ListingQuery) -> dict[str, object]:
        last = listing.seen[-1] if listing.has_more else None
        return {
            "items": [self._record(seen) for seen in listing.seen],
            "next": encode_cursor(last.updated_at, last.index) if last else None,
            "has_more": listing.has_more,
            "since": query.since_received,
            "total": listing.total,
        }

    def _activity(self, stream: str, text: str) -> Reply:
        query = read_listing_query(text)
        if query.page is not None:
            raise BadParameter("Only customers come in numbered pages; follow next.")
        shelf = self._population.activity(stream, query.since, query.after, query.limit)
        last = shelf.found[-1] if shelf.has_more else None
        items = [self._sent(stream, found) for found in shelf.found]
        return _ok(
            {
                "items": items,
                "next": encode_cursor(*last.position) if last else None,
                "has_more": shelf.has_more,
                "since": query.since_received,
            }
        )

    def _get(self, text: str) -> Reply:
        found = self._population.find(int(text)) if _readable(text) else None
        if found is None:
            return _refusal(404, "not_found", "No customer has this id.")
        return _ok(self._record(found))

    def _entry(self, stream: str, text: str) -> Reply:
        found = self._population.entry(stream, int(text)) if _readable(text) else None
        if found is None:
            return _refusal(404, "not_found", f"Nothing among the {stream} has this id.")
        return _ok(self._sent(stream, found))

    def _sent(self, stream: str, found: Found) -> msgspec.Raw:
        return msgspec.Raw(_encode(record(stream, self._population.seed, found)))

    def _record(self, seen: Sighting) -> msgspec.Raw:
        """A record, encoded at once: a page of dictionaries kept alive costs twice the time."""
        return msgspec.Raw(_encode(customer(self._population.seed, seen)))

    def _change(self, body: bytes) -> Reply:
        try:
            wanted = msgspec.json.decode(body, type=ChangesWanted)
        except msgspec.DecodeError as unreadable:
            raise BadParameter('The body must be {"count": n}.') from unreadable
        if not 1 <= wanted.count <= MOST_CHANGES:
            raise BadParameter(f"count must be a whole number from 1 to {MOST_CHANGES}.")
        return _ok(self._population.change(wanted.count))


def _readable(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= _LONGEST_ID


def _ok(content: object) -> Reply:
    return Reply(200, _encode(content))


def _refusal(status: int, code: str, message: str, *headers: tuple[str, str]) -> Reply:
    error = {"error": {"code": code, "message": message}}
    return Reply(status, _encode(error), headers)


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
