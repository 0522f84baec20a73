"""While serving, the journal's head goes out by the hour: to a file, and to syslog."""

import logging
import os
import re
import shutil
import socket
import syslog
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from threading import Thread
from time import monotonic, sleep

import pytest

from config.assemble import close_ledgers, ledger_of
from config.run import serve
from config.settings import Settings, load
from mirror.ledger import journal
from mirror.ledger.copies import Outside
from mirror.ledger.journal import Entry
from mirror.store.engine import Database
from tests.faults.installation import Installation

LOG = Path("/dev/log")


class Over(Exception):
    """The web has ended."""


def met(true: Callable[[], object]) -> bool:
    until = monotonic() + 20
    while not true():
        if monotonic() > until:
            return False
        sleep(0.02)
    return True


def act(db: Database, who: str) -> None:
    journal.record(db, Entry("staff", who, "open"))


@pytest.fixture
def noting(synced: Installation, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """The thread of a served installation, with an hour of a twentieth of a second."""
    settings = load(synced.file)
    over: list[bool] = []

    def wait(_: float) -> None:
        if over:
            raise Over
        sleep(0.05)

    monkeypatch.setattr(serve, "sleep", wait)

    def serving() -> None:
        with suppress(Over):
            serve._note_heads(settings)

    thread = Thread(target=serving, daemon=True)
    thread.start()
    yield settings
    over.append(True)
    thread.join(10)
    assert not thread.is_alive()


def lines(settings: Settings) -> list[str]:
    file = settings.head_file
    return file.read_text().splitlines() if file.exists() else []


def test_every_hour_the_head_is_noted_where_it_moved_and_only_there(noting: Settings) -> None:
    assert serve._NOTE_EVERY_S == 3_600
    for who in ("ana", "rui"):
        before = len(lines(noting))
        ledger = ledger_of(noting)
        act(ledger, who)
        head = journal.head(ledger)
        assert met(lambda: len(lines(noting)) > before)  # noqa: B023 - asked at once
        assert lines(noting)[-1].endswith(head)
    sleep(0.3)  # some hours without an act
    assert len(lines(noting)) == before + 1


def test_the_head_of_a_ledger_is_noted_where_its_own_installation_says(
    synced: Installation, tmp_path: Path
) -> None:
    other = Path(shutil.copytree(synced.directory, tmp_path / "other"))
    here, there = (load(file) for file in (synced.file, other / synced.file.name))
    heads = []
    for settings, who in ((here, "ana"), (there, "rui")):
        ledger = ledger_of(settings)
        act(ledger, who)
        heads.append(journal.head(ledger))
    before = len(lines(there))
    assert close_ledgers(here) == []
    assert lines(here)[-1].endswith(heads[0])
    assert len(lines(there)) == before
    assert close_ledgers(there) == []
    assert lines(there)[-1].endswith(heads[1])
    assert heads[0] != heads[1]


def test_an_hour_in_which_it_cannot_be_noted_is_told_and_the_next_one_comes(
    noting: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    file = noting.head_file
    kept = file.read_bytes() if file.exists() else b""
    with caplog.at_level(logging.ERROR, "espelho.web"):
        file.unlink(missing_ok=True)
        file.mkdir()  # in the way
        act(ledger_of(noting), "ana")
        assert met(lambda: "could not be noted" in caplog.text)
    file.rmdir()
    file.write_bytes(kept)

    head = journal.head(ledger_of(noting))
    assert met(lambda: lines(noting) and lines(noting)[-1].endswith(head))


@pytest.fixture
def heard() -> Iterator[socket.socket]:
    """A machine's syslog, where it has none of its own that would be disturbed."""
    if LOG.exists() or not os.access(LOG.parent, os.W_OK):
        pytest.skip("this machine has a syslog, or lets nobody make one")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as here:
        here.bind(str(LOG))
        here.settimeout(10)
        syslog.closelog()
        try:
            yield here
        finally:
            LOG.unlink()
            syslog.closelog()


def test_syslog_hears_each_head_once(
    heard: socket.socket, synced: Installation, tmp_path: Path
) -> None:
    ledger = ledger_of(load(synced.file))
    outside = Outside(tmp_path / "out" / "heads", to_syslog=True)
    for who in ("ana", "ana", "rui"):
        act(ledger, who)
        outside.note(ledger)
        outside.note(ledger)  # nothing new
        told = heard.recv(1_000).decode()
        assert re.search(r"espelho: head of the journal (\S+)", told)[1] == journal.head(ledger)  # type: ignore[index]
    heard.setblocking(False)
    with pytest.raises(BlockingIOError):
        heard.recv(1_000)
