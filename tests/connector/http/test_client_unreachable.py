"""Why a master cannot be reached: each cause has a sentence of its own, and what to look at."""

import errno
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from connector.http import Request, Unreachable
from connector.http.transport import why
from tests.connector.conftest import Open

HALF = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{"


def _why(fetcher: Open, url: str) -> str:
    with pytest.raises(Unreachable) as problem:
        fetcher(url).send(Request("/"))
    told = str(problem.value)
    assert told.startswith(f"{url} cannot be reached: ")
    return told


def test_a_name_that_nobody_knows(fetcher: Open, monkeypatch: pytest.MonkeyPatch):
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)

    assert "(DNS). Is the address right?" in _why(fetcher, "https://master.example")


def test_nothing_listens_there(fetcher: Open):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    assert "(connection refused). Is the master" in _why(fetcher, f"http://127.0.0.1:{port}")


def test_a_certificate_of_an_unknown_authority(fetcher: Open, tls: str):
    assert "its TLS certificate is not valid" in _why(fetcher, tls)


def test_what_answers_speaks_no_tls(fetcher: Open):
    with _saying(b"HTTP/1.1 400 Bad Request\r\n\r\n") as port:
        assert "does not speak TLS" in _why(fetcher, f"https://127.0.0.1:{port}")


def test_a_handshake_that_breaks_off(fetcher: Open):
    with _saying(b"") as port:
        assert "broke off the TLS handshake" in _why(fetcher, f"https://127.0.0.1:{port}")


def test_an_answer_that_breaks_off_is_another_matter(fetcher: Open):
    with (
        _saying(HALF) as port,
        pytest.raises(Unreachable, match="broke off in the middle of an answer"),
    ):
        fetcher(f"http://127.0.0.1:{port}").send(Request("/"))


@pytest.fixture
def tls(tmp_path: Path) -> Iterator[str]:
    """A server whose certificate nobody vouches for."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(_self_signed(tmp_path / "made.pem"))

    def shake_hands(connection: socket.socket) -> None:
        with suppress(ssl.SSLError):
            context.wrap_socket(connection, server_side=True)

    with _serving(shake_hands) as port:
        yield f"https://127.0.0.1:{port}"


def _saying(words: bytes) -> AbstractContextManager[int]:
    """A port where these words answer whatever is said."""

    def answer(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.sendall(words)

    return _serving(answer)


@contextmanager
def _serving(answer: Callable[[socket.socket], None]) -> Iterator[int]:
    def serve() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                with connection, suppress(ConnectionError):
                    answer(connection)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


def _self_signed(file: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "master.example")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    clear = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file.write_bytes(clear + made.public_bytes(pem))
    return file


@pytest.mark.parametrize(
    ("cause", "word"),
    [
        (socket.gaierror(socket.EAI_AGAIN, "Temporary failure"), "no name server answers"),
        (OSError(errno.ENETUNREACH, "Network is unreachable"), "Is its own network up?"),
        (OSError(errno.EHOSTUNREACH, "No route to host"), "no way leads to that host"),
        (OSError(errno.EMFILE, "Too many open files"), "too many files open"),
        (OSError(errno.EACCES, "Permission denied"), "this machine forbids it"),
        (ssl.SSLError(1, "wrong version number"), "does not speak TLS"),
    ],
)
def test_what_a_machine_says_no_to_is_told_by_its_own_cause(cause: OSError, word: str):
    error = httpx.ConnectError("a library's own words")
    error.__cause__ = cause

    told = why(error, "https://master.example")

    assert word in told
    assert "own words" not in told


def test_nobody_who_takes_the_connection_is_no_question_of_smaller_pages():
    told = why(httpx.ConnectTimeout("timed out"), "https://master.example")

    assert "nobody took the connection in time" in told
    assert "stream.page.size" not in told
