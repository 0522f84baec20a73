"""The journal of who did what with whose data (LGPD art. 37): append-only and tamper-evident.

`mirror.chain` says what its chain proves, and what it cannot.
"""

from hashlib import blake2b

import msgspec
from sqlalchemy import Connection, bindparam, desc, insert, select
from sqlalchemy.exc import SQLAlchemyError

from mirror.chain import FIELDS, Verification, head, last, linker, verify
from mirror.database import Database
from mirror.ledger import audit
from mirror.progress import now_us
from mirror.sealing import Keyring

__all__ = [
    "AuditUnavailable",
    "BudgetSpent",
    "Entry",
    "Limit",
    "Recorded",
    "Verification",
    "entries",
    "head",
    "record",
    "search_mark",
    "verify",
]


class AuditUnavailable(Exception):
    """The journal cannot be written: nothing may be shown."""


class BudgetSpent(Exception):
    """The actor has done this as often as allowed; nothing was recorded."""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(f"The limit is reached. Try again in {retry_after_s} seconds.")
        self.retry_after_s = retry_after_s


class Entry(msgspec.Struct, frozen=True):
    """One thing somebody did. ``detail`` holds kinds, counts and marks, never a value."""

    actor_kind: str
    """``staff device command``."""
    actor: str
    action: str
    customer: int | None = None
    source: str | None = None
    external_id: str | None = None
    field: str | None = None
    reason: str | None = None
    detail: str | None = None


class Recorded(Entry, frozen=True, kw_only=True):
    """An entry as it stands in the journal; ``at`` in microseconds since 1970, UTC."""

    id: int
    at: int


class Limit(msgspec.Struct, frozen=True):
    """At most ``most`` rows of these actions, together, by one actor in the last ``within_s``."""

    actions: tuple[str, ...]
    most: int
    within_s: int


_append = insert(audit)
_nth_newest = (
    select(audit.c.at)
    .where(
        audit.c.actor_kind == bindparam("actor_kind"),
        audit.c.actor == bindparam("actor"),
        audit.c.action.in_(bindparam("actions", expanding=True)),
        audit.c.at > bindparam("since"),
    )
    .order_by(desc(audit.c.at))
    .limit(1)
    .offset(bindparam("place"))
)


def record(db: Database, entry: Entry, *more: Entry, limit: Limit | None = None) -> None:
    """Write ``entry`` (and ``more``, of the same act) durably before returning.

    ``limit`` is counted in the same write transaction, against the actor of ``entry``: however many
    processes ask at once, no more than allowed are granted. Raises BudgetSpent when it is reached,
    and AuditUnavailable when the row is not certainly on disk: then nothing may be shown.
    """
    try:
        with db.writing() as connection:
            now = now_us()  # read under the lock, so that times and ids grow together
            if limit is not None:
                _check(connection, entry, limit, now)
            _write(connection, db.keys, (entry, *more), now)
    except SQLAlchemyError as error:
        cause = getattr(error, "orig", None) or type(error).__name__
        raise AuditUnavailable(
            f"The audit journal cannot be written ({cause}), so nothing is shown. "
            "Check the disk of the data directory and who may write there."
        ) from error


def _check(connection: Connection, entry: Entry, limit: Limit, now: int) -> None:
    if limit.most < 1:
        raise BudgetSpent(limit.within_s)
    within = limit.within_s * 1_000_000
    # Rows dated in the future (the clock was set back) still count: that earns nobody a new budget.
    values = {
        "actor_kind": entry.actor_kind,
        "actor": entry.actor,
        "actions": limit.actions,
        "since": now - within,
        "place": limit.most - 1,
    }
    oldest_counted = connection.execute(_nth_newest, values).scalar()
    if oldest_counted is not None:
        raise BudgetSpent(-(-(oldest_counted + within - now) // 1_000_000))


def _write(connection: Connection, keys: Keyring, entries: tuple[Entry, ...], now: int) -> None:
    link = linker(keys)
    number, chain = last(connection)
    rows = []
    for entry in entries:
        number += 1
        row = {"id": number, "at": now, **msgspec.structs.asdict(entry)}
        chain = link(chain, [row[column.name] for column in FIELDS])
        rows.append(row | {"chain": chain})
    connection.execute(_append, rows)


def search_mark(keys: Keyring, kind: str, value: str) -> str:
    """What ``detail`` may hold of a searched term: equal for equal terms, mute without the key."""
    term = msgspec.msgpack.encode((kind, value))
    return blake2b(term, digest_size=8, key=keys.derive("audit search")).hexdigest()


def entries(
    db: Database,
    *,
    actor: str | None = None,
    customer: int | None = None,
    since: int | None = None,
    limit: int = 100,
) -> list[Recorded]:
    """The newest rows first; ``since`` in microseconds since 1970, UTC."""
    wanted = select(*FIELDS).order_by(desc(audit.c.id)).limit(limit)
    if actor is not None:
        wanted = wanted.where(audit.c.actor == actor)
    if customer is not None:
        wanted = wanted.where(audit.c.customer == customer)
    if since is not None:
        wanted = wanted.where(audit.c.at >= since)
    with db.reading() as connection:
        return [Recorded(**row) for row in connection.execute(wanted).mappings()]
