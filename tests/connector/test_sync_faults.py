"""A run that cannot go on keeps its whole pages, says why, and the next one goes on from there."""

import pytest

from connector import sync
from connector.http import BadAnswer
from mirror.store import progress
from mirror.store.engine import Database, FenceLost
from mirror.store.progress import set_fact
from tests.connector.conftest import Follow
from tests.fakes.looking import everything, history, point, refused, versions
from tests.fakes.master import Master, at, down, record, source

pytestmark = pytest.mark.engines


def crowd(number: int) -> Master:
    return Master(*(record(one) for one in range(1, number + 1)), size=10)


def break_at(master: Master, number: int) -> None:
    master.before_page = lambda page: down() if page == number else None


def test_a_master_that_goes_away_in_the_middle_costs_no_whole_page(
    mirror_db: Database, follow: Follow
):
    master = crowd(30)
    break_at(master, 3)

    report = follow(source(master))

    assert (report.ok, report.figures.received, report.figures.added) == (False, 20, 20)
    assert versions(mirror_db) == {str(number): 1 for number in range(1, 21)}
    now = point(mirror_db)
    assert (now.cursor, now.listed_at, now.succeeded_at) == (at(20), None, None)
    assert now.attempted_at is not None
    assert "cannot be reached" in (now.problem or "")
    (run,) = history(mirror_db)
    assert (run.outcome, run.sentence) == ("failed", report.sentence)
    assert "Up to there: Listed everything: 20 received, 20 new." in run.sentence


def test_the_next_run_goes_on_from_there(mirror_db: Database, follow: Follow):
    master = crowd(30)
    break_at(master, 3)
    follow(source(master))
    break_at(master, 0)

    report = follow(source(master))

    assert (report.mode, report.ok) == ("initial", True)
    assert master.asked[-1]["updated_since"] < at(20)
    assert len(versions(mirror_db)) == 30
    now = point(mirror_db)
    assert (now.cursor, now.problem) == (at(30), None)
    assert now.listed_at == now.succeeded_at is not None


def test_a_run_of_changes_that_fails_keeps_when_the_copy_was_last_complete(
    mirror_db: Database, follow: Follow
):
    master = crowd(5)
    follow(source(master))
    before = point(mirror_db)
    break_at(master, 1)

    assert not follow(source(master)).ok

    now = point(mirror_db)
    assert (now.listed_at, now.succeeded_at) == (before.listed_at, before.succeeded_at)
    assert now.attempted_at != before.attempted_at
    assert now.problem == "http://master.example cannot be reached."


def test_nothing_of_a_page_that_is_no_page_is_used(mirror_db: Database, follow: Follow):
    def lie(page: int) -> None:
        if page == 2:
            raise BadAnswer("loja: not a page of customers.")

    master = crowd(30)
    master.before_page = lie
    assert not follow(source(master)).ok
    assert len(versions(mirror_db)) == 10


def test_a_killed_run_loses_at_most_the_batch_under_way(
    mirror_db: Database, follow: Follow, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sync, "_BATCH_RECORDS", 10)
    master = crowd(30)

    def kill(page: int) -> None:
        if page == 3:
            raise KeyboardInterrupt

    master.before_page = kill
    with pytest.raises(KeyboardInterrupt):
        follow(source(master))
    assert (len(versions(mirror_db)), point(mirror_db).cursor) == (20, at(20))
    master.before_page = lambda page: None

    follow(source(master))

    assert len(versions(mirror_db)) == 30
    newest, killed = history(mirror_db)
    assert (newest.outcome, killed.outcome) == ("ok", "interrupted")
    assert killed.figures.added == 20


