"""How far the copy has come: checkpoints, runs, words not known, facts of the mirror itself.

A checkpoint moves in the transaction that writes the rows it stands for, never before or after.
"""

import json
import secrets
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, delete, desc, func, select, tuple_, update

from mirror.records import (
    CUSTOMERS,
    DEAL_STATES,
    KINDS,
    ORDER_KINDS,
    ORDER_STATES,
    PAYMENT_STATES,
    REGISTRATIONS,
    STREAMS,
)
from mirror.store.engine import Link, Prepared, engine_of, upsert
from mirror.store.tables import checkpoint, hold, meta, run, unknown_word
from mirror.text import fold, vocabulary

_KEPT_US = 30 * 24 * 3600 * 1_000_000
_put_fact = upsert(meta)


def now_us() -> int:
    """This machine's wall clock, microseconds since 1970."""
    return time.time_ns() // 1000


def feed(source: str, stream: str) -> str:
    """What the history, quarantine and holds call a stream: customers go by the source alone."""
    return source if stream == CUSTOMERS else f"{source}/{stream}"


class Checkpoint(msgspec.Struct, kw_only=True):
    """Where one stream of one source stands."""

    source: str
    stream: str = "customers"
    cursor: str | None = None
    """The highest master timestamp committed, in the master's own writing."""
    listed_at: int | None = None
    succeeded_at: int | None = None
    """Start of the last run that reached its end: the copy is complete as of then."""
    attempted_at: int | None = None
    problem: str | None = None
    interval_s: int = 60
    doubt: str | None = None
    """Why the last listing of everything may lack somebody; None where its end was shown."""
    again_from: str | None = None
    """The cursor that a listing began from which broke off and whose rows move meanwhile: it is to
    be looked at again as a whole. Empty where it began at the beginning."""
    trail: str | None = None
    """How far a listing of everything came that goes on with the next run."""


_put_checkpoint = upsert(checkpoint, Checkpoint.__struct_fields__)
_every = Prepared(select(checkpoint).order_by(checkpoint.c.source))


class Figures(msgspec.Struct):
    """What a run did, in records (``requests`` in requests)."""

    requests: int = 0
    received: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    stale: int = 0
    quarantined: int = 0
    gone: int = 0
    held: int = 0

    def add(self, other: "Figures") -> None:
        """Count another batch in."""
        for name in self.__struct_fields__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


class Run(msgspec.Struct, kw_only=True):
    """One line of the run history."""

    id: int
    source: str
    mode: str
    started_at: int
    finished_at: int | None
    outcome: str
    figures: Figures
    sentence: str


def load_checkpoint(connection: Connection, source: str, stream: str = "customers") -> Checkpoint:
    """The checkpoint as committed; an empty one where the source has never been read."""
    found = connection.execute(
        select(checkpoint).where(checkpoint.c.source == source, checkpoint.c.stream == stream)
    ).first()
    own = found._mapping if found else {"source": source, "stream": stream}
    return Checkpoint(**own)


def checkpoints(within: Connection | Link) -> list[Checkpoint]:
    """Every stream of every source."""
    names = checkpoint.c.keys()
    return [Checkpoint(**dict(zip(names, row, strict=True))) for row in _every.rows(within)]


def save_checkpoint(connection: Connection, point: Checkpoint) -> None:
    """Write ``point`` over what stood there."""
    _put_checkpoint.one(connection, *msgspec.structs.astuple(point))


def start_run(connection: Connection, source: str, mode: str) -> int:
    """Open a line of the history; one left open by a killed process is closed as interrupted.

    Of lines older than thirty days a few are dropped each time: there is one a minute and stream.
    """
    before = select(func.max(run.c.id)).where(run.c.source == source).scalar_subquery()
    connection.execute(
        update(run)
        .where(run.c.id == before, run.c.outcome == "running")
        .values(
            outcome="interrupted",
            finished_at=now_us(),
            sentence="Stopped before its end; the next run went on from its last batch.",
        )
    )
    oldest = select(run.c.id).where(run.c.source == source).order_by(run.c.id).limit(100)
    old = run.c.started_at < now_us() - _KEPT_US
    connection.execute(delete(run).where(run.c.id.in_(oldest), old))
    result = connection.execute(
        run.insert().values(source=source, mode=mode, started_at=now_us(), outcome="running")
    )
    key = result.inserted_primary_key
    assert key is not None  # noqa: S101 - an INSERT that did not raise has a key
    return int(key[0])


def save_run(connection: Connection, run_id: int, figures: Figures, **columns: Any) -> None:
    """Write a run's figures so far, and ``outcome``, ``sentence``, ``finished_at`` at its end."""
    values = msgspec.to_builtins(figures) | columns
    connection.execute(update(run).where(run.c.id == run_id).values(values))


