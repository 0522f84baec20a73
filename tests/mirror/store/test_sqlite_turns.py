"""Who writes to the ledger waits in the order of asking, and never longer than is said."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from mirror.store import sqlite_file
from mirror.store.engine import Database
from mirror.store.faults import Fault, fault_of
from mirror.store.sealing import Keyring
from mirror.store.sqlite import open_ledger
from mirror.store.sqlite_copies import TURNS

HOLDS = """
import os, sys, time
from pathlib import Path
from mirror.store.sealing import Keyring
from mirror.store.sqlite import open_ledger
from mirror.store.sqlite_copies import TURNS
with open_ledger(Path(sys.argv[1]), Keyring(bytes.fromhex(sys.argv[2]))).writing():
    print("held", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def doors(ledger: Database, data_dir: Path, keys: Keyring) -> Iterator[list[Database]]:
    """The ledger as several processes would have it: each with a file of its own."""
    with ExitStack() as opened:
        yield [opened.enter_context(closing(open_ledger(data_dir, keys))) for _ in range(4)]


def comes(door: Database, name: str, came: list[str]) -> threading.Thread:
    """Somebody who writes a little, and waits by the time that this is back."""
    asks = threading.Event()

    def write() -> None:
        asks.set()
        with door.writing():
            came.append(name)

    thread = threading.Thread(target=write)
    thread.start()
    asks.wait()
    threading.Event().wait(0.15)
    return thread


def test_whoever_asked_first_writes_first(doors: list[Database]) -> None:
    came: list[str] = []
    with doors[0].writing():
        waiting = [comes(door, str(place), came) for place, door in enumerate(doors[1:])]
        waiting.append(comes(doors[0], "again", came))
    for one in waiting:
        one.join()
    assert came[0] == "0"
    assert sorted(came) == ["0", "1", "2", "again"]


def test_who_writes_on_and_on_lets_others_in_between(doors: list[Database]) -> None:
    rounds, came, done = 200, list[int](), threading.Event()

    def on_and_on() -> None:
        for number in range(rounds):
            with doors[0].writing():
                came.append(number)
        done.set()

    busy = threading.Thread(target=on_and_on)
    busy.start()
    between = 0
    while not done.is_set():
        with doors[1].writing():
            between += 1
    busy.join()
    assert between > rounds / 10


def test_what_a_killed_process_held_is_the_next_ones(
    ledger: Database, data_dir: Path, keys: Keyring
) -> None:
    command = [sys.executable, "-c", HOLDS, str(data_dir), keys._root.hex()]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        came: list[str] = []
        waits = comes(ledger, "next", came)
        assert came == []
        os.kill(holder.pid, signal.SIGKILL)
        waits.join()
    assert came == ["next"]


def test_a_turn_that_is_late_is_told_and_holds_up_nobody_after(
    doors: list[Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_file, "WAIT_S", 0.1)
    with doors[0].writing():
        for door in (doors[1], doors[0], doors[1], doors[2]):
            with pytest.raises(OperationalError) as told, door.writing():
                pass
            assert fault_of(told.value) == Fault("locked", "ledger")
    threading.Event().wait(0.3)  # the turn comes to those who waited in vain
    monkeypatch.setattr(sqlite_file, "WAIT_S", 5)
    for door in doors * 2:  # whoever waited in vain took nothing along
        with door.writing():
            pass


def test_where_nobody_can_wait_the_database_itself_decides(
    doors: list[Database], data_dir: Path
) -> None:
    for ending in TURNS:
        (data_dir / f"ledger{ending}").unlink(missing_ok=True)
        (data_dir / f"ledger{ending}").mkdir()
    came: list[str] = []
    with doors[0].writing():
        waits = comes(doors[1], "next", came)
        assert came == []
    waits.join()
    assert came == ["next"]
