"""A machine that says no: ports and locks are taken, the disk is full, files cannot be written."""

import ctypes
import os
import resource
import signal
import socket
import stat
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from mirror.ledger import journal
from mirror.store.lease import lease
from mirror.store.sealing import load_key
from mirror.store.sqlite import open_ledger, open_mirror
from tests.faults import invariants
from tests.faults.installation import WITHIN_S, Installation
from tests.faults.processes import alive, answering_at, children, descendants, free_port, wait_until
from tests.faults.refusing import customers, refused
from tests.faults.scripted import Script, customer, page

pytestmark = pytest.mark.timeout(300)


@contextmanager
def _taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as other:
        yield other.getsockname()[1]


@pytest.mark.parametrize("only", [(), ("--only", "web")])
def test_the_port_of_the_pages_is_taken(synced: Installation, only: tuple[str, ...]) -> None:
    with _taken_port() as port:
        told = refused(synced, "serve", *only, "--port", str(port), code=1)

    assert f"127.0.0.1:{port} cannot be used" in told


def test_the_port_of_the_sandbox_is_taken(synced: Installation) -> None:
    with _taken_port() as port:
        told = refused(synced, "sandbox", "--port", str(port), code=1)

    assert f"Port {port} of 127.0.0.1 is used by another program" in told


@pytest.mark.parametrize("command", [("sync",), ("sync", "--full")])
def test_another_process_has_the_lease(synced: Installation, command: tuple[str, ...]) -> None:
    db = open_mirror(synced.data, load_key(synced.key))
    with closing(db), lease(db, synced.data):
        told = refused(synced, *command, code=75)

    assert f"(pid {os.getpid()})" in told
    synced.must(*command)


def _no_file_beyond(size: int) -> Callable[[], None]:
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def test_the_disk_is_full(synced: Installation, master: Script) -> None:
    master.answer = lambda target: page(
        *(customer(n, v=2, notes=os.urandom(400).hex()) for n in range(1, 400))
    )

    told = refused(synced, "sync", code=4, preexec_fn=_no_file_beyond(120_000))

    assert "full (`df -h`)" in told
    synced.must("sync")
    with closing(open_mirror(synced.data, load_key(synced.key))) as db:
        assert len(invariants.check(db)) == 399


def test_the_disk_is_full_for_the_journal(synced: Installation) -> None:
    """No audit, no value: a clear export that cannot be written down prints nothing."""
    with closing(open_ledger(synced.data, load_key(synced.key))) as ledger:
        for _ in range(30):  # while it is open, its log keeps growing
            journal.record(ledger, journal.Entry("command", "test", "export"))
        told = synced.run("export", "--clear", "--reason", "x", preexec_fn=_no_file_beyond(100_000))

    assert (told.code, told.out) == (4, "")
    assert "so nothing is shown" in told.err


def _without_power_over_files() -> None:
    # root may write anywhere: without these capabilities it is a user like any other.
    libc = ctypes.CDLL(None, use_errno=True)
    for capability in (1, 2):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
        libc.prctl(24, capability, 0, 0, 0)  # PR_CAPBSET_DROP


@pytest.mark.parametrize(
    "command", [("sync",), ("export", "--clear", "--reason", "x"), ("init",), ("serve",)]
)
def test_the_data_directory_cannot_be_written(
    synced: Installation, command: tuple[str, ...]
) -> None:
    before = customers(synced)
    _forbid_writing(synced)
    try:
        told = refused(
            synced, *command, code=4, unchanged=False, preexec_fn=_without_power_over_files
        )
    finally:
        synced.data.chmod(0o700)

    assert "This user may not" in told
    assert customers(synced) == before


def _forbid_writing(made: Installation) -> None:
    for file in made.data.iterdir():
        file.chmod(stat.S_IMODE(file.stat().st_mode) & ~0o222)
    made.data.chmod(0o500)


def test_init_where_nothing_can_be_written(synced: Installation) -> None:
    (synced.directory / "closed").mkdir(mode=0o500)
    closed = Installation(synced.directory / "closed")

    told = refused(closed, "init", code=4, unchanged=False, preexec_fn=_without_power_over_files)

    assert f"This user may not use {closed.file}" in told


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_serve_ends_cleanly(synced: Installation, number: signal.Signals) -> None:
    port = free_port()
    process = synced.start("serve", "--port", str(port))
    wait_until(lambda: answering_at(f"http://127.0.0.1:{port}/saude"), process)
    family = descendants(process.pid)

    process.send_signal(number)

    _, err = process.communicate(timeout=WITHIN_S)
    assert process.returncode == 0
    assert len(family) >= 3  # the web, its workers, the connector
    assert not alive(family)
    assert all(" INFO espelho." in line for line in err.splitlines()), err
    with socket.create_server(("127.0.0.1", port)):
        pass
    synced.must("sync")


def _command_line(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes()


def test_a_part_that_dies_is_started_again(synced: Installation) -> None:
    port = free_port()
    process = synced.start("serve", "--port", str(port))
    wait_until(lambda: answering_at(f"http://127.0.0.1:{port}/saude"), process)
    web = next(pid for pid in children(process.pid) if b"web" in _command_line(pid))

    workers = descendants(web)

    os.kill(web, signal.SIGKILL)

    wait_until(lambda: not alive(workers), process)
    wait_until(lambda: answering_at(f"http://127.0.0.1:{port}/saude"), process)
    process.terminate()
    _, err = process.communicate(timeout=WITHIN_S)
    assert "the web ended (-9); starting it again" in err
