"""Says how old the copy is and why, and what of the master could not be read or understood."""

import re
from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, bindparam, desc, func, select

from mirror.instants import instant_of
from mirror.records import CUSTOMERS, STREAMS
from mirror.store.engine import Database, Link, Prepared
from mirror.store.progress import (
    Checkpoint,
    Run,
    Word,
    asked_lately,
    checkpoints,
    feed,
    left_alone_until,
    lesson,
    runs,
    words,
)
from mirror.store.sealing import shape_seal
from mirror.store.tables import checkpoint, hold, quarantine

_LATE_AFTER = 3  # missed intervals
_STOPPED_AFTER = 30
_STATES = ("fresh", "late", "stopped", "empty")
_CLOCK_DRIFT = timedelta(minutes=5)
_FEW, _LOAD = 10, timedelta(days=1)
_AHEAD = (
    "The last run is dated in the future: this machine's clock was ahead, or is behind now. Set it "
    "right; the next run that ends well is dated rightly."
)


_held = Prepared(select(hold.c.source))


class Freshness(msgspec.Struct, frozen=True):
    """How far behind the master the copy may be."""

    state: str
    """``fresh``, ``late`` (some intervals missed, something waits for a person, or somebody may be
    missing), ``stopped`` (many missed), ``empty`` (never filled)."""
    age_s: int | None
    """Seconds since the start of the last run that reached its end; None where nobody knows."""
    as_of: datetime | None
    """What was new or changed in the master by then is here; who left is told by ``settled_at``.
    None where it cannot be true: a copy that says it was made in the future."""
    source: str | None
    cause: str | None
    """The last failure, what waits for a person, or why somebody may be missing, in a sentence;
    None while all is well."""
    settled_at: datetime | None = None
    """Everything was last listed, and what was gone from the master looked for, then: of all
    sources and streams the longest ago; None where one was never listed to its end."""
    held: bool = False
    """Something of the master's is on hold: no copy is ``fresh`` before a person decided."""
    filling: bool = False
    """An ``empty`` copy is being filled: a run of today has not ended yet."""


def freshness(db: Database, now: datetime) -> Freshness:
    """The worst of all sources at ``now`` (aware)."""
    with db.prepared() as link:
        points = checkpoints(link)
        held = {row[0] for row in _held.rows(link)}
    # A further stream that was never listed yet says nothing of how old the customers are.
    points = [one for one in points if one.stream == CUSTOMERS or one.listed_at is not None]
    if not points:
        return Freshness("empty", None, None, None, None, filling=_is_filling(db, now))
    worst = max((_of(point, now, held) for point in points), key=_badness)
    if worst.state == "empty":
        worst = msgspec.structs.replace(worst, filling=_is_filling(db, now))
    listed = [instant_of(one.listed_at) for one in points if one.listed_at is not None]
    known = len(listed) == len(points) and max(listed) <= now + _CLOCK_DRIFT
    settled = min(listed) if known else None
    return msgspec.structs.replace(worst, settled_at=settled, held=bool(held))


def _is_filling(db: Database, now: datetime) -> bool:
    """Whether a run is under way: one that was killed is closed by the next, or old."""
    with db.reading() as connection:
        found = runs(connection, limit=_FEW)
    return any(
        one.outcome == "running" and now - instant_of(one.started_at) < _LOAD for one in found
    )


def _badness(one: Freshness) -> tuple[int, int]:
    return _STATES.index(one.state), one.age_s or 0


def _of(point: Checkpoint, now: datetime, held: set[str]) -> Freshness:
    name = feed(point.source, point.stream)
    if point.listed_at is None or point.succeeded_at is None:
        return Freshness("empty", None, None, name, point.problem)
    as_of = instant_of(point.succeeded_at)
    age = int((now - as_of).total_seconds())
    # A run that ended in the future was timed by a wrong clock: how old it is, nobody knows.
    missed = abs(age) / point.interval_s
    unknown = -age > _LATE_AFTER * point.interval_s
    waits = name in held
    late = missed > _LATE_AFTER or waits or point.doubt is not None
    state = _STATES[late + (missed > _STOPPED_AFTER)]
    if unknown:
        return Freshness(state, None, None, name, point.problem or _AHEAD, held=waits)
    return Freshness(state, max(0, age), as_of, name, point.problem, held=waits)


# Why one source is as it is, and what whoever runs the installation does about it.
#
# What a run met stands in its sentence, which says what happened and what to look at; here it is
# sorted into the few causes that somebody acts upon differently.

