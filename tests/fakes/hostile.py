"""A server that sends exactly the bytes it is told to: right, wrong, slowly, or without an end."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

JSON = "application/json"


@dataclass(frozen=True)
class Asked:
    """One request as it came over the wire; header names in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes = b""


Bytes = bytes | Iterable[bytes]
Script = Callable[[Asked], Bytes]


@dataclass
class Hostile:
    """Where it listens, what it does, and what it was asked."""

    url: str
    script: Script
    asked: list[Asked] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)

    def forever(self, chunk: bytes, every_s: float = 0.0) -> Iterator[bytes]:
        """The same bytes again and again, until the client goes or the test ends."""
        while not self.closing.wait(every_s):
            yield chunk


def reply(
    body: bytes = b"", status: int = 200, *, kind: str | None = JSON, **headers: str
) -> bytes:
    """A whole answer; ``headers`` with underscores for hyphens, lengths are not corrected."""
    told = {"Content-Length": str(len(body)), "Connection": "close"}
    if kind is not None:
        told["Content-Type"] = kind
    told |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"HTTP/1.1 {status} Because", *(f"{name}: {value}" for name, value in told.items())]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def chunked(parts: Iterable[bytes]) -> Iterator[bytes]:
    """A chunked JSON answer that goes on as long as its parts do."""
    yield b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    for part in parts:
        yield b"%x\r\n%b\r\n" % (len(part), part)
    yield b"0\r\n\r\n"


@contextmanager
def hostile(script: Script | Bytes, tls: ssl.SSLContext | None = None) -> Iterator[Hostile]:
    """Serve on a free port while the block runs; ``script`` may be changed meanwhile."""
    listener = socket.create_server(("127.0.0.1", 0))
    told: Script = script if callable(script) else lambda asked: script
    scheme, port = "https" if tls else "http", listener.getsockname()[1]
    server = Hostile(f"{scheme}://127.0.0.1:{port}", told)
    thread = threading.Thread(target=_serve, args=(listener, server, tls), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.closing.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def _serve(listener: socket.socket, server: Hostile, tls: ssl.SSLContext | None) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=_answer, args=(connection, server, tls), daemon=True).start()


def _answer(connection: socket.socket, server: Hostile, tls: ssl.SSLContext | None) -> None:
    # One request a connection; a client that hangs up is what many tests want.
    with connection, suppress(OSError), _over(connection, tls) as connection:
        asked = _read(connection)
        if asked is None:
            return
        server.asked.append(asked)
        told = server.script(asked)
        for part in [told] if isinstance(told, bytes) else told:
            connection.sendall(part)


def _over(connection: socket.socket, tls: ssl.SSLContext | None) -> socket.socket:
    return connection if tls is None else tls.wrap_socket(connection, server_side=True)


def _read(connection: socket.socket) -> Asked | None:
    received = b""
    while b"\r\n\r\n" not in received:
        part = connection.recv(65_536)
        if not part:
            return None
        received += part
    head, _, body = received.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ")
    pairs = (line.partition(":") for line in lines)
    headers = {name.lower(): value.strip() for name, _, value in pairs}
    while len(body) < int(headers.get("content-length", "0")):
        body += connection.recv(65_536)
    return Asked(method, target, headers, body)
