"""The journal of who did what with whose data (LGPD art. 37): append-only and tamper-evident.

How an entry comes into it: `mirror.ledger.acts`. Here it is read, and proved to be whole.
"""

import re
from collections.abc import Iterator
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, RowMapping, bindparam, desc, or_, select

from mirror.ledger import (
    ALL,
    DONE,
    LIMITED,
    REFUSED,
    Actor,
    AuditUnavailable,
    BudgetSpent,
    Entry,
    Limit,
    Recorded,
    Wanted,
    audit,
    operator,
)
from mirror.ledger.acts import (
    CODED,
    FIELDS,
    GENESIS,
    TELL_EVERY_US,
    Memory,
    coded,
    kept_code,
    last,
    linker,
    mark,
    memory_of,
    newest,
    record,
    whose,
    write,
)
from mirror.store.engine import Database, Link
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


_next_rows = (
    select(*FIELDS, audit.c.chain)
    .where(audit.c.id > bindparam("after"))
    .order_by(audit.c.id)
    .limit(_CHUNK)
)


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
    "ALL",
    "CODED",
    "DONE",
    "FIELDS",
    "GENESIS",
    "LIMITED",
    "REFUSED",
    "Actor",
    "AuditUnavailable",
    "BudgetSpent",
    "Entry",
    "Limit",
    "Recorded",
    "Verification",
    "Wanted",
    "append",
    "coded",
    "entries",
    "head",
    "kept_code",
    "last",
    "linker",
    "mark",
    "note",
    "operator",
    "record",
    "verify",
    "whose",
]


def note(db: Database, entry: Entry) -> None:
    """Write down what strangers do as often as they like: once a minute of one actor and outcome.

    Raises SQLAlchemyError where it cannot be written; it stands for no value.
    """
    with db.writing() as connection:
        link, memory = Link.behind(connection), Memory()
        memory.begin(link)
        now = memory.tick()
        if newest(link, memory, entry, (entry.action,), now - TELL_EVERY_US, 0) is None:
            write(link, db.keys, (entry,), now, memory)


def append(connection: Connection, keys: Keyring, *entries: Entry) -> None:
    """Write entries in the transaction of the act that they tell of: both are there, or neither.

    The transaction is one of `Database.writing` of the ledger.
    """
    link, memory = Link.behind(connection), memory_of(connection)
    memory.begin(link)
    write(link, keys, entries, memory.tick(), memory)


def entries(
    db: Database,
    wanted: Wanted = ALL,
    *,
    before: int | None = None,
    after: int | None = None,
    limit: int = 100,
) -> list[Recorded]:
    """The newest rows first; the newest ``before`` a number, or the oldest ``after`` one."""
    query = select(*FIELDS).where(*_conditions(db.keys, wanted)).limit(limit)
    if before is not None:
        query = query.where(audit.c.id < before)
    if after is not None:
        query = query.where(audit.c.id > after)
    query = query.order_by(audit.c.id if after is not None else desc(audit.c.id))
    with db.reading() as connection:
        rows = connection.execute(query).mappings()
        found = [_recorded(db.keys, row) for row in rows]
    return sorted(found, key=lambda one: -one.id)


def _conditions(keys: Keyring, wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    if wanted.actor is not None:
        acts = audit.c.actor == wanted.actor
        if wanted.kind is not None:
            acts &= audit.c.actor_kind == wanted.kind
        yield or_(acts, audit.c.about == wanted.actor)
    if wanted.action is not None:
        yield audit.c.action == wanted.action
    if wanted.customer is not None:
        yield audit.c.customer == wanted.customer
    if wanted.code is not None:
        source, code = wanted.code
        yield audit.c.source == source
        yield audit.c.external_id.in_((code, coded(keys, source, code)))
    if wanted.since is not None:
        yield audit.c.at >= wanted.since
    if wanted.until is not None:
        yield audit.c.at < wanted.until


def _recorded(keys: Keyring, row: RowMapping) -> Recorded:
    """A row as an entry; one of before outcomes were told had been done."""
    code = kept_code(keys, row["source"], row["external_id"])  # older rows have it as it was
    return Recorded(**{**row, "outcome": row["outcome"] or DONE, "external_id": code})
