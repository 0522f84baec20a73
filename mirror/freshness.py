"""Says how old the copy is, and why: every page and every answer carries it."""

from datetime import datetime

import msgspec

from mirror.activity.records import CUSTOMERS
from mirror.database import Database
from mirror.instants import instant_of
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
    """What was new or changed in the master by then is here; who left is told by ``settled_at``."""
    source: str | None
    cause: str | None
    """The last failure in a sentence, None while runs succeed."""
    settled_at: datetime | None = None
    """Everything was last listed, and what was gone from the master looked for, then: of all
    sources and streams the longest ago; None where one was never listed to its end."""


def freshness(db: Database, now: datetime) -> Freshness:
    """The worst of all sources at ``now`` (aware)."""
    with db.reading() as connection:
        points = checkpoints(connection)
    # A further stream that was never listed yet says nothing of how old the customers are.
    points = [one for one in points if one.stream == CUSTOMERS or one.listed_at is not None]
    if not points:
        return Freshness("empty", None, None, None, None)
    worst = max((_of(point, now) for point in points), key=_badness)
    listed = [one.listed_at for one in points if one.listed_at is not None]
    settled = instant_of(min(listed)) if len(listed) == len(points) else None
    return msgspec.structs.replace(worst, settled_at=settled)


def _badness(one: Freshness) -> tuple[int, int]:
    return _STATES.index(one.state), one.age_s or 0


def _of(point: Checkpoint, now: datetime) -> Freshness:
    if point.listed_at is None or point.succeeded_at is None:
        return Freshness("empty", None, None, feed(point.source, point.stream), point.problem)
    as_of = instant_of(point.succeeded_at)
    age = max(0, int((now - as_of).total_seconds()))
    missed = age / point.interval_s
    state = _STATES[(missed > _LATE_AFTER) + (missed > _STOPPED_AFTER)]
    return Freshness(state, age, as_of, feed(point.source, point.stream), point.problem)
