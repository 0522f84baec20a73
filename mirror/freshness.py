"""Says how old the copy is, and why: every page and every answer carries it."""

from datetime import UTC, datetime

import msgspec

from mirror.activity.records import CUSTOMERS
from mirror.database import Database
from mirror.progress import Checkpoint, checkpoints, feed

_LATE_AFTER = 3  # missed intervals
_STOPPED_AFTER = 30
_STATES = ("fresh", "late", "stopped", "empty")


class Freshness(msgspec.Struct, frozen=True):
    """How far behind the master the copy may be."""

    state: str
    """``fresh``, ``late`` (some intervals missed), ``stopped`` (many), ``empty`` (never filled)."""
    age_s: int | None
    """Seconds since the start of the last run that reached its end."""
    as_of: datetime | None
    """The copy has everything the master had at this instant."""
    source: str | None
    cause: str | None
    """The last failure in a sentence, None while runs succeed."""


def freshness(db: Database, now: datetime) -> Freshness:
    """The worst of all sources at ``now`` (aware)."""
    with db.reading() as connection:
        points = checkpoints(connection)
    # A further stream that was never listed yet says nothing of how old the customers are.
    points = [one for one in points if one.stream == CUSTOMERS or one.listed_at is not None]
    if not points:
        return Freshness("empty", None, None, None, None)
    return max((_of(point, now) for point in points), key=_badness)


def _badness(one: Freshness) -> tuple[int, int]:
    return _STATES.index(one.state), one.age_s or 0


def _of(point: Checkpoint, now: datetime) -> Freshness:
    if point.listed_at is None or point.succeeded_at is None:
        return Freshness("empty", None, None, feed(point.source, point.stream), point.problem)
    as_of = datetime.fromtimestamp(point.succeeded_at / 1_000_000, UTC)
    age = max(0, int((now - as_of).total_seconds()))
    missed = age / point.interval_s
    state = _STATES[(missed > _LATE_AFTER) + (missed > _STOPPED_AFTER)]
    return Freshness(state, age, as_of, feed(point.source, point.stream), point.problem)