def runs(connection: Connection, source: str | None = None, limit: int = 20) -> list[Run]:
    """The history, newest first."""
    query = select(run).order_by(desc(run.c.id)).limit(limit)
    if source:
        query = query.where(run.c.source == source)
    return [_run(dict(row._mapping)) for row in connection.execute(query)]


def _run(row: dict[str, Any]) -> Run:
    figures = Figures(**{name: row.pop(name) for name in Figures.__struct_fields__})
    return Run(figures=figures, **row)


# Words of a master that the map does not know: how many records were read with each.
#
# Counted while records are read, and only where a word is unknown. What was counted under another
# map is forgotten once a complete listing was read by this one.


class Word(msgspec.Struct, frozen=True):
    """A word of a master's that the map does not know."""

    source: str
    stream: str
    place: str
    """Of the field in the source file: ``map.registration``."""
    word: str
    """Empty for what is no word of a vocabulary: too long, or too many different ones."""
    means: str
    """What its beginning makes one think of, or empty."""
    records: int
    """That were read with it since it was first seen."""
    first_seen_at: int = 0
    seen_at: int = 0

    @property
    def quoted(self) -> str:
        """The word as settings write it."""
        return json.dumps(self.word, ensure_ascii=False)


def lesson(found: Sequence[Word]) -> list[str]:
    """What to add to the settings, so that the map knows these words of one place.

    A meaning that a word's beginning makes one think of stands there already; the others are dots.
    """
    pairs = [f'{one.quoted} = "{one.means or "…"}"' for one in found if one.word]
    if not pairs:
        return []
    one = found[0]
    field = one.place.removeprefix(f"{one.stream}.").rpartition("map.")[2]
    choice = ", ".join(_choices(one.stream, field))
    return [f"[sources.{one.source}.{one.place}]", f"words = {{ {', '.join(pairs)} }}  # {choice}"]


_MEANINGS = {
    (CUSTOMERS, "kind"): KINDS,
    (CUSTOMERS, "registration"): REGISTRATIONS,
    ("orders", "state"): ORDER_STATES,
    ("orders", "kind"): ORDER_KINDS,
    ("payments", "state"): PAYMENT_STATES,
    ("deals", "state"): DEAL_STATES,
}


def _choices(stream: str, field: str) -> list[str]:
    axis, known = field.partition(".")[2], _MEANINGS.get((stream, field), ())
    if axis:
        from mirror.standing.rules import AXES  # other words are told without any rules

        known = AXES[axis].values if axis in AXES else ()
    return [one for one in known if one != "unknown"]


_words = unknown_word.c
_put_word = upsert(unknown_word)


def shown(found: Iterable[Word]) -> list[Word]:
    """What may be told of words, by place, those of most records first (`mirror.text.vocabulary`).

    Those that read alike are one; under the empty word is what is no vocabulary.
    """
    places: defaultdict[tuple[str, str, str], list[Word]] = defaultdict(list)
    for one in found:
        places[one.source, one.stream, one.place].append(one)
    return [one for words in places.values() for one in _shown(words)]


def _shown(words: list[Word]) -> list[Word]:
    counts: Counter[str] = Counter()
    for one in words:
        counts[one.word] += one.records
    kept = vocabulary(counts)
    alike: defaultdict[str, list[Word]] = defaultdict(list)
    folded = {fold(word): word for word in kept}
    for one in words:
        alike[folded.get(fold(one.word), "")].append(one)
    told = [
        msgspec.structs.replace(
            alike[word][0],
            word=word,
            means=alike[word][0].means if word else "",
            records=records,
            first_seen_at=min(one.first_seen_at for one in alike[word]),
            seen_at=max(one.seen_at for one in alike[word]),
        )
        for word, records in kept.items()
    ]
    return sorted(told, key=lambda one: (not one.word, -one.records, one.word))


def count_words(connection: Connection, fingerprint: bytes, found: Iterable[Word]) -> None:
    """Add up words of records that were just read by the map with this fingerprint."""
    now = now_us()
    new = [msgspec.structs.replace(one, first_seen_at=now, seen_at=now) for one in found]
    streams = {(one.source, one.stream) for one in new}
    here = tuple_(_words.source, _words.stream).in_(streams), _words.fingerprint == fingerprint
    before = [_word(row) for row in connection.execute(select(unknown_word).where(*here))]
    connection.execute(delete(unknown_word).where(*here))
    rows = [
        (
            *(one.source, one.stream, one.place, one.word, fingerprint),
            *(one.means, one.records, one.first_seen_at, one.seen_at),
        )
        for one in shown([*before, *new])
    ]
    _put_word.many(connection, rows)


def forget_words(
    connection: Connection, source: str, stream: str, fingerprint: bytes | None
) -> None:
    """Everything of a stream was read by the map with this fingerprint: what others did not know.

    None: nothing came at all.
    """
    others = [_words.source == source, _words.stream == stream]
    if fingerprint is not None:
        others.append(_words.fingerprint != fingerprint)
    connection.execute(delete(unknown_word).where(*others))


