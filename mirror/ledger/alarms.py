"""Alarms: who came to the end of what asking may cost, and who locked themselves out by it.

What an operator sees and does; by which rules it comes to that is `mirror.ledger.guard`'s.
"""

import msgspec
from sqlalchemy import delete, select

from mirror.ledger import trace, watch
from mirror.ledger.guard import DAY_US, note, state_of
from mirror.ledger.journal import append, operator
from mirror.store.engine import Database
from mirror.store.progress import now_us


class Alarm(msgspec.Struct, frozen=True):
    """Somebody who came to the end of a rule; ``at`` in microseconds since 1970, UTC."""

    kind: str
    name: str
    rule: str
    at: int
    locked: bool
    """Until `release`; else only until the day's figures allow more."""


def alarms(db: Database) -> list[Alarm]:
    """Who is locked, and who came to the end of a day's figures in the last week; newest first."""
    since = now_us() - 7 * DAY_US
    wanted = select(watch.c.owner, watch.c.rule, watch.c.at, watch.c.locked)
    wanted = wanted.where(watch.c.rule != "", watch.c.locked | (watch.c.at > since))
    with db.reading() as connection:
        rows = connection.execute(wanted.order_by(watch.c.at.desc())).all()
    split = ((owner.partition(" "), rest) for owner, *rest in rows)
    return [Alarm(kind, name, *rest) for (kind, _, name), rest in split]


_CALLED = {"staff": "person", "device": "terminal"}


class NotLocked(Exception):
    """Nobody of that name is locked."""


def release(db: Database, kind: str, name: str, reason: str | None = None) -> None:
    """Let somebody that was locked ask again, on record; raises NotLocked where nobody is.

    What they missed is forgotten, so that the next miss does not lock again; whom they met is not.
    """
    owner = f"{kind} {name}"
    with db.writing() as connection:
        if not state_of(connection, owner)[1]:
            raise NotLocked(f"No {_CALLED.get(kind, kind)} named {name!r} was locked.")
        note.one(connection, owner, 0.0, "", now_us(), False)
        connection.execute(delete(trace).where(trace.c.owner == owner, trace.c.kind == "missed"))
        append(connection, db.keys, operator().did("release", reason=reason, about=name))
