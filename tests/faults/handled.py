"""An installation whose pages are served while its files are handled, and what is done to them."""

import ctypes
import json
import os
import random
import resource
import shutil
import signal
import sqlite3
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from http.client import HTTPException
from pathlib import Path
from subprocess import Popen
from typing import NamedTuple

import pytest
from sqlalchemy import func, select

from config.assemble import back_up_ledger, close_ledgers, outside_of, restore_ledger
from config.settings import load
from mirror.ledger import audit, journal
from mirror.ledger.copies import misfit
from mirror.store.engine import Database
from mirror.store.sealing import load_key
from mirror.store.sqlite import open_ledger, open_mirror
from tests.faults.installation import WITHIN_S, Installation
from tests.faults.processes import answering_at, descendants, free_port, wait_until
from web.terminals import devices

_DROP_FROM_BOUND, _PAST_MODES, _PAST_READING = 24, 1, 2  # prctl, and two capabilities


def bound_by_modes() -> None:
    """For a process about to be started: files' modes hold for it also where root starts it."""
    libc = ctypes.CDLL(None)
    for capability in (_PAST_MODES, _PAST_READING):
        libc.prctl(_DROP_FROM_BOUND, capability, 0, 0, 0)


def without_room() -> None:
    """For a process about to be started: every file is as long as its disk lets it be."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))


class Answer(NamedTuple):
    """What a terminal was told: the status, of whom, and how old it is said to be."""

    code: int
    name: str = ""
    """Or the sentence of a refusal."""
    state: str = ""
    as_of: datetime | None = None


@dataclass
class Served:
    """An installation whose pages are served, and a terminal that asks."""

    made: Installation
    token: str
    port: int = field(default_factory=free_port)
    process: "Popen[str] | None" = None
    answered: int = 0
    last: Answer = field(default_factory=lambda: Answer(0))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def said(self) -> Path:
        return self.made.directory / "web.log"

    def start(self) -> None:
        arguments = ("serve", "--only", "web", "--port", str(self.port))
        with self.said.open("a") as said:  # a pipe that nobody reads would hold it up
            options = {"stdout": said, "stderr": said, "preexec_fn": bound_by_modes}
            process = self.process = self.made.start(*arguments, **options)
        wait_until(lambda: answering_at(f"{self.url}/health"), process)

    def stop(self) -> None:
        assert self.process
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(WITHIN_S)
        print(self.said.read_text()[-5_000:])  # shown where a test fails

    def kill(self) -> None:
        """All of it at once, as a power cut does."""
        assert self.process
        for pid in (self.process.pid, *self.workers()):  # the first would start others anew
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait(WITHIN_S)

    def workers(self) -> set[int]:
        assert self.process
        return descendants(self.process.pid)

    def answer(self) -> Answer:
        """A lookup. Nothing is shown with any status but 200."""
        asked = urllib.request.Request(
            f"{self.url}/api/v1/lookup",
            json.dumps({"code": "1"}).encode(),
            {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(asked, timeout=30) as answer:
                told = json.load(answer)
        except urllib.error.HTTPError as refused:
            told = refused.read().decode()
            return Answer(refused.code if "Cliente" not in told else 0, told)
        except ConnectionError as cut:
            return Answer(503, f"{cut}")  # nothing was shown
        found, age = told["customers"], told["freshness"]
        self.answered += bool(found)
        as_of = datetime.fromisoformat(age["as_of"]) if age["as_of"] else None
        return Answer(200, found[0]["name"] if found else "", age["state"], as_of)

    def ask(self) -> int:
        self.last = answer = self.answer()
        assert answer.name or answer.code != 200
        return answer.code

    def times(self, number: int) -> list[int]:
        return [self.ask() for _ in range(number)]

    @contextmanager
    def asking(self) -> Iterator[list[Answer]]:
        """A terminal that asks on and on meanwhile, and what it was told."""
        told: list[Answer] = []
        over = threading.Event()

        def ask() -> None:
            while not over.is_set():
                with suppress(OSError, HTTPException, json.JSONDecodeError):  # the line was cut
                    told.append(self.answer())

        asking = threading.Thread(target=ask)
        asking.start()
        try:
            yield told
        finally:
            over.set()
            asking.join()

    @contextmanager
    def ledger(self) -> Iterator[Database]:
        with closing(open_ledger(self.made.data, load_key(self.made.key))) as db:
            yield db

    def rows(self) -> int:
        """How many answers the journal tells of, as whoever opens it now reads it."""
        lookups = select(func.count()).where(
            audit.c.action == "lookup",
            audit.c.outcome == journal.DONE,
            audit.c.external_id.is_not(None),
        )
        with self.ledger() as db:
            assert journal.verify(db).intact
            with db.reading() as connection:
                return connection.execute(lookups).scalar_one()

    def misfit(self) -> str:
        """What of the heads noted outside the journal does not lead to."""
        with self.ledger() as db:
            return misfit(db, outside_of(load(self.made.file)).noted())

    def back_up(self) -> Path:
        settings = load(self.made.file)
        place = self.made.directory / "backups"
        place.mkdir(exist_ok=True)
        made = back_up_ledger(settings, place / f"{random.randrange(10**12)}.ledger")
        close_ledgers(settings)
        return made.file

    def restore(self, backup: Path) -> None:
        settings = load(self.made.file)
        restore_ledger(settings, backup, journal.Entry("command", "test", "restore"))
        close_ledgers(settings)

    def back(self) -> None:
        """Until it answers that it is well."""
        for _ in range(1_000):
            try:
                if urllib.request.urlopen(f"{self.url}/health", timeout=5).status == 200:
                    return
            except OSError:
                threading.Event().wait(0.05)
        pytest.fail("nobody came back")


@contextmanager
def served(made: Installation) -> Iterator[Served]:
    with closing(open_ledger(made.data, load_key(made.key))) as db:
        token = devices.add(db, "caixa-1", "Centro")
    shop = Served(made, token)
    shop.start()
    try:
        yield shop
    finally:
        shop.stop()


# What people do to a file that is in use; ``older``: the same database as it was before.

Handling = Callable[[Path, Path], None]


def log_of(file: Path) -> Path:
    return Path(f"{file}-wal")


# What is done to a file; each says whether answers may go on.


def deleted(file: Path, older: Path) -> None:
    file.unlink()


def replaced(file: Path, older: Path) -> None:
    Path(shutil.copy(older, f"{file}.new")).replace(file)


def copied_over(file: Path, older: Path) -> None:
    shutil.copyfile(older, file)


def truncated(file: Path, older: Path) -> None:
    os.truncate(file, file.stat().st_size // 2 // 4096 * 4096)


def emptied(file: Path, older: Path) -> None:
    os.truncate(file, 0)


def other_content(file: Path, older: Path) -> None:
    file.write_bytes(os.urandom(file.stat().st_size))


def log_removed(file: Path, older: Path) -> None:
    log_of(file).unlink()


def log_of_before(file: Path, older: Path) -> None:
    log_of(file).unlink()
    log_of(file).write_bytes(b"\x37\x7f\x06\x82" + bytes(60))


def plain(file: Path, older: Path) -> None:
    file.unlink()
    with closing(sqlite3.connect(file)) as other:
        other.execute("CREATE TABLE audit (id)")


BAD: tuple[Handling, ...] = (
    deleted,
    replaced,
    copied_over,
    truncated,
    emptied,
    other_content,
    log_removed,
    log_of_before,
    plain,
)
"""After these nothing may be shown until somebody mends it."""


# What a machine, or somebody, does for a while.


@contextmanager
def mode(file: Path, bits: int) -> Iterator[None]:
    """The file's permissions are others meanwhile."""
    file.chmod(bits)
    yield
    file.chmod(0o600)


@contextmanager
def full(pids: set[int]) -> Iterator[None]:
    """These processes find the disk full meanwhile."""
    for pid in pids:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
    yield
    for pid in pids:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)


@contextmanager
def locked(made: Installation, name: str) -> Iterator[None]:
    """Somebody else writes to the mirror or the ledger, for 0.3 s at most."""
    opened = {"mirror": open_mirror, "ledger": open_ledger}[name]
    with closing(opened(made.data, load_key(made.key))) as db:
        held, let_go = threading.Event(), threading.Event()

        def hold() -> None:
            with db.writing():
                held.set()
                let_go.wait(0.3)

        holding = threading.Thread(target=hold)
        holding.start()
        held.wait()
        yield
        let_go.set()
        holding.join()
