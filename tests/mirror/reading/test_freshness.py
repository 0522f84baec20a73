"""How old the copy is: the worst source, its age by any clock, and why."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from mirror.reading.freshness import Freshness, freshness
from mirror.store.engine import Database
from mirror.store.progress import Checkpoint, save_checkpoint

pytestmark = pytest.mark.engines

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def ago(seconds: float) -> int:
    return int((NOW - timedelta(seconds=seconds)).timestamp() * 1_000_000)


def point(source: str, age_s: float | None, *, listed: bool = True, **more: object) -> Checkpoint:
    at = None if age_s is None else ago(age_s)
    return Checkpoint(
        source=source,
        listed_at=at if listed else None,
        succeeded_at=at,
        attempted_at=ago(0),
        **more,  # type: ignore[arg-type]
    )


def judged(db: Database, *points: Checkpoint, now: datetime = NOW) -> Freshness:
    with db.writing() as connection:
        for one in points:
            save_checkpoint(connection, one)
    return freshness(db, now)


@pytest.mark.parametrize(
    ("age_s", "state"),
    [
        (0, "fresh"),
        (59, "fresh"),
        (180, "fresh"),
        (181, "late"),
        (1800, "late"),
        (1801, "stopped"),
        (86_400 * 400, "stopped"),
    ],
)
def test_missed_intervals_make_it_late_then_stopped(mirror_db: Database, age_s: int, state: str):
    found = judged(mirror_db, point("loja", age_s))
    assert (found.state, found.age_s, found.source) == (state, age_s, "loja")
    assert found.as_of == NOW - timedelta(seconds=age_s)


def test_lateness_is_counted_in_the_source_s_own_intervals(mirror_db: Database):
    assert judged(mirror_db, point("loja", 600, interval_s=300)).state == "fresh"
    assert judged(mirror_db, point("loja", 600, interval_s=10)).state == "stopped"


def test_a_mirror_never_filled_is_empty_whatever_it_tried(mirror_db: Database):
    assert judged(mirror_db) == Freshness("empty", None, None, None, None)
    found = judged(mirror_db, point("loja", None, problem="The master is down."))
    assert found == Freshness("empty", None, None, "loja", "The master is down.")


def test_an_interrupted_first_listing_is_still_empty(mirror_db: Database):
    assert judged(mirror_db, point("loja", 5, listed=False)).state == "empty"


def test_the_worst_source_is_the_one_that_is_told(mirror_db: Database):
    found = judged(mirror_db, point("a", 10), point("b", 3_000), point("c", 200))
    assert (found.state, found.source) == ("stopped", "b")
    assert judged(mirror_db, point("b", 20)).source == "c"
    assert judged(mirror_db, point("c", 5)).source == "b"  # the oldest of several fresh ones
    assert judged(mirror_db, point("d", None)).state == "empty"


def test_a_failure_is_told_even_while_the_copy_is_fresh(mirror_db: Database):
    found = judged(mirror_db, point("loja", 20, problem="It answered 503."))
    assert (found.state, found.cause) == ("fresh", "It answered 503.")


def test_what_is_gone_is_settled_where_the_longest_ago_listing_ended(mirror_db: Database):
    assert judged(mirror_db, point("a", 10)).settled_at == NOW - timedelta(seconds=10)
    swept = Checkpoint(source="b", listed_at=ago(80_000), succeeded_at=ago(5))
    assert judged(mirror_db, swept).settled_at == NOW - timedelta(seconds=80_000)
    assert judged(mirror_db, point("c", 5, listed=False)).settled_at is None


def test_a_clock_set_back_makes_no_age_below_zero(mirror_db: Database):
    found = judged(mirror_db, point("loja", 0), now=NOW - timedelta(seconds=180))
    assert (found.state, found.age_s) == ("fresh", 0)


@pytest.mark.parametrize(
    ("ahead", "state"),
    [(181, "late"), (3_600, "stopped"), (86_400 * 365 * 9, "stopped")],
)
def test_a_copy_made_in_the_future_is_of_no_known_age(mirror_db: Database, ahead: int, state: str):
    found = judged(mirror_db, point("loja", -ahead))
    assert (found.state, found.age_s, found.as_of) == (state, None, None)
    assert "this machine's clock" in (found.cause or "")


def test_what_is_gone_was_not_settled_in_the_future(mirror_db: Database):
    ahead = Checkpoint(source="loja", listed_at=ago(-86_400), succeeded_at=ago(5))
    assert judged(mirror_db, ahead).settled_at is None


def test_a_clock_set_forward_says_so_rather_than_nothing(mirror_db: Database):
    assert judged(mirror_db, point("loja", 0), now=NOW + timedelta(days=1)).state == "stopped"


def test_time_zones_of_the_asker_make_no_difference(mirror_db: Database):
    there = NOW.astimezone(ZoneInfo("America/Sao_Paulo"))
    assert judged(mirror_db, point("loja", 100), now=there).age_s == 100
