"""Lists that move while they are read: nobody falls between two pages, nobody is taken for gone."""

from datetime import timedelta
from typing import Any

import pytest

from connector import sync
from mirror.store.engine import Database
from mirror.store.lease import LeaseTaken
from tests.connector.conftest import Follow
from tests.fakes.looking import graves, point, versions
from tests.model.paper import NOON, Listing, Record, person


def hours_ago(hours: float, number: int, version: int = 1, **said: Any) -> Record:
    return person(number, version, at=(NOON - timedelta(hours=hours)).isoformat(), **said)


@pytest.fixture
def _a_page_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sync, "_BATCH_RECORDS", 1)


class ById(Listing):
    """Everybody by id, whoever changed when; an hour passes between two pages."""

    ordered = False

    def key(self, record: Record) -> int:
        return int(record["id"])

    def pages(self, cursor: str | None):  # type: ignore[no-untyped-def]
        for page in super().pages(cursor):
            yield page
            self.now += timedelta(hours=1)


def test_an_edit_on_a_page_already_read_comes_with_the_next_run_however_long_the_list_takes(
    mirror_db: Database, follow: Follow
):
    master = ById(*(hours_ago(1, number) for number in range(1, 9)))

    def edit(page: int) -> None:
        if page == 2:
            master.put(hours_ago(-1, 1, 2))
        if page == 4:
            master.put(hours_ago(-3, 8, 2))

    master.before_page = edit
    follow(master)
    follow(master)
    assert versions(mirror_db)["1"] == 2


def test_a_sweep_by_id_misses_nobody_who_changes_or_goes_meanwhile(
    mirror_db: Database, follow: Follow, sweep: Follow
):
    master = ById(*(hours_ago(1, number) for number in range(1, 9)))
    follow(master)

    def change(page: int) -> None:
        if page == 3:
            master.put(hours_ago(-1, 1, 2), hours_ago(-1, 9))
            master.records.pop(2)

    master.before_page = change
    sweep(master)
    assert (graves(mirror_db), "9" in versions(mirror_db)) == ({}, True)


def by_place(*records: Record) -> Listing:
    master = Listing(*records)
    master.by_place = master.shifting = master.sliding = True  # type: ignore[misc]
    return master


def test_a_deletion_on_an_earlier_page_makes_nobody_gone_who_slid_between_two_pages(
    mirror_db: Database, follow: Follow, sweep: Follow
):
    master = by_place(*(hours_ago(number, number) for number in range(1, 30)))
    follow(master)
    master.before_page = lambda page: master.records.pop(29, None) if page == 2 else None
    sweep(master)
    assert "27" in versions(mirror_db)
    sweep(master)
    assert graves(mirror_db) == {"29": "sweep"}


@pytest.mark.parametrize("shift", ["deleted", "edited"])
def test_who_slid_between_two_pages_of_changes_is_not_left_behind(
    mirror_db: Database, follow: Follow, shift: str
):
    follow(master := by_place(hours_ago(99, 99), hours_ago(98, 98)))
    master.put(*(hours_ago(number, number, 2) for number in range(1, 9)))

    def slide(page: int) -> None:
        if page == 2 and shift == "deleted":
            master.records.pop(98, None)
        if page == 2 and shift == "edited":
            master.put(hours_ago(0, 98, 2))

    master.before_page = slide
    follow(master)
    follow(master)
    assert versions(mirror_db).keys() >= {str(number) for number in range(1, 9)}


@pytest.mark.parametrize("full", [False, True], ids=["changes", "sweep"])
def test_an_empty_page_in_the_middle_ends_nothing_and_removes_nobody(
    mirror_db: Database, follow: Follow, full: bool
):
    class Hollow(Listing):
        def pages(self, cursor: str | None):  # type: ignore[no-untyped-def]
            for page in super().pages(cursor):
                yield page
                yield type(page)([], self.now)

    master = Hollow(*(person(number) for number in range(1, 8)))
    follow(master)
    master.put(person(1, 2))
    report = follow(master, full=full)
    assert (report.ok, report.figures.changed, report.figures.gone) == (True, 1, 0)
    assert len(versions(mirror_db)) == 7


@pytest.mark.usefixtures("_a_page_at_a_time")
def test_a_last_page_sent_again_and_again_changes_nothing(mirror_db: Database, follow: Follow):
    class Echo(Listing):
        def pages(self, cursor: str | None):  # type: ignore[no-untyped-def]
            for page in super().pages(cursor):
                yield page
            yield from [page] * 3

    report = follow(Echo(*(person(number) for number in range(1, 6))))
    assert (report.figures.added, report.figures.changed, report.figures.stale) == (5, 0, 0)
    assert point(mirror_db).cursor == person(1)["at"]


def test_a_second_connector_is_turned_away_and_the_first_goes_on(
    mirror_db: Database, follow: Follow
):
    master, turned_away = Listing(*(person(number) for number in range(1, 8))), []

    def second(page: int) -> None:
        with pytest.raises(LeaseTaken):
            follow(Listing(person(1, 9)))
        turned_away.append(page)

    master.before_page = second
    assert follow(master).ok
    assert (len(turned_away), versions(mirror_db)["1"]) == (4, 1)
