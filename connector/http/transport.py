"""Bounds on a connection that HTTP clients leave open: total time, peer address, decoded size.

A read time-out alone lets a dripping server hold a call for ever, and an inflated answer can be a
thousand times the size it had on the wire.
"""

import ipaddress
import threading
import time
import zlib
from collections.abc import Iterable, Mapping
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

import httpcore
import httpx

_AGENT = "espelho/0.1 (read-only customer mirror)"


class PeerRefused(Exception):
    """A public host name led to a private address."""


class TooLarge(Exception):
    """The body is larger than the limit, on the wire or inflated."""


class Broken(Exception):
    """The body does not inflate."""


class Deadline(threading.local):
    """The instant, on the monotonic clock, by which this thread's call must be over."""

    def __init__(self) -> None:
        self._at = float("inf")

    def start(self, seconds: float) -> None:
        """Begin a call that may take this long in all."""
        self._at = time.monotonic() + seconds

    def left(self, timeout: float | None) -> float:
        """The shorter of ``timeout`` and what is left; raises ReadTimeout when nothing is."""
        left = self._at - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("total deadline")
        return left if timeout is None else min(left, timeout)


class _Stream(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._inner = inner
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._deadline.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._deadline.left(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left = self._deadline.left(timeout)
        secure = self._inner.start_tls(ssl_context, server_hostname, left)
        return _Stream(secure, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class _Backend(httpcore.NetworkBackend):
    def __init__(self, deadline: Deadline, allow_private: bool) -> None:
        self._inner = httpcore.SyncBackend()
        self._deadline = deadline
        self._allow_private = allow_private

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        left = self._deadline.left(timeout)
        stream = self._inner.connect_tcp(host, port, left, local_address, socket_options)
        peer = stream.get_extra_info("server_addr")
        if not self._allow_private and _is_private(peer[0]):
            stream.close()
            raise PeerRefused(f"{host} leads to a private address")
        return _Stream(stream, self._deadline)


class BoundedTransport(httpx.HTTPTransport):
    """httpx's transport with a total deadline a call and a check of whom it reached."""

    def __init__(self, deadline: Deadline, *, secure: bool, allow_private: bool) -> None:
        # Loading the certificate authorities takes longer than a whole run without changes.
        context = httpx.create_ssl_context(trust_env=False) if secure else None
        super().__init__(verify=context or False, trust_env=False)
        # httpx has no way to hand over a network backend; its pool is httpcore's own class.
        self._pool = httpcore.ConnectionPool(
            ssl_context=context,
            max_connections=8,
            keepalive_expiry=90,
            network_backend=_Backend(deadline, allow_private),
        )


def _is_private(address: str) -> bool:
    ip = ipaddress.ip_address(address.partition("%")[0])
    return not ip.is_global or ip.is_multicast


def client_of(
    transport: BoundedTransport, headers: Mapping[str, str], timeout_s: float
) -> httpx.Client:
    """A client that goes nowhere by itself: no redirects, nothing of the environment."""
    own = {"User-Agent": _AGENT, "Accept": "application/json", "Accept-Encoding": "gzip"}
    return httpx.Client(
        transport=transport,
        headers={**own, "Cache-Control": "no-store", **headers},
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),  # keeps none
        timeout=timeout_s,
        follow_redirects=False,
        trust_env=False,
    )


def body_of(chunks: Iterable[bytes], encoding: str, limit: int) -> bytes:
    """The joined, inflated body; never holds more than ``limit`` bytes of it."""
    inflate = zlib.decompressobj(16 + zlib.MAX_WBITS) if encoding == "gzip" else None
    parts, size, wire = [], 0, 0
    for chunk in chunks:
        wire += len(chunk)
        part = _inflated(inflate, chunk, limit - size + 1) if inflate else chunk
        size += len(part)
        if max(size, wire) > limit:
            raise TooLarge
        parts.append(part)
    if inflate and (not inflate.eof or inflate.unused_data):
        raise Broken
    return b"".join(parts)


def _inflated(inflate: Any, chunk: bytes, room: int) -> bytes:
    try:
        part: bytes = inflate.decompress(chunk, room)
    except zlib.error:
        raise Broken from None
    if inflate.unconsumed_tail:
        raise TooLarge
    return part
