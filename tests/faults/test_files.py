"""Files handled as people handle them, under pages that are served: no value without its row.

`ESPELHO_HANDLINGS` sets how many tries of each file, `ESPELHO_SEED` which ones. With many, a table
tells what was answered meanwhile, a line for each way.
"""

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from subprocess import TimeoutExpired

import pytest

from mirror.ledger import journal
from mirror.store.sealing import load_key
from mirror.store.sqlite import open_mirror
from tests.faults.handled import (
    BAD,
    Answer,
    Served,
    bound_by_modes,
    full,
    locked,
    mode,
    served,
    without_room,
)
from tests.faults.installation import Installation
from tests.faults.scripted import Script, customer, page

TRIES = int(os.environ.get("ESPELHO_HANDLINGS", "0"))
SEED = int(os.environ.get("ESPELHO_SEED", "1"))
pytestmark = pytest.mark.timeout(14_400)


def _turns(ways: Iterable[str], draw: random.Random) -> Iterator[tuple[int, str]]:
    """Every way in turn, then by chance; as many as are asked for, each at least once."""
    every = list(ways)
    for number in range(max(TRIES, len(every))):
        yield number, every[number] if number < len(every) else draw.choice(every)


class _Seen:
    """What was answered, by way."""

    def __init__(self) -> None:
        self._tries: Counter[str] = Counter()
        self._told: Counter[tuple[str, int]] = Counter()

    def note(self, way: str, told: Iterable[int]) -> None:
        self._tries[way] += 1
        self._told.update((way, code) for code in told)

    def __str__(self) -> str:
        lines = [f"{'way':22}{'tries':>7}{'200':>7}{'503':>7}"]
        for way, tries in self._tries.items():
            codes = "".join(f"{self._told[way, code]:>7}" for code in (200, 503))
            lines.append(f"{way:22}{tries:>7}{codes}")
        return "\n".join([*lines, f"{'all':22}{self._tries.total():>7}"])


# The ledger.


@contextmanager
def _write_protected(shop: Served) -> Iterator[None]:
    with mode(shop.made.data / "ledger.db", 0o400):
        yield


@contextmanager
def _permissions_gone(shop: Served) -> Iterator[None]:
    with mode(shop.made.data / "ledger.db", 0):
        yield


@contextmanager
def _full(shop: Served) -> Iterator[None]:
    with full(shop.workers()):
        yield


@contextmanager
def _locked(shop: Served) -> Iterator[None]:
    with locked(shop.made, "ledger"):
        yield


@contextmanager
def _worker_killed(shop: Served) -> Iterator[None]:
    before = len(shop.workers())
    with shop.asking():
        os.kill(max(shop.workers()), signal.SIGKILL)  # the one that was started last
    while len(shop.workers()) < before:
        time.sleep(0.05)
    for _ in range(20):  # a line that the killed one had taken is cut
        shop.back()
    yield


@contextmanager
def _killed_between(shop: Served) -> Iterator[None]:
    with shop.asking():
        shop.kill()
    shop.start()
    yield


@contextmanager
def _restored(shop: Served) -> Iterator[None]:
    shop.restore(shop.back_up())
    yield


GOOD: tuple[Callable[[Served], AbstractContextManager[None]], ...] = (
    _write_protected,
    _permissions_gone,
    _full,
    _locked,
    _restored,
    _killed_between,
    _worker_killed,
)


def test_no_value_is_shown_without_a_row_that_is_still_there(synced: Installation) -> None:
    """Every handling in turn, then by chance; 503 from the first look on, until it is restored."""
    draw = random.Random(SEED)
    bad = {one.__name__: one for one in BAD}
    good = {one.__name__: one for one in GOOD}
    # A worker is killed once: of one that dies again and again the whole web would end.
    again = [one for one in (*bad, *good) if one != "_worker_killed"]
    seen = _Seen()
    with served(synced) as shop:
        assert shop.times(2) == [200, 200]
        older = shop.back_up()
        assert shop.times(2) == [200, 200]
        for number, turn in _turns((*bad, *good), draw):
            name = turn if number < len(bad) + len(good) else draw.choice(again)
            lasting = shop.answered
            assert shop.ask() == 200, (name, shop.last)
            newest = shop.back_up()
            assert shop.rows() == lasting + 1, name
            if name == "log_removed":  # what a log held is not lost with it
                assert shop.ask() == 200
            if name in bad:
                bad[name](synced.data / "ledger.db", older)
                told = shop.times(draw.randrange(5))  # also of whom nobody asks anything
                # Who had nothing open yet may begin with a log that others do not know.
                fine = {200, 503} if name == "log_of_before" else {503}
                assert set(told) <= fine, name
                shop.restore(newest)
            else:
                with good[name](shop):
                    told = shop.times(draw.randrange(1, 5))
                assert set(told) <= {200, 503}, name
            seen.note(name, told)
            assert shop.ask() == 200, (name, shop.last)  # whoever served goes on
            rows = shop.rows()
            # Of a killed one a row may be there whose answer never came: never the other way round.
            assert rows == shop.answered or ("killed" in name and rows > shop.answered), name
            shop.answered = rows
            assert shop.misfit() == "", (name, told)
            newest.unlink()
    print(f"The ledger, handled:\n{seen}")
    assert "intact" in synced.must("audit", "--verify")
    assert not [one.name for one in synced.data.glob("ledger.db-*")]


# The mirror. Its master moves on all the time; what is said to be of a moment is of that moment.


