"""Green means everybody: by both ways of Sell's, beside writes, killed and answered badly."""

import random
from collections.abc import Iterator
from typing import Any

import pytest

from connector import sync
from mirror.store.engine import Database
from tests.connector.conftest import Follow
from tests.fakes.looking import customers
from tests.fakes.sell import Sell, contact
from tests.fakes.sell_source import source

MOST_RUNS = 40
FATES = ("cut", "lost", "empty", "error")


class Killed(BaseException):
    """The process ends here."""


class Life:
    """What happens to an account while it is read: by chance, the same for the same seed."""

    def __init__(self, sell: Sell, seed: int, *, everybody: int, writes: int) -> None:
        self.sell = sell
        self.chance = random.Random(seed)
        self.writes = writes
        self._minute = 10_000
        sell.put(*(contact(number) for number in range(1, everybody + 1)))
        self._next = everybody + 1
        sell.before[""] = self.goes_on

    def goes_on(self) -> None:
        """Before an answer something may be written."""
        if self.writes and self.chance.random() < 0.4:
            self.writes -= 1
            self._write()

    def _write(self) -> None:
        self._minute += 1
        at: dict[str, Any] = {"updated_at": contact(self._minute)["updated_at"]}
        some = self.chance.choice(list(self.sell.contacts))
        match self.chance.randrange(3):
            case 0:
                self.sell.put(contact(self._next, **at))
                self._next += 1
            case 1:
                self.sell.put(contact(some, name=f"Versão {self._minute}", **at))
            case _:
                self.sell.delete(some)

    def spoils(self, share: float) -> None:
        """So large a share of answers meets a bad fate."""
        self.sell.wire = lambda said: (
            self.chance.choice(FATES) if self.chance.random() < share else ""
        )

    def kills(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Before or after a commit the process may end."""
        commit = sync._Cycle.commit

        def dies(cycle: sync._Cycle) -> None:
            if self.writes and self.chance.random() < 0.15:
                raise Killed
            commit(cycle)
            if self.writes and self.chance.random() < 0.15:
                raise Killed

        monkeypatch.setattr(sync._Cycle, "commit", dies)


def until_green(follow: Follow, sell: Sell, *, full: bool = False, **over: Any) -> Any:
    """Run again and again, as the clock does, until a run says that all is well."""
    for _ in range(MOST_RUNS):
        try:
            report = follow(source(sell, **over), full=full)
        except Killed:
            continue
        if report.ok:
            return report
    raise AssertionError(report.sentence)


def here(db: Database) -> dict[str, str | None]:
    return {one.external_id: one.name for one in customers(db)}


def there(sell: Sell) -> dict[str, str]:
    return {str(number): one["name"] for number, one in sell.contacts.items()}


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sync, "_BATCH_RECORDS", 7)


@pytest.fixture
def sell() -> Iterator[Sell]:
    with Sell(size=4).running() as account:
        yield account


@pytest.mark.usefixtures("small_batches")
@pytest.mark.parametrize("seed", range(4))
def test_by_the_queue(
    mirror_db: Database, follow: Follow, sell: Sell, monkeypatch: pytest.MonkeyPatch, seed: int
):
    life = Life(sell, seed, everybody=70, writes=60)
    sell.order = random.Random(seed)
    sell.queues.longest = life.chance.choice([None, 3, 5])
    sell.queues.vanishes = life.chance.random() < 0.5
    sell.queues.counts = life.chance.random() < 0.5
    sell.queues.twice = lambda: life.chance.random() < 0.1
    life.spoils(0.08)
    life.kills(monkeypatch)

    until_green(follow, sell)
    life.writes = 0
    until_green(follow, sell)
    assert here(mirror_db) == there(sell)

    life.writes = 20
    report = until_green(follow, sell, full=True)
    assert report.mode == "sweep"
    life.writes = 0
    until_green(follow, sell)
    assert here(mirror_db) == there(sell)


@pytest.mark.usefixtures("small_batches")
@pytest.mark.parametrize("seed", range(4))
def test_by_the_lists(
    mirror_db: Database, follow: Follow, sell: Sell, monkeypatch: pytest.MonkeyPatch, seed: int
):
    life = Life(sell, seed, everybody=430, writes=60)
    sell.plan_has_sync = False
    sell.links = life.chance.random() < 0.7
    sell.cap = life.chance.choice([None, 40])
    life.spoils(0.05)
    life.kills(monkeypatch)

    until_green(follow, sell)
    life.writes = 0
    until_green(follow, sell)
    # Who was deleted meanwhile, only a sweep can tell; everybody else is there, in the last form.
    assert there(sell).items() <= here(mirror_db).items()

    life.writes = 20
    until_green(follow, sell, full=True)
    life.writes = 0
    until_green(follow, sell)
    assert there(sell).items() <= here(mirror_db).items()
    until_green(follow, sell, full=True)
    assert here(mirror_db) == there(sell)