_SAID = (
    ("credentials", r"refused the credentials"),
    ("budget", r"limits\.per_day\) are used up"),
    ("left_alone", r"asked for a pause|asked for a longer pause"),
    ("map", r"[Tt]he map is wrong|cannot be read"),
    ("tls", r"TLS"),
    ("proxy", r"[Pp]roxy"),
    ("dns", r"\(DNS\)"),
    ("unreachable", r"cannot be reached|did not answer|broke off|to every attempt"),
    ("answer", r"JSON|page|redirects|not read"),
)
_WHAT_TO_DO = {
    "empty": ("espelho check {}", "espelho sync --source {}"),
    "loading": ("espelho runs --source {}",),
    "schedule": (
        "systemctl status espelho-connector",
        "journalctl -u espelho-connector -n 50",
        "systemctl restart espelho-connector",
    ),
    "clock": ("timedatectl", "espelho sync --source {}"),
    "hold": ("espelho hold list", "espelho hold release {}", "espelho sync --full --source {}"),
    "incomplete": ("espelho runs --source {}", "espelho sync --full --source {}"),
    "stopped": ("systemctl start espelho-connector",),
    "budget": ("espelho runs --source {}",),
    "left_alone": ("espelho runs --source {}", "espelho sync --insist --source {}"),
    "map": ("espelho quarantine list", "espelho check {}"),
    "ok": (),
}
_ASK = ("espelho check {}", "espelho runs --source {}")
_RUNS = 40


class Source(msgspec.Struct, frozen=True):
    """One stream of one source, for whoever runs the installation."""

    source: str
    stream: str
    now: Freshness
    why: str
    """``ok``, or why it is not as it should be, in one of the words of `_SAID` and `_WHAT_TO_DO`,
    or ``failed``."""
    interval_s: int
    attempted_at: datetime | None
    """When the last run began that came as far as to ask."""
    alone_until: datetime | None
    asked: int
    """Requests of the last 24 hours."""
    runs: list[Run]
    """The last ones, newest first."""

    @property
    def to_do(self) -> list[str]:
        """Commands to look and to mend with, in their order."""
        return [one.format(self.source) for one in _WHAT_TO_DO.get(self.why, _ASK)]


def sources(db: Database, now: datetime) -> list[Source]:
    """Every stream that was ever followed, at ``now`` (aware), customers before what they do."""
    with db.reading() as connection:
        held = {row[0] for row in _held.rows(connection)}
        return [_source(connection, one, now, held) for one in checkpoints(connection)]


def _source(connection: Connection, point: Checkpoint, now: datetime, held: set[str]) -> Source:
    name, alone = feed(point.source, point.stream), left_alone_until(connection, point.source)
    last, found = runs(connection, name, _RUNS), _of(point, now, held)
    return Source(
        point.source,
        point.stream,
        found,
        _why(point, found, last, now),
        point.interval_s,
        None if point.attempted_at is None else instant_of(point.attempted_at),
        None if alone is None else instant_of(alone),
        sum(asked for _, asked in asked_lately(connection, point.source)),
        last,
    )


def _why(point: Checkpoint, found: Freshness, last: list[Run], now: datetime) -> str:
    tried = None if point.attempted_at is None else instant_of(point.attempted_at)
    silent = tried is None or (now - tried).total_seconds() > _LATE_AFTER * point.interval_s
    if last and last[0].outcome == "running":
        return "loading" if point.listed_at is None else "ok" if found.state == "fresh" else "slow"
    if silent and found.state != "fresh" and not _is_ahead(found):
        return "schedule" if tried else "empty"
    if point.problem and last and last[0].outcome == "failed":
        return _cause(point.problem)
    if found.held:
        return "hold"
    if point.doubt:
        return "incomplete"
    if _is_ahead(found):
        return "clock"
    if point.problem and last and last[0].outcome == "interrupted":
        return "stopped"
    return "ok" if found.state == "fresh" else "slow"


def _is_ahead(found: Freshness) -> bool:
    return found.age_s is None and found.state != "empty"


def _cause(problem: str) -> str:
    """What a failed run met, before what waits besides: nothing gets better while it lasts."""
    return next((name for name, words in _SAID if re.search(words, problem)), "failed")


# What pages say of quarantine: that something could not be read, whose it is and since when.
#
# Never a value. Every question is a lookup by an index, or counts up to a bound, however much
# there is in quarantine.

MOST_UNREAD = 1_000
"""Of a feed so many are counted at most, and one more where there are more."""

_SOURCES = select(checkpoint.c.source).distinct()
_quarantined = quarantine.c


_own = Prepared(
    select(_quarantined.field, _quarantined.rule, _quarantined.first_seen_at).where(
        _quarantined.source == bindparam("source"), _quarantined.subject == bindparam("whose")
    ),
    *("source", "whose"),
)


