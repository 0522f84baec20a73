"""The journal of who did what with whose data (LGPD art. 37): append-only and tamper-evident.

An entry is durable before what it tells of is shown, and its budget is counted in the same
transaction. What the chain proves, and what it cannot, is said where it begins.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from hashlib import blake2b
from typing import Any

import msgspec
from sqlalchemy import Connection, bindparam, desc, func, insert, select
from sqlalchemy.exc import SQLAlchemyError

from mirror.ledger import audit
from mirror.store.engine import Database, fault_of
from mirror.store.progress import now_us
from mirror.store.sealing import Keyring

# The keyed chain of the audit journal: what makes a changed or missing row show.
#
# Every row carries a keyed hash over itself and the hash before it, so whoever does not hold the
# root key cannot change, insert, reorder or remove a row without `verify` naming the first id that
# no longer fits. Rows cut off the *end* leave a shorter chain that is whole, and so does an older
# copy of the file put back in place: nothing kept inside the ledger can show that, because it
# would be cut or put back along with the rest. Only a head noted elsewhere can: `head` is the line
# to print or send away (it holds no personal data), and `verify` checks against it. Whoever holds
# the root key can rewrite everything that no such line covers.

GENESIS = b"espelho audit 1"
"""What the first row chains from."""

FIELDS = tuple(column for column in audit.c if column.name != "chain")
"""What the hash of a row covers: everything else in it, id and time included."""
_FIRST = 11
"""So many fields had the rows of the first schema, and their hashes still cover just these."""

_BEFORE_ALL = -(2**63)
_CHUNK = 1000
_HEAD = re.compile(r"(\d{1,18}):([0-9a-f]{64})", re.ASCII)


class Verification(msgspec.Struct, frozen=True):
    """What walking the chain showed."""

    rows: int
    """Rows that fit, from the first on."""
    broken_at: int | None
    """The first id that is changed, missing or out of place; None when all fit."""
    head: str
    """The last row that fits, as `head` writes it."""

    @property
    def intact(self) -> bool:
        """True when no row was found wrong (see the module for what that proves)."""
        return self.broken_at is None


_last = select(audit.c.id, audit.c.chain).order_by(desc(audit.c.id)).limit(1)
_next_rows = (
    select(*FIELDS, audit.c.chain)
    .where(audit.c.id > bindparam("after"))
    .order_by(audit.c.id)
    .limit(_CHUNK)
)


def linker(keys: Keyring) -> Callable[[bytes, list[Any]], bytes]:
    """The function from (chain before, values of FIELDS) to a row's chain.

    MessagePack keeps neighbouring fields apart: ``ab, c`` never hashes like ``a, bc``. Fields that
    came with a later schema are covered as far as the last that says something: rows from before
    verify as they did, and one of them that is given something now does not.
    """
    key = keys.derive("audit chain")

    def link(before: bytes, row: list[Any]) -> bytes:
        said = row[: _said(row)]
        return blake2b(msgspec.msgpack.encode((before, said)), digest_size=32, key=key).digest()

    return link


def _said(row: list[Any]) -> int:
    length = len(row)
    while length > _FIRST and row[length - 1] is None:
        length -= 1
    return length


def last(connection: Connection) -> tuple[int, bytes]:
    """Id and chain of the newest row; 0 and GENESIS of an empty journal."""
    found = connection.execute(_last).one_or_none()
    return (found.id, found.chain) if found else (0, GENESIS)


def head(db: Database) -> str:
    """``<rows>:<chain in hex>`` of the newest row: note it elsewhere. An empty journal has none."""
    with db.reading() as connection:
        return _head(*last(connection))


def _head(number: int, chain: bytes) -> str:
    return f"{number}:{chain.hex()}" if number else ""


def verify(db: Database, noted: str = "") -> Verification:
    """Walk the whole chain; with ``noted`` (an earlier `head`), prove that it still leads there.

    Streams in short reads, so that a long journal holds up no writer. Raises ValueError when
    ``noted`` is not a head.
    """
    if noted and not _HEAD.fullmatch(noted):
        raise ValueError("A noted head is written <rows>:<64 hexadecimal digits>.")
    link = linker(db.keys)
    number, chain, passed = 0, GENESIS, not noted
    for *row, found in _walk(db):
        if found != link(chain, row):
            return Verification(number, number + 1, _head(number, chain))
        number, chain = row[0], found
        passed = passed or noted == _head(number, chain)
    broken_at = None if passed else min(number + 1, int(noted.partition(":")[0]))
    return Verification(number, broken_at, _head(number, chain))


def _walk(db: Database) -> Iterator[Any]:
    after = _BEFORE_ALL
    while True:
        with db.reading() as connection:
            rows = connection.execute(_next_rows, {"after": after}).all()
        if not rows:
            return
        yield from rows
        after = rows[-1].id


__all__ = [
    "DONE",
    "LIMITED",
    "REFUSED",
    "AuditUnavailable",
    "BudgetSpent",
    "Entry",
    "Limit",
    "Recorded",
    "Verification",
    "entries",
    "head",
    "mark",
    "record",
    "recorded",
    "verify",
]


class AuditUnavailable(Exception):
    """The journal cannot be written: nothing may be shown."""


class BudgetSpent(Exception):
    """The actor has done this as often as allowed: a row says so, once a minute."""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(f"The limit is reached. Try again in {retry_after_s} seconds.")
        self.retry_after_s = retry_after_s


DONE, REFUSED, LIMITED = "done", "refused", "limited"


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
    outcome: str = DONE
    """``done``, or why it was not: ``refused`` (by permission or password), ``limited``."""
    about: str | None = None
    """The login, terminal or setting that an administrative act is about."""
    session: str | None = None
    """`mark` of the session it was done in; equal for equal ones."""
    address: str | None = None
    """`mark` of the address it was asked from."""


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
        func.coalesce(audit.c.outcome, DONE) == bindparam("outcome"),
    )
    .order_by(desc(audit.c.at))
    .limit(1)
    .offset(bindparam("place"))
)
_TELL_LIMIT_EVERY_US = 60_000_000  # a program that asks on and on must not fill the disk


def record(db: Database, entry: Entry, *more: Entry, limit: Limit | None = None) -> None:
    """Write ``entry`` (and ``more``, of the same act) durably before returning.

    ``limit`` is counted in the same write transaction, against the actor of ``entry``: however many
    processes ask at once, no more than allowed are granted. Raises BudgetSpent when it is reached,
    and AuditUnavailable when the row is not certainly on disk: then nothing may be shown.
    """
    wait_s = 0
    try:
        with db.writing() as connection:
            now = now_us()  # read under the lock, so that times and ids grow together
            wait_s = _wait_s(connection, entry, limit, now) if limit else 0
            acts = _limited(connection, entry, now) if wait_s else (entry, *more)
            _write(connection, db.keys, acts, now)
    except SQLAlchemyError as error:
        if wait_s:  # a denial stays one
            raise BudgetSpent(wait_s) from error
        fault = fault_of(error)
        why = fault.sentence if fault else "Look at the disk of the data directory."
        raise AuditUnavailable(
            f"The audit journal cannot be written, so nothing is shown. {why}"
        ) from error
    if wait_s:
        raise BudgetSpent(wait_s)


def _wait_s(connection: Connection, entry: Entry, limit: Limit, now: int) -> int:
    """In how many seconds it would be allowed; 0 where it is."""
    if limit.most < 1:
        return limit.within_s
    within = limit.within_s * 1_000_000
    # Rows dated in the future (the clock was set back) still count: that earns nobody a new budget.
    counted = _newest(connection, entry, limit.actions, now - within, limit.most - 1)
    return 0 if counted is None else -(-(counted + within - now) // 1_000_000)


def _limited(connection: Connection, entry: Entry, now: int) -> tuple[Entry, ...]:
    """The row that tells of a limit, where none of the last minute does."""
    told = msgspec.structs.replace(entry, outcome=LIMITED)
    since = now - _TELL_LIMIT_EVERY_US
    is_told = _newest(connection, told, (entry.action,), since, 0) is not None
    return () if is_told else (told,)


def _newest(
    connection: Connection, like: Entry, actions: tuple[str, ...], since: int, place: int
) -> int | None:
    """When the actor's row at that place was written, of these actions and with that outcome."""
    values = {
        "actor_kind": like.actor_kind,
        "actor": like.actor,
        "actions": actions,
        "since": since,
        "outcome": like.outcome,
        "place": place,
    }
    at: int | None = connection.execute(_nth_newest, values).scalar()
    return at


def _write(connection: Connection, keys: Keyring, entries: tuple[Entry, ...], now: int) -> None:
    link = linker(keys)
    number, chain = last(connection)
    rows = []
    for entry in entries:
        number += 1
        row = {"id": number, "at": now, **msgspec.structs.asdict(entry)}
        chain = link(chain, [row[column.name] for column in FIELDS])
        rows.append(row | {"chain": chain})
    if rows:
        connection.execute(_append, rows)


def mark(keys: Keyring, kind: str, value: str) -> str:
    """What may stand for a searched term, a session, an address: equal for equal ones of a kind,
    mute without the key; 16 hexadecimal digits."""
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
        return [recorded(row) for row in connection.execute(wanted).mappings()]


def recorded(row: Mapping[Any, Any]) -> Recorded:
    """A row as an entry; what was written down before outcomes were had been done."""
    return Recorded(**{**row, "outcome": row["outcome"] or DONE})
