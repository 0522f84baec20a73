"""The cursor is the master's: it moves with what was committed, and leaves nobody behind."""

from datetime import timedelta

import pytest

from connector import sync
from mirror.identifiers import classify
from mirror.reading.find import find
from mirror.reading.listing import Filters, counts
from mirror.store.engine import Database
from tests.connector.conftest import Follow
from tests.fakes.looking import history, point, refused, revision, versions
from tests.fakes.master import NOW, Master, at, record, source

pytestmark = pytest.mark.engines


def people(*numbers: int) -> list[dict[str, object]]:
    return [record(number) for number in numbers]


def test_the_first_run_lists_everything(mirror_db: Database, follow: Follow):
    master = Master(*people(*range(1, 26)), size=10)

    report = follow(source(master))

    assert (report.mode, report.ok) == ("initial", True)
    assert (report.figures.received, report.figures.added, report.figures.requests) == (25, 25, 3)
    assert versions(mirror_db) == {str(number): 1 for number in range(1, 26)}
    assert "updated_since" not in master.asked[0]
    now = point(mirror_db)
    assert now.cursor == at(25)
    assert now.listed_at == now.succeeded_at == now.attempted_at is not None
    assert now.problem is None


def test_a_run_without_changes_asks_once_and_writes_no_customer(
    mirror_db: Database, follow: Follow
):
    master = Master(*people(*range(1, 26)))
    follow(source(master))
    before, listed_at = revision(mirror_db), point(mirror_db).listed_at
    master.requests = 0

    report = follow(source(master))

    assert (report.mode, report.figures.received) == ("changes", 25)  # all within the overlap
    assert report.figures.unchanged == 25
    assert revision(mirror_db) == before
    now = point(mirror_db)
    assert (now.cursor, now.listed_at) == (at(25), listed_at)
    assert now.succeeded_at is not None
    assert now.succeeded_at > (listed_at or 0)


def test_what_changed_is_asked_for_from_the_cursor_less_the_overlap(
    mirror_db: Database, follow: Follow
):
    master = Master(*people(*range(1, 4)), record(5_000))
    follow(source(master))
    master.put(record(2, 2, updated_at=at(6_000)), record(7_000))

    report = follow(source(master))

    assert master.asked[-1]["updated_since"] == at(5_000 - 600)
    assert (report.figures.received, report.figures.added, report.figures.changed) == (3, 1, 1)
    assert report.figures.unchanged == 1
    assert versions(mirror_db) == {"1": 1, "2": 2, "3": 1, "5000": 1, "7000": 1}
    assert point(mirror_db).cursor == at(7_000)


def test_the_cursor_is_kept_in_the_master_s_own_writing(mirror_db: Database, follow: Follow):
    written = "2024-05-22T08:59:59.123456789-03:00"
    follow(source(Master(record(1, updated_at=written))))
    assert point(mirror_db).cursor == written


def test_instants_are_compared_as_instants_whatever_their_zone(mirror_db: Database, follow: Follow):
    later, earlier = "2024-05-22T08:00:00-03:00", "2024-05-22T10:59:00Z"
    follow(source(Master(record(1, updated_at=later), record(2, updated_at=earlier))))
    assert point(mirror_db).cursor == later


def test_more_ties_than_a_page_holds_all_come(mirror_db: Database, follow: Follow):
    tied = [record(number, updated_at=at(50)) for number in range(1, 36)]
    master = Master(*tied, size=10)
    follow(source(master))
    assert len(versions(mirror_db)) == 35

    master.put(*(record(number, updated_at=at(50)) for number in range(36, 71)))
    assert follow(source(master)).figures.added == 35


def test_a_change_that_became_visible_late_is_found_within_the_overlap(
    mirror_db: Database, follow: Follow
):
    master = Master(*people(1, 2_000))
    follow(source(master))

    master.put(record(3, updated_at=at(1_500)), record(4, updated_at=at(1_300)))
    follow(source(master))

    assert set(versions(mirror_db)) == {"1", "2000", "3"}  # the other one is for the sweep


def test_a_date_in_the_future_does_not_push_the_cursor(mirror_db: Database, follow: Follow):
    future = (NOW + timedelta(days=300)).isoformat()
    master = Master(record(1), record(2, updated_at=future))
    follow(source(master))
    assert point(mirror_db).cursor == at(1)

    master.put(record(3, updated_at=at(500)))
    assert follow(source(master)).figures.added == 1
    assert set(versions(mirror_db)) == {"1", "2", "3"}


def test_a_clock_a_little_ahead_is_not_the_future(mirror_db: Database, follow: Follow):
    ahead = (NOW + timedelta(minutes=4)).isoformat()
    follow(source(Master(record(1, updated_at=ahead))))
    assert point(mirror_db).cursor == ahead


