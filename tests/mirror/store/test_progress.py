"""Checkpoints, the history of runs and the mirror's own facts."""

import pytest

from mirror.store import progress
from mirror.store.engine import Database
from mirror.store.progress import (
    Checkpoint,
    Figures,
    checkpoints,
    epoch,
    fact,
    load_checkpoint,
    runs,
    save_checkpoint,
    save_run,
    set_fact,
    start_run,
)

pytestmark = pytest.mark.engines


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    now = [100]
    monkeypatch.setattr(progress, "now_us", lambda: now[0])
    return now


def test_a_source_never_read_has_an_empty_checkpoint(mirror_db: Database):
    with mirror_db.reading() as connection:
        assert load_checkpoint(connection, "loja") == Checkpoint(source="loja")


def test_a_checkpoint_comes_back_as_it_was_saved(mirror_db: Database):
    point = Checkpoint(
        source="loja",
        cursor="2026-11-22T10:00:00.123456789-03:00",
        listed_at=1,
        succeeded_at=2,
        attempted_at=3,
        problem="It answered 503.",
        interval_s=45,
    )
    with mirror_db.writing() as connection:
        save_checkpoint(connection, Checkpoint(source="loja", cursor="old"))
        save_checkpoint(connection, point)
        save_checkpoint(connection, Checkpoint(source="loja", stream="orders", cursor="other"))
        save_checkpoint(connection, Checkpoint(source="antes"))

    with mirror_db.reading() as connection:
        assert load_checkpoint(connection, "loja") == point
        assert load_checkpoint(connection, "loja", "orders").cursor == "other"
        assert [(one.source, one.stream) for one in checkpoints(connection)] == [
            ("antes", "customers"),
            ("loja", "customers"),
            ("loja", "orders"),
        ]


def test_a_checkpoint_goes_back_with_its_transaction(mirror_db: Database):
    with mirror_db.writing() as connection:
        save_checkpoint(connection, Checkpoint(source="loja", cursor="one"))

    def half_way() -> None:
        with mirror_db.writing() as connection:
            save_checkpoint(connection, Checkpoint(source="loja", cursor="two"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        half_way()
    with mirror_db.reading() as connection:
        assert load_checkpoint(connection, "loja").cursor == "one"


def test_a_run_is_told_with_its_figures(mirror_db: Database, clock: list[int]):
    figures = Figures(requests=2, received=10, added=3, changed=1, unchanged=6)
    with mirror_db.writing() as connection:
        run_id = start_run(connection, "loja", "initial")
        clock[0] = 200
        save_run(connection, run_id, figures, sentence="Done.", outcome="ok", finished_at=clock[0])

    with mirror_db.reading() as connection:
        (run,) = runs(connection)
    assert (run.id, run.source, run.mode) == (run_id, "loja", "initial")
    assert (run.started_at, run.finished_at) == (100, 200)
    assert (run.outcome, run.sentence, run.figures) == ("ok", "Done.", figures)


def test_a_run_that_was_killed_is_told_as_interrupted_by_the_next(
    mirror_db: Database, clock: list[int]
):
    with mirror_db.writing() as connection:
        killed = start_run(connection, "loja", "initial")
        save_run(connection, killed, Figures(received=500))
        start_run(connection, "outra", "changes")
    clock[0] = 300
    with mirror_db.writing() as connection:
        start_run(connection, "loja", "initial")

    with mirror_db.reading() as connection:
        newest, other, first = runs(connection)
    assert (first.id, first.outcome, first.finished_at) == (killed, "interrupted", 300)
    assert first.figures.received == 500
    assert "went on from its last batch" in first.sentence
    assert (newest.outcome, other.outcome) == ("running", "running")


def test_the_history_is_newest_first_of_one_source_up_to_a_limit(mirror_db: Database):
    with mirror_db.writing() as connection:
        ids = [
            start_run(connection, ("loja", "outra")[number % 2], "changes") for number in range(6)
        ]
        assert [run.id for run in runs(connection, "loja", limit=2)] == [ids[4], ids[2]]
        assert [run.id for run in runs(connection, limit=3)] == ids[:2:-1]


def test_figures_add_up():
    total = Figures(received=1, added=1)
    total.add(Figures(received=2, stale=4, held=1))
    assert total == Figures(received=3, added=1, stale=4, held=1)


def test_a_fact_is_kept_until_it_is_written_over(mirror_db: Database):
    with mirror_db.writing() as connection:
        assert fact(connection, "fence", "0") == "0"
        set_fact(connection, "fence", "1")
        set_fact(connection, "fence", "2")
        assert fact(connection, "fence", "0") == "2"


def test_a_mirror_has_one_identity_and_another_mirror_another(mirror_db: Database):
    with mirror_db.writing() as connection:
        mine = epoch(connection)
        assert epoch(connection) == mine
        connection.exec_driver_sql("DELETE FROM meta")
        assert epoch(connection) != mine


def test_the_history_keeps_thirty_days_of_each_source(mirror_db: Database, clock: list[int]):
    day = 24 * 3600 * 1_000_000
    for number in range(40):
        clock[0] = number * day
        with mirror_db.writing() as connection:
            start_run(connection, "loja", "changes")
            if number < 2:
                start_run(connection, "outra", "changes")

    with mirror_db.reading() as connection:
        kept = [one.started_at // day for one in runs(connection, "loja", limit=100)]
        assert kept == list(range(39, 8, -1))
        assert len(runs(connection, "outra")) == 2
