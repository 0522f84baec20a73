"""Who sends slowly, or signs in in crowds, holds no till up: by real sockets, one worker."""

import http.client
import json
import socket
import statistics
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from threading import Event
from typing import NamedTuple

import pytest

from tests.faults.installation import installed
from tests.faults.processes import answering_at, free_port, wait_until

SLOW, LOGINS = 24, 16
"""Three and two times as many as a worker has threads."""
HEAD = (
    b"POST /entrar HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 4000\r\n\r\n"
)
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Served(NamedTuple):
    """An installation's pages and API."""

    port: int
    token: str

    def asks(
        self, method: str, path: str, body: str | None = None, headers: dict[str, str] | None = None
    ) -> tuple[int, str]:
        """Status and body of an answer, on a connection of its own."""
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        link.request(method, path, body, headers or {})
        answer = link.getresponse()
        told = answer.read().decode()
        link.close()
        return answer.status, told

    def looks_up(self) -> float:
        """How long a till waits."""
        began = time.monotonic()
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        status, _ = self.asks("POST", "/api/v1/lookup", json.dumps({"code": "1"}), headers)
        assert status == 200
        return time.monotonic() - began


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    port = free_port()
    made = installed(tmp_path_factory.mktemp("served") / "made", "http://127.0.0.1:9", port=port)
    made.file.write_text(made.file.read_text().replace("[web]", "[web]\nworkers = 1", 1))
    token = made.must("device", "add", "caixa", "--store", "Centro").strip()
    process = made.start("serve", "--quiet")
    try:
        wait_until(lambda: answering_at(f"http://127.0.0.1:{port}/saude"), process)
        yield Served(port, token)
    finally:
        process.terminate()
        process.communicate(timeout=60)


def slow_client(served: Served, stack: ExitStack) -> socket.socket:
    link = stack.enter_context(socket.create_connection(("127.0.0.1", served.port), timeout=30))
    link.sendall(HEAD + b"login=")
    return link


def dripped(link: socket.socket) -> bytes:
    """One more byte; the answer, where there is one within a second."""
    link.settimeout(1)
    try:
        link.sendall(b"a")
        return link.recv(1_000)
    except TimeoutError:
        return b""


def test_clients_who_send_a_byte_a_second_stop_no_till_and_are_cut(served: Served) -> None:
    with ExitStack() as stack:
        links = [slow_client(served, stack) for _ in range(SLOW)]
        waits = [served.looks_up() for _ in range(5)]
        began, answers = time.monotonic(), []
        for link in links:
            while not (answer := dripped(link)):
                assert time.monotonic() - began < 25
            answers.append(answer)
        assert {one[:12] for one in answers} == {b"HTTP/1.1 408"}
        assert {link.recv(1_000) for link in links} == {b""}  # the connection is closed
    assert statistics.median(waits) < 2, waits


def test_who_is_silent_is_cut_as_well_and_whole_forms_are_read(served: Served) -> None:
    with ExitStack() as stack:
        link = slow_client(served, stack)
        status, _ = served.asks("POST", "/entrar", "login=ana&password=x", FORM)
        assert status == 401
        assert link.recv(1_000).startswith(b"HTTP/1.1 408")


def test_a_full_queue_of_logins_stops_no_lookup(served: Served) -> None:
    stop = Event()

    def sign_in() -> list[int]:
        answers = []
        while not stop.is_set():
            status, _ = served.asks("POST", "/entrar", "login=ana&password=errada", FORM)
            answers.append(status)
        return answers

    with ThreadPoolExecutor(LOGINS) as crowd:
        signing = [crowd.submit(sign_in) for _ in range(LOGINS)]
        time.sleep(1)
        waits = sorted(served.looks_up() for _ in range(20))
        stop.set()
        answers = [one for each in signing for one in each.result()]
    assert {*answers} <= {401, 429}
    assert answers.count(429) > answers.count(401)  # the queue was full
    assert statistics.median(waits) < 2, waits


CHUNKED, FORM_HEAD = b"Transfer-Encoding: chunked\r\n", b"POST /entrar HTTP/1.1\r\n"
MORE = b"Host: 127.0.0.1\r\nConnection: close\r\nContent-Type: %b\r\n\r\n"


@pytest.mark.parametrize(
    ("head", "body", "status", "word"),
    [
        (FORM_HEAD + CHUNKED, b"9\r\nlogin=ana\r\n0\r\n\r\n", 401, 'value="ana"'),
        (FORM_HEAD + b"Content-Length: 99999\r\n", b"login=", 413, ""),
        (b"GET /entrar?para=%2Fcaf%C3%A9 HTTP/1.1\r\n", b"", 200, "/café"),
        (b"GET /nada/%C3%A9/%FF HTTP/1.1\r\n", b"", 303, ""),
        (b"HEAD /entrar HTTP/1.1\r\n", b"", 200, ""),
    ],
)
def test_requests_come_as_they_were_sent(
    served: Served, head: bytes, body: bytes, status: int, word: str
) -> None:
    with socket.create_connection(("127.0.0.1", served.port), timeout=30) as link:
        link.sendall(head + MORE % FORM["Content-Type"].encode() + body)
        answer = b"".join(iter(lambda: link.recv(65_536), b""))
    assert int(answer[9:12]) == status
    assert word in answer.decode()
    if head.startswith(b"HEAD"):
        assert answer.endswith(b"\r\n\r\n")