@dataclass
class Followed:
    """A shop whose master has another name for its customers from time to time."""

    shop: Served
    master: Script
    draw: random.Random
    version: int = 1
    changed_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    """When the master began to say what it says now."""

    def move_on(self) -> None:
        self.version += 1
        self.changed_at = datetime.now(UTC)
        changed = {"v": self.version, "name": f"Cliente {self.version}"}
        whole = page(*(customer(number, **changed) for number in (1, 2, 3)))
        self.master.answer = lambda target: whole

    def follow(self) -> None:
        self.move_on()
        self.shop.made.must("sync")

    def copy(self) -> Path:
        """The mirror as it is now, in a file of its own."""
        place = self.shop.made.directory / f"mirror-{self.version}.db"
        keys = load_key(self.shop.made.key)
        with closing(open_mirror(self.shop.made.data, keys, read_only=True)) as db:
            assert db.file
            with db.reading():
                db.file.copy(place)
        return place

    def sync_that_cannot(self, hindered: Callable[[], None]) -> None:
        """The master moves on, and the connector fails to write that down, and says so."""
        self.move_on()
        told = self.shop.made.run("sync", preexec_fn=hindered)
        assert told.code != 0, told
        assert told.err, told

    def refuse_stale(self, told: Iterable[Answer], way: str) -> None:
        """Fail where anything older is called as new as what the master says now."""
        for one in told:
            assert one.code in (200, 503), (way, one)
            newest = one.name == f"Cliente {self.version}"
            if one.code == 200 and one.state == "fresh" and not newest:
                assert one.name, (way, one)  # an empty copy is not fresh
                assert one.as_of, (way, one)
                assert one.as_of < self.changed_at, (way, one)


Way = Callable[[Followed], list[Answer]]


def _asked(one: Followed) -> list[Answer]:
    return [one.shop.answer() for _ in range(one.draw.randrange(1, 5))]


def _mirror_write_protected(one: Followed) -> list[Answer]:
    with mode(one.shop.made.data / "mirror.db", 0o400):
        one.sync_that_cannot(bound_by_modes)
        return _asked(one)


def _mirror_permissions_gone(one: Followed) -> list[Answer]:
    with mode(one.shop.made.data / "mirror.db", 0):
        one.sync_that_cannot(bound_by_modes)
        return _asked(one)


def _disk_full(one: Followed) -> list[Answer]:
    with full(one.shop.workers()):
        told = _asked(one)
    one.sync_that_cannot(without_room)
    return [*told, *_asked(one)]


def _mirror_locked(one: Followed) -> list[Answer]:
    with locked(one.shop.made, "mirror"):
        return _asked(one)


def _connector_killed(one: Followed) -> list[Answer]:
    """In the middle of whatever it does by then; the web with it, or not."""
    with one.shop.asking() as told:
        one.move_on()
        connector = one.shop.made.start("sync")
        with suppress(TimeoutExpired):
            connector.wait(one.draw.uniform(0.1, 1.2))
        connector.kill()
        connector.communicate()
        if one.draw.random() < 0.5:
            one.shop.kill()
            one.shop.start()
    return [*told, *_asked(one)]


def _rebuilt(one: Followed) -> list[Answer]:
    """Another mirror in its place, filled while a terminal goes on asking."""
    with one.shop.asking() as told:
        one.shop.made.must("rebuild", "--anyway")
    return [*told, *_asked(one)]


MIRROR_WAYS: dict[str, Way] = {
    "write_protected": _mirror_write_protected,
    "permissions_gone": _mirror_permissions_gone,
    "full": _disk_full,
    "locked": _mirror_locked,
    "killed_between": _connector_killed,
    "rebuilt": _rebuilt,
}


def test_no_stale_customer_is_called_fresh(synced: Installation, master: Script) -> None:
    """An older mirror, or none, shows nobody; one that was filled anew is followed."""
    draw = random.Random(SEED)
    bad = {one.__name__: one for one in BAD}
    seen = _Seen()
    with served(synced) as shop:
        one = Followed(shop, master, draw)
        for _, way in _turns((*bad, *MIRROR_WAYS), draw):
            older = one.copy()
            one.follow()
            assert shop.answer()[1:3] == (f"Cliente {one.version}", "fresh"), way
            if way in bad:
                bad[way](synced.data / "mirror.db", older)
                told = [shop.answer() for _ in range(draw.randrange(5))]
                # Who had nothing open yet may begin with a log that others do not know.
                fine = {200, 503} if way == "log_of_before" else {503}
                assert {answer.code for answer in told} <= fine, (way, one.version, told)
                one.move_on()
                synced.must("rebuild", "--anyway")
            else:
                told = MIRROR_WAYS[way](one)
            one.refuse_stale(told, way)
            seen.note(way, (answer.code for answer in told))
            one.follow()
            shop.back()
            assert shop.answer()[1:3] == (f"Cliente {one.version}", "fresh"), way
            older.unlink()
            for aside in synced.data.glob("mirror.db.set-aside-*"):
                aside.unlink()
    print(f"The mirror, handled:\n{seen}")


def test_of_who_was_killed_everything_is_backed_up_and_restored(synced: Installation) -> None:
    with served(synced) as shop:
        assert shop.times(3) == [200, 200, 200]
        shop.kill()
        assert (synced.data / "ledger.db-wal").stat().st_size > 0

        newest = shop.back_up()
        (synced.data / "ledger.db").unlink()
        shop.restore(newest)

        assert shop.rows() == 3
        assert "intact" in synced.must("audit", "--verify")
        shop.start()


def test_a_clean_stop_leaves_no_log_and_notes_the_head(synced: Installation) -> None:
    with served(synced) as shop:
        assert shop.times(3) == [200, 200, 200]

    assert not [one.name for one in synced.data.iterdir() if one.name.endswith(("-wal", "-shm"))]
    noted = (synced.directory / "data.head").read_text().splitlines()
    with shop.ledger() as db:
        assert noted[-1].endswith(journal.head(db))
