"""Whoever is believed dead writes nothing more, in whatever transaction another took over."""

import ast
import contextlib
import inspect
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

import config
import connector
import mirror
from config import assemble, databases
from mirror.ledger import acts, alarms, copies, hints, journal
from mirror.store import engine, tables
from mirror.store import lease as leases
from mirror.store.engine import Database, FenceLost, fenced
from mirror.store.lease import lease
from mirror.store.progress import fact, set_fact
from mirror.writing.holds import release
from tests.fakes import facet_sets
from tests.fakes.looking import everything
from tests.fakes.writings import DAYS, Day, Story

Place = tuple[str, int]
"""File and line where a transaction is begun."""

UNFENCED: tuple[Callable[..., Any], ...] = (
    lease,  # who takes the fence
    fenced,  # which every other place is to begin by
    release,  # a person's word, which a sweep acts on under the fence
    acts._Desk._lead,  # the ledger: the web writes it
    journal.note,
    alarms.release,
    copies.merge,  # a ledger put back, by a person
    copies.carry,
    databases._carried,  # whole databases to an empty place, under the write locks of both
    copies.as_it_is,
    assemble._kept_still,
    hints.put,
    hints.settle,
)
_ON_THE_WAY = (engine.__file__, leases.__file__, contextlib.__file__)
_OF_A_RUN = {"run", "meta"}
"""Tables that tell how often it was tried."""
_OF_A_WRITING = {"doc", "raw", "shape", "word", "facets", "times"}
"""Columns sealed anew, or numbered or counted by the way, each time they are written."""


@dataclass(frozen=True)
class Usurped(Database):
    """A mirror that another connector takes over before the n-th transaction, from 1."""

    before: int = 0
    begun: list[Place] = field(default_factory=list)
    left: list[dict[str, Any]] = field(default_factory=list)
    """What there was when the other one took over."""

    def writing(self) -> Any:
        """As a database writes."""
        caller = sys._getframe(1)
        while caller.f_back and caller.f_code.co_filename in _ON_THE_WAY:
            caller = caller.f_back
        self.begun.append((caller.f_code.co_filename, caller.f_lineno))
        if len(self.begun) == self.before:
            plain = Database(self.engine, self.keys)
            with plain.writing() as connection:
                set_fact(connection, "fence", str(int(fact(connection, "fence", "0")) + 1))
            self.left.append(everything(plain))
        return super().writing()


@dataclass
class Stand:
    """A story with the mirror it is about."""

    story: Story
    db: Database
    dir: Path

    def once(self, day: Day, before: int = 0) -> Usurped:
        """What the connector does on a day; the mirror may be taken from it."""
        with lease(self.db, self.dir) as fence:
            taken = Usurped(self.db.engine, self.db.keys, before)
            try:
                day.follows(taken, self.story.again(), fence)
            except FenceLost:
                assert everything(self.db) == taken.left[0], "something was written after it"
                assert len(taken.begun) == before, "it went on"
            else:
                assert not before, f"{taken.begun[before - 1]} was written without the fence"
        return taken

    def live(self, days: Iterable[Day]) -> set[Place]:
        """Let these days pass in peace; where transactions were begun."""
        begun: set[Place] = set()
        for day in days:
            self.story.begin(day)
            begun.update(self.once(day).begun)
        return begun

    def ends(self) -> dict[str, Any]:
        """All there is that does not tell how it came about."""
        with self.db.reading() as connection:
            found = {**_rows(connection), "sets": facet_sets.stored(connection)}
            assert found["sets"] == facet_sets.of_rows(connection)
        return found

    def copy(self, source: Path, target: Path) -> None:
        """Take one data directory for another; the links stay what they are."""
        self.db.close()
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(source, target)


def _rows(connection: Connection) -> dict[str, Any]:
    found = {}
    for table in tables.mirror.sorted_tables:
        kept = [column for column in table.c if column.name not in _OF_A_WRITING]
        if table.name not in _OF_A_RUN and not table.name.startswith("facet"):
            rows = connection.execute(table.select().with_only_columns(*kept))
            found[table.name] = sorted(map(repr, rows))
    return found


@pytest.fixture
def stand(mirror_db: Database, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Stand:
    return Stand(Story(monkeypatch), mirror_db, data_dir)


@pytest.mark.parametrize("day", DAYS, ids=lambda day: day.name.replace(" ", "_"))
def test_whoever_lost_the_fence_writes_nothing_more_and_the_next_one_ends_where_it_would_have(
    stand: Stand, tmp_path: Path, day: Day
):
    before = tmp_path / "before"
    stand.live(DAYS[: DAYS.index(day)])
    stand.story.begin(day)
    stand.copy(stand.dir, before)
    peaceful, expected = stand.once(day), stand.ends()
    for number in range(1, len(peaceful.begun) + 1):
        stand.copy(before, stand.dir)
        stand.once(day, number)
        stand.once(day)
        assert stand.ends() == expected, number


def test_every_place_that_writes_the_mirror_is_tried_without_the_fence(stand: Stand):
    never = {*_transactions()}.difference(stand.live(DAYS), _unfenced())
    assert not never, "no day of tests.fakes.writings comes by here"


def test_whoever_writes_the_mirror_begins_under_the_fence():
    plain = set(_transactions("writing"))
    assert not plain.difference(_unfenced()), "writes without asking whose turn it is"


def _transactions(*ways: str) -> Iterator[Place]:
    """Every place where the code begins to write a database, one of these ways."""
    for room in (connector, mirror, config):
        for file in Path(str(room.__path__[0])).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text())):
                called = node.func if isinstance(node, ast.Call) else None
                name = getattr(called, "attr", getattr(called, "id", None))
                if called and name in (ways or ("writing", "fenced")):
                    yield str(file), called.lineno


def _unfenced() -> Iterator[Place]:
    for function in UNFENCED:
        lines, first = inspect.getsourcelines(inspect.unwrap(function))
        file = inspect.getsourcefile(inspect.unwrap(function))
        yield from ((str(file), first + number) for number in range(len(lines)))