def test_only_records_from_the_future_leave_no_cursor(mirror_db: Database, follow: Follow):
    master = Master(record(1, updated_at=(NOW + timedelta(days=1)).isoformat()))
    follow(source(master))
    assert point(mirror_db).cursor is None
    assert follow(source(master)).figures.unchanged == 1


@pytest.mark.parametrize("year", [1, 1969, 9998])
def test_instants_at_the_ends_of_time_stop_nothing(mirror_db: Database, follow: Follow, year: int):
    master = Master(record(1, updated_at=f"{year:04}-01-01T00:00:00Z"))
    for _ in range(2):
        assert follow(source(master)).ok
    assert versions(mirror_db) == {"1": 1}


def test_a_master_whose_clock_is_at_the_end_of_time_stops_nothing(
    mirror_db: Database, follow: Follow
):
    master = Master(record(1))
    master.now = NOW.replace(year=9999, month=12, day=31, hour=23, minute=59)
    assert follow(source(master)).ok
    assert versions(mirror_db) == {"1": 1}


def test_who_moves_while_being_listed_is_met_again_in_its_newest_form(
    mirror_db: Database, follow: Follow
):
    master = Master(*people(*range(1, 31)), size=10)

    def move(page: int) -> None:
        if page == 2:
            moved = [{"address": "novo@exemplo.com.br"}]
            master.put(record(3, 2, updated_at=at(900), emails=moved))
            master.put(record(15, 2, updated_at=at(901)), record(99, updated_at=at(902)))

    master.before_page = move
    report = follow(source(master))

    everybody = {str(number): 1 for number in range(1, 31)} | {"3": 2, "15": 2, "99": 1}
    assert versions(mirror_db) == everybody
    assert counts(mirror_db, Filters()) == 31
    assert (report.figures.received, report.figures.added) == (32, 31)
    assert find(mirror_db, classify("cliente3@exemplo.com.br")) == []
    assert [one.external_id for one in find(mirror_db, classify("novo@exemplo.com.br"))] == ["3"]
    assert refused(mirror_db) == {}


def test_a_record_repeated_on_the_next_page_changes_nothing(mirror_db: Database, follow: Follow):
    class Shifting(Master):
        def send(self, request):  # type: ignore[no-untyped-def]
            answer = super().send(request)
            self.size = 12  # the pages overlap by two, as with page numbers and an insert
            return answer

    follow(source(Shifting(*people(*range(1, 21)), size=10)))
    assert len(versions(mirror_db)) == 20


def test_every_batch_moves_the_cursor_with_its_rows(
    mirror_db: Database, follow: Follow, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sync, "_BATCH_RECORDS", 10)
    master = Master(*people(*range(1, 31)), size=10)
    seen: list[tuple[int, str | None]] = []
    master.before_page = lambda page: seen.append(
        (len(versions(mirror_db)), point(mirror_db).cursor)
    )

    follow(source(master))

    assert seen == [(0, None), (10, at(10)), (20, at(20))]


def test_a_batch_is_full_by_its_bytes_too(
    mirror_db: Database, follow: Follow, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sync, "_BATCH_BYTES", 1)
    master = Master(*people(*range(1, 31)), size=10)
    seen: list[int] = []
    master.before_page = lambda page: seen.append(len(versions(mirror_db)))
    follow(source(master))
    assert seen == [0, 10, 20]


def test_progress_is_told_after_every_page(follow: Follow, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sync, "_BATCH_RECORDS", 10)
    told: list[int] = []
    follow(source(Master(*people(*range(1, 26)), size=10)), watch=told.append)
    assert told == [10, 20, 25]


def test_sources_keep_their_own_cursors_and_customers(mirror_db: Database, follow: Follow):
    follow(source(Master(*people(1, 2)), "loja"))
    follow(source(Master(*people(2, 3)), "outra"))
    assert set(versions(mirror_db, "loja")) == {"1", "2"}
    assert set(versions(mirror_db, "outra")) == {"2", "3"}
    assert (point(mirror_db, "loja").cursor, point(mirror_db, "outra").cursor) == (at(2), at(3))
    assert [run.source for run in history(mirror_db)] == ["outra", "loja"]


def test_without_a_counter_the_newer_instant_wins_and_the_later_of_one_instant(
    mirror_db: Database, follow: Follow
):
    def timed(master: Master):  # type: ignore[no-untyped-def]
        return source(master, stream={"records": {"version": None}})

    master = Master(record(1, name="Um"))
    follow(timed(master))
    master.put(record(1, name="Dois"))
    assert follow(timed(master)).figures.changed == 1
    master.put(record(1, name="Velho", updated_at=at(-5)))
    assert follow(timed(master)).figures.stale == 1
    assert find(mirror_db, classify("1"))[0].customer.name == "Dois"
