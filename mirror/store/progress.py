"""How far the copy has come: checkpoints, run history and the facts of the mirror itself.

A checkpoint moves in the transaction that writes the rows it stands for, never before or after.
"""

import secrets
import time
from typing import Any

import msgspec
from sqlalchemy import Connection, delete, desc, func, select, update

from mirror.records import CUSTOMERS
from mirror.store.engine import upsert
from mirror.store.tables import checkpoint, meta, run

_KEPT_US = 30 * 24 * 3600 * 1_000_000
_DROPPED = 100
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


_put_checkpoint = upsert(checkpoint, Checkpoint.__struct_fields__)


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
    if found is None:
        return Checkpoint(source=source, stream=stream)
    return Checkpoint(**found._mapping)


def checkpoints(connection: Connection) -> list[Checkpoint]:
    """Every stream of every source."""
    rows = connection.execute(select(checkpoint).order_by(checkpoint.c.source))
    return [Checkpoint(**row._mapping) for row in rows]


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
    oldest = select(run.c.id).where(run.c.source == source).order_by(run.c.id).limit(_DROPPED)
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


def begin_again(connection: Connection) -> None:
    """Make this mirror another one: a new epoch, and every source read from its beginning."""
    set_fact(connection, "epoch", secrets.token_hex(8))
    connection.execute(update(checkpoint).values(cursor=None))
