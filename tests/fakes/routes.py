"""What lies between a shop and its master: an authority of its own, and a forward proxy."""

import ipaddress
import socket
import ssl
import threading
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

_PEM, _DER = serialization.Encoding.PEM, serialization.Encoding.DER
_DAY = timedelta(days=1)


class Authority:
    """Signs certificates that nobody believes who was not told of it."""

    def __init__(self, directory: Path, above: "Authority | None" = None) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.directory = directory
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = _name(f"Authority of {directory.name}")
        self.certificate = (above or self)._signed(self.name, self.key, ends_in=_DAY, ca=True)
        self.chain = [] if above is None else [self.certificate]
        """What a server has to send along so that whoever believes the root believes it."""

    @property
    def pem(self) -> Path:
        """Its certificate as a file of text."""
        return self._written("ca.pem", self.certificate.public_bytes(_PEM))

    @property
    def der(self) -> Path:
        """Its certificate as a file of bytes."""
        return self._written("ca.cer", self.certificate.public_bytes(_DER))

    def server(self, host: str = "127.0.0.1", ends_in: timedelta = _DAY) -> ssl.SSLContext:
        """What a server of that address answers with."""
        key = ec.generate_private_key(ec.SECP256R1())
        made = self._signed(_name(host), key, ends_in=ends_in, host=host)
        clear = key.private_bytes(
            _PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        certificates = b"".join(one.public_bytes(_PEM) for one in (made, *self.chain))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._written(f"{host}.pem", clear + certificates))
        return context

    def _signed(
        self,
        name: x509.Name,
        key: ec.EllipticCurvePrivateKey,
        *,
        ends_in: timedelta,
        host: str | None = None,
        ca: bool = False,
    ) -> x509.Certificate:
        now = datetime.now(UTC)
        made = (
            x509.CertificateBuilder(self.name, name, key.public_key(), x509.random_serial_number())
            .not_valid_before(now - 2 * _DAY)
            .not_valid_after(now + ends_in)
            .add_extension(x509.BasicConstraints(ca, None), critical=False)
        )
        if host is not None:
            made = made.add_extension(x509.SubjectAlternativeName([_general(host)]), False)
        return made.sign(self.key, hashes.SHA256())

    def _written(self, name: str, content: bytes) -> Path:
        file = self.directory / name
        file.write_bytes(content)
        return file


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])


def _general(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


@dataclass
class Proxy:
    """A forward proxy; ``led`` are the first lines of what it was asked."""

    url: str
    login: str | None = None
    led: list[str] = field(default_factory=list)
    refusal: bytes = b""
    """Sent instead of leading anywhere."""


@contextmanager
def proxy(login: str | None = None, refusal: bytes = b"") -> Iterator[Proxy]:
    """A proxy on a free port while the block runs; ``login`` is the one it wants."""
    listener = socket.create_server(("127.0.0.1", 0))
    made = Proxy(f"http://127.0.0.1:{listener.getsockname()[1]}", login, refusal=refusal)
    thread = threading.Thread(target=_accept, args=(listener, made), daemon=True)
    thread.start()
    try:
        yield made
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def _accept(listener: socket.socket, made: Proxy) -> None:
    with suppress(OSError):
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=_lead, args=(connection, made), daemon=True).start()


def _lead(client: socket.socket, made: Proxy) -> None:
    with client, suppress(OSError):
        head = b""
        while b"\r\n\r\n" not in head:
            part = client.recv(65_536)
            if not part:
                return
            head += part
        first, _, rest = head.partition(b"\r\n")
        made.led.append(first.decode())
        if made.refusal:
            client.sendall(made.refusal)
        elif made.login is not None and _login_of(head) != made.login:
            client.sendall(b"HTTP/1.1 407 Who are you\r\nContent-Length: 0\r\n\r\n")
        else:
            _through(client, first, rest)


def _through(client: socket.socket, first: bytes, rest: bytes) -> None:
    method, target, version = first.split(b" ")
    if method == b"CONNECT":
        host, _, port = target.decode().rpartition(":")
    else:
        parts = urlsplit(target.decode())
        host, port = str(parts.hostname), str(parts.port)
        path = f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
    with socket.create_connection((host, int(port))) as master:
        if method == b"CONNECT":
            client.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")
        else:
            master.sendall(b" ".join((method, path.encode(), version)) + b"\r\n" + rest)
        back = threading.Thread(target=_pump, args=(master, client), daemon=True)
        back.start()
        _pump(client, master)
        back.join()


def _pump(here: socket.socket, there: socket.socket) -> None:
    with suppress(OSError):
        while part := here.recv(65_536):
            there.sendall(part)
    with suppress(OSError):
        there.shutdown(socket.SHUT_WR)


def _login_of(head: bytes) -> str | None:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"proxy-authorization":
            return b64decode(value.strip().removeprefix(b"Basic ")).decode()
    return None
