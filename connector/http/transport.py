"""Connections with the bounds that HTTP clients leave open, and by which route they go.

Total time, peer address, decoded size: a read time-out alone lets a dripping server hold a call for
ever, and an inflated answer can be a thousand times the size it had on the wire. Which authorities
are trusted and which proxy is used is told by settings, by the environment only where they say so.
"""

import errno
import ipaddress
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Iterable, Iterator, Mapping
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpcore
import httpx
import msgspec

from connector.http import Stopped

_AGENT = "espelho/0.1 (read-only customer mirror)"


_LOOK_EVERY_S = 0.5
_SHORTEST_S = 0.001


class PeerRefused(Exception):
    """A public host name led to a private address."""


class TooLarge(Exception):
    """The body is larger than the limit, on the wire or inflated."""


class Broken(Exception):
    """The body does not inflate."""


class Ending:
    """Whether this process was asked to end: said once, heard wherever it waits for a master."""

    def __init__(self) -> None:
        self._asked = threading.Event()
        self._by = ""

    def ask(self, by: str) -> None:
        """End what waits; not from a signal handler itself, which may interrupt the very wait."""
        self._by = by
        self._asked.set()

    def forget(self) -> None:
        """Go on as if nobody had asked."""
        self._asked.clear()

    @property
    def asked(self) -> bool:
        """Whether somebody asked."""
        return self._asked.is_set()

    @property
    def sentence(self) -> str:
        """What is told of a run that ends so."""
        return f"Stopped by {self._by}. What was read is kept; the next run goes on from there."

    def sleep(self, seconds: float) -> None:
        """Wait so long; raises Stopped as soon as somebody asks."""
        if self._asked.wait(seconds):
            raise Stopped(self.sentence)


ENDING = Ending()
"""The one of this process: its signals have no other addressee."""


class Deadline(threading.local):
    """The instant, on the monotonic clock, by which this thread's call must be over."""

    def __init__(self) -> None:
        self._at = float("inf")

    def start(self, seconds: float) -> None:
        """Begin a call that may take this long in all; raises Stopped when it is to end."""
        ENDING.sleep(0)
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
        until = time.monotonic() + self._deadline.left(timeout)
        while True:  # in short turns, for a master that is silent must not keep us from ending
            ENDING.sleep(0)
            left = max(until - time.monotonic(), _SHORTEST_S)
            try:
                return self._inner.read(max_bytes, min(left, _LOOK_EVERY_S))
            except httpcore.ReadTimeout:
                if left <= _LOOK_EVERY_S:
                    raise

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


class Route(msgspec.Struct, frozen=True):
    """How a master is reached: whose certificates are believed, through which proxy it goes."""

    ca_file: str | None = None
    """Authorities that are believed besides the public ones, in PEM or DER."""
    bundle: str | None = None
    """Authorities that are believed instead of the public ones (SSL_CERT_FILE)."""
    proxy: str | None = None
    """A forward proxy, as ``http://host:port``."""
    proxy_login: str | None = None
    """``user:password``, where the proxy wants them."""


DIRECT = Route()


class BoundedTransport(httpx.HTTPTransport):
    """httpx's transport with a total deadline a call and a check of whom it reached."""

    def __init__(
        self, deadline: Deadline, *, secure: bool, allow_private: bool, route: Route = DIRECT
    ) -> None:
        # Loading the certificate authorities takes longer than a whole run without changes.
        context = _authorities(route) if secure else None
        super().__init__(verify=context or False, trust_env=False)
        # httpx has no way to hand over a network backend; its pool is httpcore's own class.
        bounds: dict[str, Any] = {
            "ssl_context": context,
            "max_connections": 8,
            "keepalive_expiry": 90,
            # A proxy is inside the shop's network, and is the one that looks names up.
            "network_backend": _Backend(deadline, allow_private or route.proxy is not None),
        }
        self._pool = (
            httpcore.ConnectionPool(**bounds)
            if route.proxy is None
            else httpcore.HTTPProxy(
                checked_proxy(route.proxy), proxy_auth=_login(route.proxy_login), **bounds
            )
        )


def checked_proxy(address: str) -> str:
    """The address of a proxy that may be used; raises ValueError."""
    try:
        parts = urlsplit(address)
        usable = parts.scheme == "http" and parts.hostname and parts.port != 0
        usable = usable and parts.path in ("", "/") and not (parts.query or parts.fragment)
    except ValueError:
        usable = False
    plain = address.isascii() and address.isprintable() and not set(" @\\") & set(address)
    if not usable or not plain:
        raise ValueError(
            "proxy must be like http://proxy.example:3128; a user and a password for it go into "
            "secrets.proxy, as user:password"
        )
    return address


def _login(text: str | None) -> tuple[str, str] | None:
    if text is None:
        return None
    user, _, password = text.partition(":")
    return user, password


def _authorities(route: Route) -> ssl.SSLContext:
    """Whom TLS believes; raises ValueError for a file that holds no certificate."""
    if route.bundle:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        _believe(context, route.bundle, "SSL_CERT_FILE")
    else:
        context = httpx.create_ssl_context(trust_env=False)
    if route.ca_file:
        _believe(context, route.ca_file, "ca_file")
        # Whoever names a certificate means it, be it not the root's, or made as they were made.
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context