def test_a_fault_while_writing_leaves_neither_rows_nor_cursor(
    mirror_db: Database, follow: Follow, monkeypatch: pytest.MonkeyPatch
):
    master = crowd(10)
    follow(source(master))
    master.put(record(1, 2, updated_at=at(500)), record(11))
    before = versions(mirror_db), point(mirror_db).cursor
    monkeypatch.setattr(progress, "save_run", lambda *_, **__: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        follow(source(master))

    assert (versions(mirror_db), point(mirror_db).cursor) == before


def test_one_believed_dead_writes_nothing_more_when_another_took_over(
    mirror_db: Database, follow: Follow, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sync, "_BATCH_RECORDS", 10)
    master = crowd(30)

    def usurp(page: int) -> None:
        if page == 2:
            with mirror_db.writing() as connection:
                set_fact(connection, "fence", "77")

    master.before_page = usurp
    with pytest.raises(FenceLost):
        follow(source(master))
    assert len(versions(mirror_db)) == 10


def test_a_map_that_refuses_too_many_stops_and_puts_nobody_in_quarantine(
    mirror_db: Database, follow: Follow
):
    """What was understood before stays; what was refused is read again once the map is mended."""
    master = crowd(120)
    master.put(*(record(number, name=True) for number in range(61, 121)))

    report = follow(source(master))

    assert not report.ok
    told = "60 of 120 customers read cannot be understood (name: not_text (60)), as 100, 101, 102,"
    assert told in report.sentence
    assert "Maria" not in report.sentence
    assert set(versions(mirror_db)) == {str(number) for number in range(1, 61)}
    assert refused(mirror_db) == {}
    assert point(mirror_db).cursor is None

    master.put(*(record(number) for number in range(61, 121)))
    assert follow(source(master)).ok
    assert len(versions(mirror_db)) == 120


def test_half_of_a_few_are_too_many_for_a_first_listing(mirror_db: Database, follow: Follow):
    master = crowd(11)
    master.put(*(record(number, name=True) for number in range(1, 7)))

    for _ in range(3):
        assert "customers read cannot be understood" in follow(source(master)).sentence
        assert (refused(mirror_db), point(mirror_db).listed_at) == ({}, None)


def test_a_dirty_register_is_listed_to_its_end(mirror_db: Database, follow: Follow):
    """However dirty its first pages are."""
    master = crowd(200)
    master.put(*(record(number, name=True) for number in range(1, 19)))

    report = follow(source(master))

    assert (report.ok, report.figures.added, report.figures.quarantined) == (True, 182, 18)


def test_what_waits_in_quarantine_already_stops_nobody_else(mirror_db: Database, follow: Follow):
    master = crowd(600)
    follow(source(master))
    for part in range(3):
        first = 1 + 20 * part
        some = range(first, first + 20)
        master.put(*(record(n, 2, name=True, updated_at=at(700 + n)) for n in some))
        assert follow(source(master)).ok
    master.put(record(500, 2, updated_at=at(900), name="Nova"))

    report = follow(source(master))

    assert (report.ok, report.figures.changed, report.figures.quarantined) == (True, 1, 0)
    assert len(refused(mirror_db)) == 60


def test_a_sweep_of_many_that_a_mended_map_still_refuses_goes_to_its_end(
    mirror_db: Database, follow: Follow, sweep: Follow
):
    master = crowd(600)
    follow(source(master))
    for part in range(3):
        first = 1 + 25 * part
        some = range(first, first + 25)
        master.put(*(record(n, 2, name=True, updated_at=at(700 + n)) for n in some))
        follow(source(master))

    report = sweep(source(master, map={"seller": "vendor"}))

    assert (report.ok, len(refused(mirror_db))) == (True, 75)


def test_a_few_of_a_page_go_to_quarantine_and_the_rest_goes_on(mirror_db: Database, follow: Follow):
    master = crowd(30)
    master.put(*(record(number, name=True) for number in range(11, 16)))

    report = follow(source(master))

    assert (report.ok, report.figures.added, report.figures.quarantined) == (True, 25, 5)
    assert refused(mirror_db) == {str(number): "name: not_text" for number in range(11, 16)}
    assert point(mirror_db).cursor == at(30)


@pytest.mark.parametrize(("broken", "ok"), [(100, True), (101, False)])
def test_of_many_one_in_ten_may_be_broken(
    mirror_db: Database, follow: Follow, broken: int, ok: bool
):
    master = Master(*(record(number) for number in range(1, 1_001)), size=1_000)
    master.put(*(record(number, name=True) for number in range(1, broken + 1)))
    assert follow(source(master)).ok is ok
    assert len(versions(mirror_db)) == (900 if ok else 0)


def test_a_master_s_fault_never_leaves_the_history_open(mirror_db: Database, follow: Follow):
    master = crowd(30)
    for page in (1, 2, 3):
        break_at(master, page)
        follow(source(master))
    assert [run.outcome for run in history(mirror_db)] == ["failed"] * 3
    assert all(run.finished_at for run in history(mirror_db))


def test_no_table_in_clear_holds_a_value_after_all_this(mirror_db: Database, follow: Follow):
    master = crowd(10)
    master.put(record(3, name={"of": "Maria Segredo", "by": "y"}), record(4, cpf="٥٢٩٩٨٢٢٤٧٢٥"))
    follow(source(master))
    master.put(record(5, 2, name="Maria Segredo", notes="segredo"))
    follow(source(master))
    break_at(master, 1)
    follow(source(master))

    told = repr(everything(mirror_db))

    for secret in ("Maria", "egredo", "cliente5@", "Cliente", "٥٢"):
        assert secret not in told
        assert secret.encode("unicode_escape").decode() not in told
