"""Instants that coincide, lie or come late: whoever changed is not left behind the cursor."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connector import sync
from connector.http import Unreachable
from mirror.identifiers import classify
from mirror.reading.find import find
from mirror.store.engine import Database
from tests.connector.conftest import Follow
from tests.fakes.looking import point, refused, versions
from tests.fakes.master import Master, at, record, source
from tests.model.paper import Listing, Record, person


def at_page(master: Listing, number: int, *records: Record) -> None:
    """These change when the page is asked for."""
    master.before_page = lambda page: master.put(*records) if page == number else None


@pytest.fixture
def _a_page_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sync, "_BATCH_RECORDS", 1)


@pytest.mark.parametrize("counter", [True, False], ids=["a counter", "the stamp"])
def test_a_second_edit_in_the_second_its_page_was_read_comes_with_the_next_run(
    mirror_db: Database, follow: Follow, counter: bool
):
    master = Listing(person(3), person(2), person(1))
    master.counter = counter
    at_page(master, 2, person(2, 2, name="Bia"))  # of the same second as the one just read
    follow(master)
    assert find(mirror_db, classify("2"))[0].customer.name == "Ana"
    follow(master)
    assert find(mirror_db, classify("2"))[0].customer.name == "Bia"


@pytest.mark.usefixtures("_a_page_at_a_time")
@pytest.mark.parametrize("overlap_s", [0, 600])
def test_ties_cut_in_two_by_a_failure_all_come_with_the_next_run(
    mirror_db: Database, follow: Follow, overlap_s: int
):
    at = "2024-06-01T11:00:00Z"
    master = Listing(*(person(number, at=at) for number in range(1, 8)), overlap_s=overlap_s)

    def down(page: int) -> None:
        if page == 3:
            raise Unreachable("loja: down")

    master.before_page = down
    assert not follow(master).ok
    assert (len(versions(mirror_db)), point(mirror_db).cursor) == (4, at)
    master.before_page = lambda page: None
    follow(master)
    assert len(versions(mirror_db)) == 7


@pytest.mark.parametrize(
    ("newest", "older"),
    [
        ("2024-06-01T11:00:00.5Z", "2024-06-01T11:00:00.45Z"),
        ("2024-06-01T11:00:00.5Z", "2024-06-01T11:00:00Z"),
        ("2024-06-01T11:00:00.500001Z", "2024-06-01T11:00:00.5Z"),
        ("2024-06-01T08:00:01-03:00", "2024-06-01T11:00:00.999Z"),
        ("2024-05-31T23:30:00-12:00", "2024-06-01T11:29:59Z"),
        ("2024-06-01T16:45:00+05:45", "2024-06-01T10:59:59.999999Z"),
    ],
)
def test_the_newest_is_the_newest_however_it_is_written(
    mirror_db: Database, follow: Follow, newest: str, older: str
):
    follow(Listing(person(1, at=newest), person(2, at=older)))
    assert point(mirror_db).cursor == newest


def test_what_is_seen_late_behind_the_reader_comes_with_the_next_run(
    mirror_db: Database, follow: Follow
):
    master = Listing(*(person(number) for number in (50, 40, 30, 20, 10)))
    at_page(master, 3, person(45), person(35))  # written earlier, seen only now
    follow(master)
    assert "45" not in versions(mirror_db)
    follow(master)
    assert {"45", "35"} < versions(mirror_db).keys()


def test_a_date_in_2099_that_is_put_right_is_followed_like_any_other(
    mirror_db: Database, follow: Follow
):
    master = Listing(person(3), person(2, at="2099-12-31T00:00:00Z"), person(1))
    follow(master)
    assert point(mirror_db).cursor == person(1)["at"]
    master.put(person(2, 2, at="2024-06-01T12:00:00Z", name="Bia"))
    follow(master)
    assert find(mirror_db, classify("2"))[0].customer.name == "Bia"
    assert point(mirror_db).cursor == "2024-06-01T12:00:00Z"


def test_a_date_in_2099_that_is_put_right_is_followed_where_there_is_no_counter_either(
    mirror_db: Database, follow: Follow
):
    master = Master(record(1, updated_at="2099-12-31T00:00:00Z"), record(2))
    uncounted: Any = {"stream": {"records": {"version": None}}}
    follow(source(master, **uncounted))
    master.put(record(1, updated_at=at(50), name="Bia"))
    follow(source(master, **uncounted), full=True)
    assert find(mirror_db, classify("1"))[0].customer.name == "Bia"


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_clock_an_hour_off_leaves_nobody_behind(mirror_db: Database, follow: Follow, hours: int):
    def stamp(minutes: int) -> str:
        return (datetime.now(UTC) + timedelta(hours=hours, minutes=minutes)).isoformat()

    master = Listing(*(person(number, at=stamp(number - 30)) for number in range(1, 6)))
    master.now = datetime.now(UTC) + timedelta(hours=hours)
    follow(master)
    for number in range(6, 9):
        master.put(person(number, at=stamp(number - 30)), person(1, number, at=stamp(number - 30)))
        follow(master)
        assert versions(mirror_db)["1"] == number
    assert len(versions(mirror_db)) == 8


def test_a_text_that_becomes_a_number_is_a_text_and_an_object_waits_in_quarantine(
    mirror_db: Database, follow: Follow
):
    master = Listing(person(1), person(2))
    follow(master)
    master.put(person(1, 2, name=7), person(2, 2, name=True))
    assert follow(master).ok
    assert find(mirror_db, classify("1"))[0].customer.name == "7"
    assert find(mirror_db, classify("2"))[0].customer.name == "Ana"
    assert refused(mirror_db) == {"2": "name: not_text"}