def _believe(context: ssl.SSLContext, file: str, called: str) -> None:
    """Believe the certificates in a file as well; raises ValueError where there is none."""
    try:
        found = Path(file).read_bytes()
        if b"-----BEGIN" in found:
            context.load_verify_locations(cafile=file)
        else:
            context.load_verify_locations(cadata=found)
    except (OSError, ValueError) as error:  # what OpenSSL refuses is an OSError too
        system = isinstance(error, OSError) and not isinstance(error, ssl.SSLError)
        reason = str(getattr(error, "strerror", "")) if system else "no certificate in it"
        raise ValueError(f"{called}: {file} cannot be read ({reason})") from None


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


# Why a master cannot be reached: a transport failure as a sentence, with what to look at.


def why(error: httpx.HTTPError, base: str, route: Route = DIRECT) -> str:
    """A failure to reach ``base`` as a sentence that names the setting to change."""
    if isinstance(error, httpx.ConnectTimeout):
        return (
            f"{base} cannot be reached: nobody took the connection in time. Is the address right, "
            "and does a firewall let this machine out?"
        )
    if isinstance(error, httpx.TimeoutException):
        return (
            f"{base} did not answer in time (limits.timeout_s). Are smaller pages "
            "(stream.page.size) faster?"
        )
    if isinstance(error, httpx.ProxyError):
        return (
            f"The proxy {route.proxy} does not lead to {base} ({_status_of(error)}). Is the "
            "setting proxy right, and secrets.proxy where it wants a login?"
        )
    if not isinstance(error, httpx.ConnectError):
        return f"The connection to {base} broke off in the middle of an answer."
    causes = list(_causes(error))
    through = f" through the proxy {route.proxy} (setting proxy)" if route.proxy else ""
    for kind, sentence in _CAUSES:
        for cause in causes:
            if isinstance(cause, kind):
                said = _closer(cause) or sentence
                return f"{base} cannot be reached{through}: {said}"
    return f"{base} cannot be reached{through}. Is the address right and the master running?"


_CAUSES: tuple[tuple[type[BaseException], str], ...] = (
    (socket.gaierror, "no host of that name is known (DNS). Is the address right?"),
    (ssl.SSLCertVerificationError, ""),
    (ssl.SSLEOFError, "it broke off the TLS handshake. Is it the right port?"),
    (ssl.SSLError, "what answers there does not speak TLS. Is it the right port, or plain http?"),
    (ConnectionRefusedError, "nothing listens there (connection refused). Is the master running?"),
    (OSError, "is the address right and the master running?"),
)
"""From the particular to the general: a kind of certificate's failure is one of TLS too."""

_NO_NAME_SERVER = (
    "no name server answers (DNS), so nobody knows whether the name is right. Is this machine's "
    "network up?"
)
_OF_NETWORK: Mapping[int, str] = {
    errno.ENETUNREACH: "this machine has no way to that network. Is its own network up?",
    errno.EHOSTUNREACH: "no way leads to that host. Are the address and this network right?",
    errno.ETIMEDOUT: "nobody took the connection in time. Is there a firewall in between?",
    errno.EMFILE: "this process has too many files open (`ulimit -n`, LimitNOFILE).",
    errno.ENFILE: "this machine has too many files open.",
    errno.EACCES: "this machine forbids it (a firewall, or a unit that restricts addresses).",
    errno.EPERM: "this machine forbids it (a firewall, or a unit that restricts addresses).",
    errno.ENOMEM: "this machine has no memory left for it.",
}


def _closer(cause: BaseException) -> str:
    """What a cause says by its number, where its kind alone says too little."""
    if isinstance(cause, ssl.SSLCertVerificationError):
        return _of_certificate(cause)
    if isinstance(cause, socket.gaierror):
        return _NO_NAME_SERVER if cause.errno == socket.EAI_AGAIN else ""
    known = isinstance(cause, OSError) and type(cause) is not ssl.SSLError
    return _OF_NETWORK.get(getattr(cause, "errno", 0) or 0, "") if known else ""


_CERTIFICATES: Mapping[int, str] = {
    10: "has expired. Have it renewed at the master; and is this machine's clock right?",
    9: "is not valid yet. Is this machine's clock right?",
    62: "is of another name. base_url must be the name that stands in it.",
    64: "is of another address. base_url must be the name that stands in it.",
    18: "is signed by itself. Name it in ca_file of this source, if it is the master's.",
    19: "is of an authority that nobody knows here. Name its file in ca_file of this source.",
    20: "is of an authority that nobody knows here. Name its file in ca_file of this source.",
    21: "is of an authority that nobody knows here. Name its file in ca_file of this source.",
}
"""By what OpenSSL calls it (X509_V_ERR_…)."""


def _of_certificate(error: BaseException) -> str:
    number = getattr(error, "verify_code", 0)
    told = _CERTIFICATES.get(number, "is refused. Is it the right address, and ca_file right?")
    return f"its TLS certificate is not valid: it {told} Nothing was sent."


def _status_of(error: httpx.ProxyError) -> str:
    """What a proxy answered, as a status and no more: its words could say anything."""
    number = str(error)[:3]
    return f"it answered {number}" if number.isdecimal() else "it did not answer rightly"


def _causes(error: BaseException) -> Iterator[BaseException]:
    """What led to the failure, itself first."""
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        yield cause
        cause = cause.__cause__ or cause.__context__
