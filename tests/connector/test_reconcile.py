"""Absence is believed after a complete sweep only, and of a few; the rest waits for a person."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection

from connector import reconcile
from mirror.identifiers import classify
from mirror.reading.find import find
from mirror.reading.freshness import freshness
from mirror.store.engine import Database, fenced
from mirror.store.tables import hold
from mirror.writing.holds import holds, release
from tests.connector.conftest import Follow
from tests.fakes.looking import graves, history, point, refused, revision, versions
from tests.fakes.master import BEGIN, Master, at, down, encode, record, source

pytestmark = pytest.mark.engines


def crowd(number: int, *, size: int = 100) -> Master:
    return Master(*(record(one) for one in range(1, number + 1)), size=size)


def lose(master: Master, number: int) -> None:
    """The first so many are no longer in the master."""
    for one in sorted(master.records)[:number]:
        del master.records[one]


def test_whom_a_complete_sweep_does_not_see_is_gone(
    mirror_db: Database, follow: Follow, sweep: Follow
):
    master = crowd(200)
    follow(source(master))
    lose(master, 3)

    report = sweep(source(master))

    assert (report.mode, report.figures.gone, report.figures.unchanged) == ("sweep", 3, 197)
    assert "3 gone from the master" in report.sentence
    assert len(versions(mirror_db)) == 197
    assert graves(mirror_db) == {"1": "sweep", "2": "sweep", "3": "sweep"}
    assert find(mirror_db, classify("cliente2@exemplo.com.br")) == []


def test_who_was_made_just_before_a_sweep_is_not_gone_for_missing_in_it(
    mirror_db: Database, follow: Follow, sweep: Follow
):
    """A replica that is behind lists everybody but the newest; a later sweep is believed."""
    master = crowd(20)
    master.now = BEGIN + timedelta(seconds=599)
    master.put(record(21, updated_at=at(590)), record(22, updated_at=at(0), name="Ana"))
    follow(source(master))
    new = master.records.pop(21)
    lose(master, 1)

    report = sweep(source(master))

    assert (report.ok, report.figures.gone, graves(mirror_db)) == (True, 0, {})
    assert "2 that changed just before were not listed" in report.sentence
    master.now += timedelta(seconds=60)
    assert sweep(source(master)).figures.gone == 1
    assert graves(mirror_db) == {"1": "sweep"}
    master.put(new)
    assert follow(source(master)).figures.stale == 0
    assert "21" in versions(mirror_db)


def test_a_date_that_lies_ahead_does_not_hide_that_somebody_is_new(
    mirror_db: Database, follow: Follow, sweep: Follow
):
    """When such a one changed only our own time of writing can tell."""
    master = crowd(20)
    master.now = datetime.now(UTC)
    master.put(record(21, updated_at=(master.now + timedelta(days=90)).isoformat()))
    sweep(source(master))
    assert "21" in versions(mirror_db)
    del master.records[21]

    assert (sweep(source(master)).figures.gone, graves(mirror_db)) == (0, {})
    master.now += timedelta(seconds=900)
    assert sweep(source(master)).figures.gone == 1
    assert graves(mirror_db) == {"21": "sweep"}


def test_where_nothing_is_to_be_held_no_transaction_is_made_for_it(
    monkeypatch: pytest.MonkeyPatch, follow: Follow, sweep: Follow
):
    master, made = crowd(20), list[int]()

    def counted(db: Database, fence: int) -> AbstractContextManager[Connection]:
        made.append(fence)
        return fenced(db, fence)

    follow(source(master))
    monkeypatch.setattr("connector.reconcile.fenced", counted)

    assert sweep(source(master)).ok

    assert len(made) == 1


def test_a_run_that_only_reads_changes_removes_nobody(mirror_db: Database, follow: Follow):
    master = crowd(200)
    follow(source(master))
    lose(master, 200)
    assert follow(source(master)).ok
    assert len(versions(mirror_db)) == 200


@pytest.mark.parametrize("missing", [1, 3, 200])
def test_a_run_that_only_reads_changes_takes_nobody_for_gone(
    mirror_db: Database, follow: Follow, missing: int
):
    """However few they are: what the overlap lists again is not everybody."""
    master = crowd(200)
    follow(source(master))
    lose(master, missing)

    report = follow(source(master))

    assert (report.ok, report.figures.gone, report.figures.held) == (True, 0, 0)
    assert (len(versions(mirror_db)), graves(mirror_db), holds(mirror_db)) == (200, {}, [])


def test_who_was_missed_comes_back_as_it_was(mirror_db: Database, follow: Follow, sweep: Follow):
    master = crowd(200)
    follow(source(master))
    away = dict(master.records)
    lose(master, 3)
    sweep(source(master))
    master.records = away

    assert sweep(source(master)).figures.added == 3
    assert len(versions(mirror_db)) == 200
    assert graves(mirror_db) == {}


def test_a_sweep_finds_what_the_changes_never_told(
    mirror_db: Database, follow: Follow, sweep: Follow
):
    master = Master(record(1), record(50_000))
    follow(source(master))
    master.put(record(1, 2), record(3))  # both dated long before the overlap

    assert follow(source(master)).figures.added == 0
    report = sweep(source(master))

    assert (report.figures.added, report.figures.changed) == (1, 1)
    assert versions(mirror_db) == {"1": 2, "3": 1, "50000": 1}


def test_a_sweep_without_a_difference_changes_nothing(
    mirror_db: Database, follow: Follow, sweep: Follow
):
    master = crowd(30)
    follow(source(master))
    before = revision(mirror_db)
    assert sweep(source(master)).figures.unchanged == 30
    assert revision(mirror_db) == before


@pytest.mark.parametrize(
    ("known", "missing", "held"),
    [
        (200, 50, False),
        (200, 51, True),
        (40, 20, False),
        (40, 21, True),
        (10, 6, True),
        (10, 10, True),
        (200, 200, True),
    ],
)
def test_too_many_at_once_wait_for_a_person(
    mirror_db: Database, follow: Follow, sweep: Follow, known: int, missing: int, held: bool
):
    master = crowd(known)
    follow(source(master))
    lose(master, missing)

    report = sweep(source(master))

    assert (report.figures.held, report.figures.gone) == ((missing, 0) if held else (0, missing))
    assert len(versions(mirror_db)) == (known if held else known - missing)
    assert [one.missing for one in holds(mirror_db)] == ([missing] if held else [])


def test_of_very_many_two_in_a_hundred_may_go(mirror_db: Database, follow: Follow, sweep: Follow):
    master = crowd(2_600, size=1_000)
    follow(source(master))
    away = dict(master.records)
    lose(master, 53)
    assert sweep(source(master)).figures.held == 53

    master.put(away[1])
    assert sweep(source(master)).figures.gone == 52
    assert len(versions(mirror_db)) == 2_548
    assert holds(mirror_db) == []


def test_what_sweeps_remove_night_after_night_counts_together(
    mirror_db: Database, follow: Follow, sweep: Follow
):
    master = crowd(1_000)
    follow(source(master))
    lose(master, 50)
    assert sweep(source(master)).figures.gone == 50
    assert sweep(source(master)).ok  # who is gone already is not missing again
    lose(master, 10)
    report = sweep(source(master))
    assert (report.figures.gone, report.figures.held) == (0, 10)
    assert "within seven days" in report.sentence

    release(mirror_db, "loja")
    assert sweep(source(master)).figures.gone == 10
    lose(master, 50)  # counted from the person's word on
    assert sweep(source(master)).figures.gone == 50


def test_what_a_sweep_removed_more_than_a_week_ago_counts_no_more(
    mirror_db: Database, follow: Follow, sweep: Follow, monkeypatch: pytest.MonkeyPatch
):
    master = crowd(1_000)
    follow(source(master))
    lose(master, 50)
    sweep(source(master))
    monkeypatch.setattr(reconcile, "_TOGETHER_US", -1)
    lose(master, 50)
    assert sweep(source(master)).figures.gone == 50


@pytest.fixture
def held(follow: Follow, sweep: Follow) -> Master:
    """A master of 200 that lost 100: their removal waits."""
    master = crowd(200)
    follow(source(master))
    lose(master, 100)
    sweep(source(master))
    return master


def test_a_hold_is_told_and_the_copy_is_not_fresh(mirror_db: Database, held: Master):
    (run, _) = history(mirror_db)
    assert (run.outcome, run.figures.held) == ("held", 100)
    assert "100 are missing at the master" in run.sentence
    assert "hold release" in run.sentence
    (one,) = holds(mirror_db)
    assert (one.source, one.missing, one.known, one.released_at) == ("loja", 100, 200, None)
    now = freshness(mirror_db, datetime.now(UTC))
    assert (now.state, now.held, now.cause) == ("late", True, one.sentence)


def test_a_copy_is_fresh_again_once_what_was_held_is_carried_out(
    mirror_db: Database, held: Master, sweep: Follow, follow: Follow
):
    assert "hold release" in follow(source(held)).sentence, "every run says what waits"
    release(mirror_db, "loja")
    assert freshness(mirror_db, datetime.now(UTC)).state == "late"

    assert sweep(source(held)).ok

    now = freshness(mirror_db, datetime.now(UTC))
    assert (now.state, now.held, now.cause) == ("fresh", False, None)


def test_what_was_held_goes_at_the_next_sweep_after_a_release(
    mirror_db: Database, held: Master, sweep: Follow
):
    assert release(mirror_db, "loja")
    assert len(versions(mirror_db)) == 200

    assert sweep(source(held)).figures.gone == 100
    assert len(versions(mirror_db)) == 100
    assert holds(mirror_db) == []


def test_a_release_is_for_one_source_and_one_time(mirror_db: Database, held: Master, sweep: Follow):
    assert not release(mirror_db, "outra")
    release(mirror_db, "loja")
    sweep(source(held))
    assert not release(mirror_db, "loja")
    lose(held, 60)
    assert sweep(source(held)).figures.held == 60


def test_a_release_is_not_for_those_who_went_missing_since(
    mirror_db: Database, held: Master, sweep: Follow
):
    release(mirror_db, "loja")
    lose(held, 1)

    assert sweep(source(held)).figures.held == 101
    assert len(versions(mirror_db)) == 200
    assert [one.released_at for one in holds(mirror_db)] == [None]


def test_a_release_does_not_last(
    mirror_db: Database, held: Master, sweep: Follow, monkeypatch: pytest.MonkeyPatch
):
    release(mirror_db, "loja")
    with mirror_db.writing() as connection:
        connection.execute(
            hold.update().values(released_at=hold.c.released_at - 25 * 3_600 * 10**6)
        )
    assert sweep(source(held)).figures.held == 100


def test_without_a_release_it_is_held_again_and_again(
    mirror_db: Database, held: Master, sweep: Follow
):
    for _ in range(3):
        assert sweep(source(held)).figures.held == 100
    assert len(holds(mirror_db)) == 1


def test_a_hold_is_over_when_the_missing_are_listed_again(
    mirror_db: Database, held: Master, sweep: Follow
):
    held.put(*(record(number) for number in range(1, 101)))
    assert sweep(source(held)).figures.held == 0
    assert holds(mirror_db) == []
    assert len(versions(mirror_db)) == 200


def test_a_sweep_that_breaks_off_removes_nobody(mirror_db: Database, follow: Follow, sweep: Follow):
    master = crowd(200, size=50)
    follow(source(master))
    lose(master, 3)
    listed_at = point(mirror_db).listed_at
    master.before_page = lambda page: down() if page == 4 else None

    report = sweep(source(master))

    assert not report.ok
    assert len(versions(mirror_db)) == 200
    assert (point(mirror_db).listed_at, point(mirror_db).cursor) == (listed_at, at(200))


def test_who_arrives_during_a_sweep_is_not_taken_for_gone(
    mirror_db: Database, follow: Follow, sweep: Follow
):
    master = crowd(100, size=10)
    follow(source(master))

    def arrive(page: int) -> None:
        if page == 5:
            master.put(record(900), record(3, 2, updated_at=at(901)))

    master.before_page = arrive
    report = sweep(source(master))

    assert (report.figures.gone, report.figures.added, report.figures.changed) == (0, 1, 1)
    assert len(versions(mirror_db)) == 101


def test_a_sweep_looks_at_its_own_source_only(mirror_db: Database, follow: Follow, sweep: Follow):
    follow(source(crowd(20), "outra"))
    master = crowd(20)
    follow(source(master))
    lose(master, 2)
    assert sweep(source(master)).figures.gone == 2
    assert len(versions(mirror_db, "outra")) == 20


def test_a_first_sweep_is_a_first_listing(mirror_db: Database, sweep: Follow):
    report = sweep(source(crowd(5)))
    assert (report.mode, report.figures.added, report.figures.gone) == ("initial", 5, 0)


def test_more_than_one_batch_of_the_gone_are_all_removed(
    mirror_db: Database, follow: Follow, sweep: Follow, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(reconcile, "_AT_ONCE", 7)
    master = crowd(100)
    follow(source(master))
    lose(master, 30)
    assert sweep(source(master)).figures.gone == 30
    assert len(versions(mirror_db)) == 70


def test_what_left_the_master_leaves_quarantine(mirror_db: Database, follow: Follow, sweep: Follow):
    broken = [record(900, name=True), record(901, name=True)]
    nameless = record(902) | {"id": None}
    master = Scroll(*(record(number) for number in range(1, 31)), *broken, nameless)
    follow(source(master))
    subjects = set(refused(mirror_db))
    assert {"900", "901"} < subjects
    assert len(subjects) == 3

    master.items = [one for one in master.items if one["id"] not in (901, None)]
    sweep(source(master))

    assert set(refused(mirror_db)) == {"900"}


class Scroll(Master):
    """Everything on one page, as it is."""

    def __init__(self, *items: dict[str, Any]) -> None:
        super().__init__()
        self.items = list(items)

    def _page(self, query: Mapping[str, str]) -> bytes:
        return encode({"items": self.items, "next": None, "has_more": False})