def unread_problem(
    within: Connection | Link, source: str, external_id: str
) -> tuple[str, str] | None:
    """Field and rule of a newer row of this customer that could not be read."""
    found = _own.rows(within, source, external_id)
    return found[0][:2] if found else None


def unread_since(db: Database, source: str, external_id: str) -> int | None:
    """Since when (microseconds since 1970) a customer's own record cannot be read, if so."""
    with db.prepared() as link:
        found = _own.rows(link, source, external_id)
    return found[0][2] if found else None


def unread_with_code(db: Database, codes: Iterable[str]) -> int | None:
    """Since when a customer's record with one of these ids cannot be read, in any source."""
    query = select(func.min(_quarantined.first_seen_at)).where(
        _quarantined.source.in_(_SOURCES),
        _quarantined.subject.in_(set(codes)),
        _quarantined.external_id.is_not(None),
    )
    with db.reading() as connection:
        return connection.execute(query).scalar()


def unread_of_customer(db: Database, source: str, external_id: str) -> dict[str, int]:
    """Stream → how many of a customer's records in it cannot be read; streams with none left out.

    Whose a record is, is known as far as it could be read.
    """
    feeds = {feed(source, stream): stream for stream in STREAMS}
    theirs = _quarantined.source.in_(feeds), _quarantined.customer == external_id
    query = select(_quarantined.source, func.count()).where(*theirs).group_by(_quarantined.source)
    with db.reading() as connection:
        found = {feeds[row[0]]: row[1] for row in connection.execute(query)}
    return {stream: found[stream] for stream in STREAMS if stream in found}


def any_unread_customer(db: Database) -> bool:
    """Whether any customer's record cannot be read."""
    query = select(_quarantined.id).where(_quarantined.source.in_(_SOURCES)).limit(1)
    with db.reading() as connection:
        return connection.execute(query).first() is not None


def on_hold(db: Database) -> list[tuple[str, str, str, int]]:
    """Source, stream, kind and number of records of everything that waits for a person."""
    query = select(hold.c.source, hold.c.kind, hold.c.missing).order_by(hold.c.source, hold.c.kind)
    with db.reading() as connection:
        rows = connection.execute(query).all()
    feeds = ((*name.partition("/")[::2], kind, some) for name, kind, some in rows)
    return [(source, stream or CUSTOMERS, kind, some) for source, stream, kind, some in feeds]


def unread_numbers(db: Database) -> list[tuple[str, str, int]]:
    """Source, stream and how many of its records cannot be read, counted up to `MOST` and one."""
    with db.reading() as connection:
        found = [
            (source, stream, _unread_number(connection, feed(source, stream)))
            for source in sorted(connection.scalars(_SOURCES))
            for stream in (CUSTOMERS, *STREAMS)
        ]
    return [one for one in found if one[2]]


def _unread_number(connection: Connection, name: str) -> int:
    some = (
        select(_quarantined.subject)
        .where(_quarantined.source == name)
        .limit(MOST_UNREAD + 1)
        .subquery()
    )
    return int(connection.execute(select(func.count()).select_from(some)).scalar_one())


_EXAMPLES, _LATEST = 3, 200


class Unread(msgspec.Struct, frozen=True):
    """Why records of one stream cannot be read: a field and the rule that it breaks."""

    field: str
    rule: str
    records: int
    """Of the latest two hundred."""
    shape: str
    """What the value of the latest looks like (`mirror.masking.mask_shape`); empty if unknown."""


def unread_examples(db: Database, source: str, stream: str) -> list[Unread]:
    """Why the latest of a stream's records cannot be read, the most frequent reasons first."""
    name = feed(source, stream)
    query = select(quarantine).where(_quarantined.source == name)
    with db.reading() as connection:
        latest = query.order_by(desc(_quarantined.last_seen_at)).limit(_LATEST)
        rows = connection.execute(latest).all()
    why = Counter((row.field, row.rule) for row in rows)
    found = {(row.field, row.rule): row for row in reversed(rows)}
    return [
        Unread(*which, records, _shape(db, found[which]))
        for which, records in why.most_common(_EXAMPLES)
    ]


def _shape(db: Database, row: Row[Any]) -> str:
    seal = shape_seal(row.source, row.subject)
    return db.keys.open(row.shape, seal).decode() if row.shape else ""


def unheard(db: Database) -> list[tuple[list[Word], list[str]]]:
    """Words that no map knows, those of one place together with what to add to the settings."""
    with db.reading() as connection:
        followed = set(connection.scalars(_SOURCES))
        found = [one for one in words(connection) if one.source in followed]
    places = groupby(found, key=lambda one: (one.source, one.stream, one.place))
    return [(here, lesson(here)) for here in (list(ones) for _, ones in places)]
