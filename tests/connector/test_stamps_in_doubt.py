"""Records without a date that can be true arrive, are compared by content, and are told of."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from connector.sources.rest import RestSource
from mirror.reading.freshness import freshness
from mirror.store.engine import Database
from tests.connector.conftest import Follow
from tests.fakes.looking import customers, graves, point, refused, versions
from tests.fakes.master import Master, at, record, source

pytestmark = pytest.mark.engines

CASES = Path(__file__).parents[1] / "data" / "field_cases"
AHEAD = (datetime.now(UTC) + timedelta(days=400)).isoformat()


def timed(master: Master) -> RestSource:
    """A master whose versions are its stamps."""
    return source(master, stream={"records": {"version": None}})


class Unsorted(Master):
    """Lists everything, whatever is asked, in the order of ids: dates may be none."""

    def _all(self) -> list[dict[str, Any]]:
        return [dict(one, updated_at=one["updated_at"] or "") for one in super()._all()]


def names(db: Database) -> dict[str, str | None]:
    return {one.external_id: one.name for one in customers(db)}


def case(name: str) -> Any:
    return msgspec.json.decode((CASES / name).read_bytes())


def test_records_without_any_date_arrive_with_one_notice(mirror_db: Database, follow: Follow):
    master = Unsorted()
    for number, one in enumerate(case("13_customers_without_any_date.json"), 1):
        master.put(record(number, name=one.get("name") or "Sem", updated_at=None))

    report = follow(timed(master))

    assert (report.ok, report.figures.added, report.figures.quarantined) == (True, 2, 0)
    assert report.sentence.count("2 without a date of their last change: compared by content.") == 1
    assert [one.flags for one in customers(mirror_db)] == [(), ()]


def test_a_record_without_a_date_is_compared_by_content(mirror_db: Database, sweep: Follow):
    master = Unsorted(*(record(number, updated_at=None) for number in range(1, 9)))
    sweep(timed(master))
    assert sweep(timed(master)).figures.unchanged == 8

    master.put(record(3, updated_at=None, name="Nova"))
    report = sweep(timed(master))

    assert (report.figures.changed, report.figures.unchanged) == (1, 7)
    assert names(mirror_db)["3"] == "Nova"


@pytest.mark.parametrize("then", [at(5), at(900)])
def test_the_first_date_of_a_record_wins_over_none(mirror_db: Database, sweep: Follow, then: str):
    master = Unsorted(record(1), record(2, updated_at=None))
    sweep(timed(master))
    master.put(record(2, updated_at=then, name="Nova"))

    assert sweep(timed(master)).figures.changed == 1
    assert names(mirror_db)["2"] == "Nova"


def test_a_record_that_loses_its_date_is_still_read(mirror_db: Database, sweep: Follow):
    master = Unsorted(record(1), record(2))
    sweep(timed(master))
    dated = versions(mirror_db)["2"]
    master.put(record(2, updated_at=None, name="Nova"))

    assert sweep(timed(master)).ok

    assert (names(mirror_db)["2"], versions(mirror_db)["2"]) == ("Nova", dated)


def test_who_is_listed_again_without_a_date_comes_back(mirror_db: Database, sweep: Follow):
    master = Unsorted(*(record(number) for number in range(1, 9)))
    sweep(timed(master))
    del master.records[2]
    sweep(timed(master))
    master.put(record(2, updated_at=None))

    assert sweep(timed(master)).figures.added == 1
    assert graves(mirror_db) == {}


def test_a_stamp_of_the_future_costs_the_stamp_and_the_correction_wins(
    mirror_db: Database, sweep: Follow, follow: Follow
):
    (odd,) = case("34_stamp_of_next_year.json")
    master = Unsorted(record(2), record(1, name=odd["name"], updated_at=AHEAD))

    report = sweep(timed(master))

    assert (report.figures.added, refused(mirror_db)) == (2, {})
    assert "1 with a date of the future" in report.sentence
    (found,) = (one for one in customers(mirror_db) if one.external_id == "1")
    assert (found.updated_at, found.flags) == (None, ("updated_at_future",))
    assert point(mirror_db).cursor == at(2)

    master.put(record(1, name="Certa", updated_at=at(50)))
    follow(timed(master))
    (found,) = (one for one in customers(mirror_db) if one.external_id == "1")
    assert (found.name, found.flags) == ("Certa", ())


def test_news_under_a_stamp_of_the_future_are_read_too(mirror_db: Database, sweep: Follow):
    master = Unsorted(record(1), record(2))
    sweep(timed(master))
    for name in ("Uma", "Duas"):
        master.put(record(2, name=name, updated_at=AHEAD))
        assert sweep(timed(master)).figures.changed == 1
        assert names(mirror_db)["2"] == name


def test_a_counted_record_with_a_date_of_the_future_is_kept_without_it(
    mirror_db: Database, follow: Follow
):
    follow(source(Unsorted(record(1), record(2, updated_at=AHEAD))))
    assert [one.updated_at for one in customers(mirror_db)][1] is None
    assert versions(mirror_db) == {"1": 1, "2": 1}


@pytest.mark.parametrize("stamp", ["31/02/2025 25:61", "ontem", 1764000000000, [], {"a": 1}])
def test_a_stamp_that_is_no_date_costs_the_stamp_and_a_right_one_wins(
    mirror_db: Database, sweep: Follow, stamp: Any
):
    odd = record(1, name="Sem data certa") | {"updated_at": stamp}
    master = Unsorted(record(2), odd)

    report = sweep(timed(master))

    assert (report.figures.added, refused(mirror_db)) == (2, {})
    told = () if stamp == [] else ("updated_at_invalid",)
    assert ("1 with a date of their last change that is none" in report.sentence) is bool(told)
    (found,) = (one for one in customers(mirror_db) if one.external_id == "1")
    assert (found.updated_at, found.flags) == (None, told)
    assert point(mirror_db).cursor == at(2)
    assert sweep(timed(master)).figures.unchanged == 2

    master.put(record(1, name="Certa", updated_at=at(50)))
    sweep(timed(master))
    (found,) = (one for one in customers(mirror_db) if one.external_id == "1")
    assert (found.name, found.flags) == ("Certa", ())


def test_a_counter_written_as_a_text_is_one(mirror_db: Database, follow: Follow):
    follow(source(Unsorted(record(1) | {"v": "9"})))
    assert (versions(mirror_db), refused(mirror_db)) == ({"1": 9}, {})


@pytest.mark.parametrize("then", ["30/11/2026 10:00", None, AHEAD], ids=["unread", "none", "ahead"])
def test_where_all_lose_their_date_the_copy_is_written_and_not_called_fresh(
    mirror_db: Database, follow: Follow, sweep: Follow, then: str | None
):
    master = Unsorted(*(record(number) for number in range(1, 31)))
    sweep(timed(master))
    assert freshness(mirror_db, datetime.now(UTC)).state == "fresh"
    old = list(master.records.values())
    master.put(*(dict(one, name="Nova", updated_at=then) for one in old))

    report = follow(timed(master)) if then else sweep(timed(master))

    assert not report.ok
    assert "30 of the 30 that came lose the date of their last change at once" in report.sentence
    assert set(names(mirror_db).values()) == {"Nova"}
    assert freshness(mirror_db, datetime.now(UTC)).state == "late"
    assert not sweep(timed(master)).ok
    master.put(*(dict(one, updated_at=at(900)) for one in old))
    assert sweep(timed(master)).ok
    assert freshness(mirror_db, datetime.now(UTC)).state == "fresh"


def test_a_few_without_a_date_are_told_and_no_more(
    mirror_db: Database, sweep: Follow, follow: Follow
):
    master = Unsorted(*(record(number) for number in range(1, 31)))
    sweep(timed(master))
    master.put(*(record(number, updated_at="ontem") for number in range(1, 6)))
    report = follow(timed(master))
    assert report.ok
    assert "5 with a date of their last change that is none" in report.sentence


def test_a_first_load_without_a_single_date_is_told_and_whole(mirror_db: Database, sweep: Follow):
    master = Unsorted(*(record(number, updated_at="ontem") for number in range(1, 31)))
    assert sweep(timed(master)).ok
    assert sweep(timed(master)).ok
    assert len(names(mirror_db)) == 30


# Records that share an id, since the map takes for one what is another's.


@pytest.mark.parametrize(("shops", "told", "ok"), [(3, 57, False), (58, 2, True)])
def test_records_that_share_an_id_are_told_and_many_are_not_called_well(
    mirror_db: Database, sweep: Follow, shops: int, told: int, ok: bool
):
    """The number of a shop in the place of a customer's, or a list of their addresses."""
    master = Unsorted(*(record(number, store=number % shops) for number in range(60)), size=100)
    report = sweep(source(master, stream={"records": {"version": None, "id": "store"}}))

    assert report.ok is ok
    assert f"{told} with the id of another record of their page" in report.sentence
    assert ("does stream.records.id name one record?" in report.sentence) is not ok
    assert freshness(mirror_db, datetime.now(UTC)).state == ("fresh" if ok else "late")


def test_a_record_that_comes_twice_as_it_is_is_nothing_to_tell(mirror_db: Database, sweep: Follow):
    class Twice(Unsorted):
        def _all(self) -> list[dict[str, Any]]:
            return [one for one in super()._all() for _ in range(2)]

    report = sweep(timed(Twice(*(record(number) for number in range(60)), size=200)))
    assert (report.ok, "of another record" in report.sentence) == (True, False)


@pytest.mark.parametrize("many", [1, 4])
def test_a_first_load_of_which_nobody_can_be_read_is_no_success(
    mirror_db: Database, sweep: Follow, many: int
):
    report = sweep(source(Unsorted(*(record(number, name=True) for number in range(many)))))
    assert not report.ok
    assert "The map is wrong" in report.sentence
    assert refused(mirror_db) == {}
