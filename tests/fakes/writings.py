"""A few days of a master in which the connector writes in every way there is.

Everything is small and cut into small transactions: most kinds of them come several times.
"""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import msgspec
import pytest
from sqlalchemy import delete

import connector
import mirror
from config.assemble import merged, preset
from connector import refresh, sync
from connector.http import Answer, Request
from connector.refresh import ask_one, look_into
from connector.sources.checks import definition
from connector.sources.rest import RestSource
from connector.sources.source_file import Definition
from mirror.store.engine import Database
from mirror.store.tables import WORDS, meta, name_word
from mirror.writing.holds import release
from tests.fakes.fake_master import START, Call
from tests.fakes.master import encode
from tests.fakes.omni_master import Omni, customer, done
from tests.fakes.slices import shorten

STREAM = "payments"
_RULES = {"rules": ["ploomes", "sell", "conta_base", "azata"]}
_OTHERS = {"rules": ["azata", "conta_base"], "filters": ["Tamanho"]}
_MENDED = {"name": "called"}
_PAID = {"status": "paga", "due_on": "2024-05-10", "paid_at": "2024-05-10T12:00:00Z"}


class Eventful(Omni):
    """The master without a socket, two records a page: a sender, to be asked for one, too."""

    requests = 0

    def __init__(self) -> None:
        super().__init__()
        self.size = 2
        self.at = START

    def send(self, request: Request) -> Answer:
        """What a fetcher would bring."""
        self.requests += 1
        name, _, number = request.path.removeprefix("/api/v1/").partition("/")
        if number:
            found = self.kept[name].get(int(number))
            return Answer(encode(found or {}), self.at, 200 if found else 404)
        call = Call("GET", request.path, request.query, {}, None, 0)
        return Answer(encode(self.answer(call).body), self.at)

    def pause(self, seconds: float) -> None:
        """It is in no hurry."""

    def close(self) -> None:
        """Nothing is open."""

    def stamp(self, number: int) -> str:
        """An instant of its own for every record."""
        return (self.at - timedelta(hours=1) + timedelta(seconds=number)).strftime("%FT%TZ")

    def write(self, *numbers: int, version: int = 1, **changed: Any) -> None:
        """Customers, some of whom work for the first."""
        for one in numbers:
            firm = {"company_id": 1} if one % 3 == 0 else {}
            about = {"extra": {"Tamanho": "M"}, "name": f"Ana {one}"} | firm | changed
            self.put(("customers", customer(one, self.stamp(one), version, **about)))

    def act(self, *numbers: int, version: int = 1, **changed: Any) -> None:
        """Payments of the customers of these numbers."""
        for one in numbers:
            said = _PAID | {"amount": 100 + one} | changed
            self.put((STREAM, done(one, one, self.stamp(one), version, **said)))

    def lose(self, *numbers: int) -> None:
        """Have these customers no more, nor what they did."""
        for stream in ("customers", STREAM):
            self.drop(stream, *self.kept[stream].keys() & set(numbers))


@dataclass
class Day:
    """What happens at the master, and what the connector then does."""

    name: str
    happens: Callable[[Eventful], object]
    follows: Callable[[Database, Eventful, int], object]
    later: timedelta = timedelta(hours=1)
    """So much time passes before."""


@dataclass
class Story:
    """One master and one clock, which stands still through a day."""

    patch: pytest.MonkeyPatch
    master: Eventful = field(default_factory=Eventful)
    now: datetime = START

    def __post_init__(self) -> None:
        shorten(connector, 2, self.patch)
        shorten(mirror, 2, self.patch)
        self.patch.setattr(sync, "_BATCH_RECORDS", 3)
        self.patch.setattr("time.time_ns", lambda: int(self.now.timestamp() * 10**9))

    def begin(self, day: Day) -> None:
        """Let happen what happens at the master."""
        self.now += day.later
        self.master.at = self.now
        day.happens(self.master)

    def again(self) -> Eventful:
        """The master as it is, of which nobody asked anything yet."""
        return deepcopy(self.master)


def _source(master: Eventful, **over: Any) -> RestSource:
    told = {"standing": _RULES, "streams": [STREAM]} | over
    return RestSource("loja", _definition(encode(told)), master)


@lru_cache
def _definition(told: bytes) -> Definition:
    return definition(merged(preset("omni"), msgspec.json.decode(told)), "loja")


def _follow(full: bool = False, **over: Any) -> Callable[[Database, Eventful, int], None]:
    def follow(db: Database, master: Eventful, fence: int) -> None:
        for one in sync.follow(db, _source(master, **over), fence, full=full):
            assert one.ok or one.figures.held, one.sentence

    return follow


def _begin(master: Eventful) -> None:
    master.write(*range(1, 6))
    master.act(1, 2, 3, 9)


def _change(master: Eventful) -> None:
    master.write(1, 11, version=2)
    master.act(2, 11, version=2, status="cancelada")
    master.write(5, 20, 21, version=3, name=True, called="Ana")
    master.act(30, amount="much")


def _arrive(master: Eventful) -> None:
    master.write(12, 13)
    master.act(12, 13)


def _arrive_late(master: Eventful) -> None:
    master.write(14, 15, name="Bento Lima")


def _change_two(master: Eventful) -> None:
    master.write(1, version=6)
    master.lose(4)


def _let_go(db: Database, master: Eventful, fence: int) -> None:
    release(Database(db.engine, db.keys), "loja")  # by a person, at another process
    _follow(full=True)(db, master, fence)


def _replay(db: Database, master: Eventful, fence: int) -> None:
    refresh.replay(db, _source(master, map=_MENDED), fence)


def _refresh(db: Database, master: Eventful, fence: int) -> None:
    ask_one(db, _source(master), fence, "1")


def _hint(db: Database, master: Eventful, fence: int) -> None:
    look_into(db, _source(master), fence, ["1", "4"])


def _break_off(db: Database, master: Eventful, fence: int) -> None:
    sync.break_off(db, "loja", fence, "Broken off.")


def _upgrade(db: Database, master: Eventful, fence: int) -> None:
    with Database(db.engine, db.keys).writing() as connection:  # as an earlier version left it
        connection.execute(delete(name_word))
        connection.execute(delete(meta).where(meta.c.name == WORDS))
    _follow()(db, master, fence)


DAYS = (
    Day("a first list", _begin, _follow()),
    Day("changes", _change, _follow()),
    Day("a map mended", lambda master: None, _replay),
    Day("many gone", lambda master: master.lose(2, 3, 5, 11, 20, 21, 30), _follow(full=True)),
    Day("a removal let go", lambda master: None, _let_go),
    Day("one asked for", lambda master: master.write(1, version=5), _refresh),
    Day("one went back", lambda master: master.write(1, version=4), _follow(full=True)),
    Day("its word taken", lambda master: None, _let_go),
    Day("hints", _change_two, _hint),
    Day("words of names to be filled", _arrive_late, _upgrade),
    Day("other rules and filters", _arrive, _follow(standing=_OTHERS)),
    Day("a run that hangs", lambda master: None, _break_off),
    Day("time alone", lambda master: None, _follow(standing=_OTHERS), timedelta(days=400)),
)
"""In their order; each begins with the mirror that the one before it left."""