def words(connection: Connection, source: str | None = None) -> list[Word]:
    """What no map knows, by place, those of most records first.

    Of a word that two maps in turn did not know, as the one says that saw most of it.
    """
    query = select(unknown_word).order_by(_words.records.desc(), _words.word)
    if source:
        query = query.where(_words.source == source)
    found: dict[tuple[str, ...], Word] = {}
    for one in map(_word, connection.execute(query)):
        found.setdefault((one.source, one.stream, one.place, one.word), one)
    return sorted(found.values(), key=lambda one: (one.source, one.stream, one.place))


def _word(row: Row[Any]) -> Word:
    return Word(**{name: row._mapping[name] for name in Word.__struct_fields__})


# Tells a run in one sentence, for the history, the log and the page of the administrator.

_PARTS = (
    ("added", "{:,} new"),
    ("changed", "{:,} changed"),
    ("gone", "{:,} gone from the master"),
    ("stale", "{:,} older than ours and left"),
    ("quarantined", "{:,} unreadable and put in quarantine"),
)
_DID = {
    "initial": "Listed everything",
    "changes": "Read what changed",
    "sweep": "Listed everything and compared",
}


def sentence(
    mode: str,
    figures: Figures,
    problem: str | None,
    unheard: Mapping[str, int] | None = None,
    also: Iterable[str] = (),
) -> str:
    """What the run did, in figures and without a value of any record.

    ``unheard``: by place in the map, how many records have a word that it does not know;
    ``also``: what is told besides, a sentence each.
    """
    told = [text.format(getattr(figures, name)) for name, text in _PARTS if getattr(figures, name)]
    did = f"{_DID[mode]}: {figures.received:,} received, {', '.join(told) or 'nothing new'}."
    if unheard:
        places = ", ".join(f"{place} {number:,}" for place, number in unheard.items())
        did += f" With a word that the map does not know: {places}; `espelho runs` names them."
    if problem and not figures.received:
        return " ".join((problem, *also))
    return " ".join((f"{problem} Up to there: {did}" if problem else did, *also))


def on_hold(connection: Connection, source: str) -> bool:
    """Whether anything of a source and stream waits for a person (`mirror.writing.holds`)."""
    one = select(hold.c.kind).where(hold.c.source == source)
    return connection.execute(one).first() is not None


# Facts about the mirror itself.


def fact(connection: Connection, name: str, default: str) -> str:
    """A fact about the mirror: ``epoch``, ``revision``, ``next_id``, ``fence``."""
    value = connection.execute(select(meta.c.value).where(meta.c.name == name)).scalar()
    return default if value is None else str(value)


def set_fact(connection: Connection, name: str, value: str) -> None:
    """Write a fact about the mirror."""
    _put_fact.one(connection, name, value)


def epoch(connection: Connection) -> str:
    """The mirror's identity: made with its first row, new when it is rebuilt or restored."""
    known = fact(connection, "epoch", "")
    if not known:
        known = secrets.token_hex(8)
        set_fact(connection, "epoch", known)
    return known


# What outlives the process that a master told it to: when it may be asked again, and how often it
# was asked within the last day.

DAY_US = 24 * 3600 * 1_000_000  # so long at most a master is left alone: then it is asked again


def left_alone_until(connection: Connection, source: str) -> int | None:
    """Until when the master of a source wants not to be asked; None where that has passed."""
    until = int(fact(connection, _alone(source), "0"))  # further away: a clock was ahead
    return until if 0 < until - now_us() <= DAY_US else None


def leave_alone(connection: Connection, source: str, until: int) -> None:
    """Remember until when the master of a source is not to be asked, a day at most; 0: it may."""
    set_fact(connection, _alone(source), str(min(until, now_us() + DAY_US)))


def _alone(source: str) -> str:
    return f"left alone until: {source}"


def asked_lately(connection: Connection, source: str) -> list[tuple[float, int]]:
    """How many seconds ago the runs of the last day ended, oldest first, and what each asked."""
    now = now_us()
    ended = func.coalesce(run.c.finished_at, run.c.started_at)
    names = [feed(source, stream) for stream in (CUSTOMERS, *STREAMS)]
    query = (
        select(ended, run.c.requests)
        .where(run.c.source.in_(names), ended > now - DAY_US, run.c.requests > 0)
        .order_by(ended)
    )
    return [(max(0, now - at) / 1e6, int(asked)) for at, asked in connection.execute(query)]


def begin_again(connection: Connection) -> None:
    """Make this mirror another one: a new epoch, and every source read from its beginning."""
    set_fact(connection, "epoch", secrets.token_hex(8))
    engine_of(connection).renew(connection)
    connection.execute(update(checkpoint).values(cursor=None, trail=None))
