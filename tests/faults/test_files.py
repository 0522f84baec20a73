"""Files handled as people handle them, under pages that are served: no value without its row.

`ESPELHO_HANDLINGS` sets how many tries, `ESPELHO_SEED` which ones.
"""

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
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path

import pytest

from config.assemble import back_up_ledger, close_ledgers, outside_of, restore_ledger
from config.settings import load
from mirror.ledger import journal
from mirror.ledger.copies import misfit
from mirror.store.engine import Database
from mirror.store.sealing import load_key
from mirror.store.sqlite import open_ledger
from tests.faults.installation import WITHIN_S, Installation
from tests.faults.processes import answering_at, descendants, free_port, wait_until
from tests.faults.scripted import Script, customer, page
from web.terminals import devices

TRIES = int(os.environ.get("ESPELHO_HANDLINGS", "15"))
SEED = int(os.environ.get("ESPELHO_SEED", "1"))
pytestmark = pytest.mark.timeout(3_600)


@dataclass
class Served:
    """An installation whose pages are served, and a terminal that asks."""

    made: Installation
    url: str
    token: str
    pid: int
    answered: int = 0

    def ask(self) -> int:
        """A lookup; the status. Nothing is shown with any but 200."""
        asked = urllib.request.Request(
            f"{self.url}/api/v1/lookup",
            json.dumps({"code": "1"}).encode(),
            {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(asked, timeout=30) as answer:
                told = json.load(answer)
        except urllib.error.HTTPError as refused:
            return refused.code if "Cliente" not in refused.read().decode() else 0
        assert told["customers"], told
        self.answered += 1
        return 200

    def times(self, number: int) -> list[int]:
        return [self.ask() for _ in range(number)]

    @contextmanager
    def ledger(self) -> Iterator[Database]:
        with closing(open_ledger(self.made.data, load_key(self.made.key))) as db:
            yield db

    def rows(self) -> int:
        """How many answers the journal tells of, as whoever opens it now reads it."""
        with self.ledger() as db:
            assert journal.verify(db).intact
            found = journal.entries(db, limit=1_000_000)
        return sum(one.action == "lookup" and one.outcome == "done" for one in found)

    def misfit(self) -> str:
        """What of the heads noted outside the journal does not lead to."""
        with self.ledger() as db:
            return misfit(db, outside_of(load(self.made.file)).noted())


@contextmanager
def served(made: Installation) -> Iterator[Served]:
    with closing(open_ledger(made.data, load_key(made.key))) as db:
        token = devices.add(db, "caixa-1", "Centro")
    port = free_port()
    process = made.start("serve", "--only", "web", "--port", str(port))
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until(lambda: answering_at(f"{url}/health"), process)
        yield Served(made, url, token, process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=WITHIN_S)


def _log(file: Path) -> Path:
    return Path(f"{file}-wal")


# What is done to a file; each says whether answers may go on.


def _deleted(file: Path, older: Path) -> None:
    file.unlink()


def _replaced(file: Path, older: Path) -> None:
    Path(shutil.copy(older, f"{file}.new")).replace(file)


def _copied_over(file: Path, older: Path) -> None:
    shutil.copyfile(older, file)


def _truncated(file: Path, older: Path) -> None:
    os.truncate(file, file.stat().st_size // 2 // 4096 * 4096)


def _emptied(file: Path, older: Path) -> None:
    os.truncate(file, 0)


def _other_content(file: Path, older: Path) -> None:
    file.write_bytes(os.urandom(file.stat().st_size))


def _log_removed(file: Path, older: Path) -> None:
    _log(file).unlink()


def _log_of_before(file: Path, older: Path) -> None:
    _log(file).unlink()
    _log(file).write_bytes(b"\x37\x7f\x06\x82" + bytes(60))


def _plain(file: Path, older: Path) -> None:
    file.unlink()
    with closing(sqlite3.connect(file)) as other:
        other.execute("CREATE TABLE audit (id)")


BAD: tuple[Callable[[Path, Path], None], ...] = (
    _deleted,
    _replaced,
    _copied_over,
    _truncated,
    _emptied,
    _other_content,
    _log_removed,
    _log_of_before,
    _plain,
)


@contextmanager
def _write_protected(shop: Served) -> Iterator[None]:
    file = shop.made.data / "ledger.db"
    file.chmod(0o400)
    yield
    file.chmod(0o600)


@contextmanager
def _permissions_gone(shop: Served) -> Iterator[None]:
    file = shop.made.data / "ledger.db"
    file.chmod(0)
    yield
    file.chmod(0o600)


@contextmanager
def _full(shop: Served) -> Iterator[None]:
    workers = descendants(shop.pid)
    for pid in workers:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
    yield
    for pid in workers:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)


@contextmanager
def _locked(shop: Served) -> Iterator[None]:
    with shop.ledger() as db:
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


@contextmanager
def _killed_between(shop: Served) -> Iterator[None]:
    asking = threading.Thread(target=_until_refused, args=(shop,))
    asking.start()
    os.kill(max(descendants(shop.pid)), signal.SIGKILL)  # the worker that was started last
    asking.join()
    yield
    _back(shop)


def _until_refused(shop: Served) -> None:
    with suppress(OSError, ValueError, HTTPException):  # the line was cut: nothing was shown
        shop.times(3)


def _back(shop: Served) -> None:
    for _ in range(1_000):
        try:
            if urllib.request.urlopen(f"{shop.url}/health", timeout=5).status == 200:
                return
        except OSError:
            threading.Event().wait(0.05)
    pytest.fail("no worker came back")


@contextmanager
def _restored(shop: Served) -> Iterator[None]:
    _restore(shop, _backup(shop))
    yield


GOOD: tuple[Callable[[Served], AbstractContextManager[None]], ...] = (
    _write_protected,
    _permissions_gone,
    _full,
    _locked,
    _restored,
    _killed_between,
)


def _backup(shop: Served) -> Path:
    settings = load(shop.made.file)
    place = shop.made.directory / "backups"
    place.mkdir(exist_ok=True)
    made = back_up_ledger(settings, place / f"{random.randrange(10**12)}.ledger")
    close_ledgers(settings)
    return made.file


def _restore(shop: Served, backup: Path) -> None:
    settings = load(shop.made.file)
    restore_ledger(settings, backup, journal.Entry("command", "test", "restore"))
    close_ledgers(settings)


def test_no_value_is_shown_without_a_row_that_is_still_there(
    synced: Installation, tmp_path: Path
) -> None:
    """Every handling in turn, then by chance; 503 from the first look on, until it is restored."""
    draw = random.Random(SEED)
    ways = {one.__name__: one for one in (*BAD, *GOOD)}
    bad = {one.__name__: one for one in BAD}
    good = {one.__name__: one for one in GOOD}
    seen: Counter[tuple[str, int]] = Counter()
    with served(synced) as shop:
        assert shop.times(2) == [200, 200]
        older = _backup(shop)
        assert shop.times(2) == [200, 200]
        for number in range(TRIES):
            # A worker is killed once: of one that dies again and again the whole web would end.
            name = [*ways][number] if number < len(ways) else draw.choice([*ways][:-1])
            lasting = shop.answered
            assert shop.ask() == 200, name
            newest = _backup(shop)
            assert shop.rows() == lasting + 1, name
            if name == "_log_removed":  # what a log held is not lost with it
                assert shop.ask() == 200
            if name in bad:
                bad[name](synced.data / "ledger.db", older)
                told = shop.times(draw.randrange(5))  # also of whom nobody asks anything
                # Who had nothing open yet may begin with a log that others do not know.
                fine = {200, 503} if name == "_log_of_before" else {503}
                assert set(told) <= fine, name
                _restore(shop, newest)
            else:
                with good[name](shop):
                    told = shop.times(draw.randrange(1, 5)) if "killed" not in name else []
                assert set(told) <= {200, 503}, name
            seen.update((name, code) for code in told)
            assert shop.ask() == 200, name  # whoever served goes on
            rows = shop.rows()
            # Of a killed one a row may be there whose answer never came: never the other way round.
            assert rows == shop.answered or ("killed" in name and rows > shop.answered), name
            shop.answered = rows
            assert shop.misfit() == "", (name, told)
    print(TRIES, "handlings:", dict(seen))
    assert "intact" in synced.must("audit", "--verify")
    assert not [one.name for one in synced.data.glob("ledger.db-*")]


MIRROR_WAYS = (_deleted, _replaced, _copied_over, _truncated, _emptied, _other_content, _plain)


def test_no_stale_customer_is_called_fresh(synced: Installation, master: Script) -> None:
    """An older mirror, or none, shows nobody; one that was filled anew is followed."""
    older = Path(shutil.copy(synced.data / "mirror.db", synced.directory / "older.db"))
    master.answer = lambda target: page(*(customer(n, v=2, name=f"Cliente {n}") for n in (1, 2, 3)))
    synced.must("sync")
    with served(synced) as shop:
        for number in range(max(2, TRIES // 15)):
            way = MIRROR_WAYS[number % len(MIRROR_WAYS)]
            assert shop.ask() == 200, way.__name__
            way(synced.data / "mirror.db", older)

            assert set(shop.times(3)) == {503}, way.__name__

            synced.must("rebuild", "--anyway")
            _back(shop)
            assert shop.ask() == 200, way.__name__


def test_of_who_was_killed_everything_is_backed_up_and_restored(synced: Installation) -> None:
    with served(synced) as shop:
        assert shop.times(3) == [200, 200, 200]
        for pid in (shop.pid, *descendants(shop.pid)):  # the first would start others anew
            os.kill(pid, signal.SIGKILL)
    assert (synced.data / "ledger.db-wal").stat().st_size > 0

    newest = _backup(shop)
    (synced.data / "ledger.db").unlink()
    _restore(shop, newest)

    assert shop.rows() == 3
    assert "intact" in synced.must("audit", "--verify")


def test_a_clean_stop_leaves_no_log_and_notes_the_head(synced: Installation) -> None:
    with served(synced) as shop:
        assert shop.times(3) == [200, 200, 200]

    assert not [one.name for one in synced.data.iterdir() if one.name.endswith(("-wal", "-shm"))]
    noted = (synced.directory / "data.head").read_text().splitlines()
    with shop.ledger() as db:
        assert noted[-1].endswith(journal.head(db))
