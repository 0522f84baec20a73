"""The journal of who did what with whose data (LGPD art. 37): append-only and tamper-evident.

An entry is durable before what it tells of is shown, and its budget is counted in the same
transaction. What the chain proves, and what it cannot, is said where it begins.
"""

import re
from collections.abc import Callable, Iterator
from hashlib import blake2b
from typing import Any

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    bindparam,
    desc,
    func,
    insert,
    or_,
    select,
)
from sqlalchemy.exc import SQLAlchemyError

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
    Verdict,
    Wanted,
    Weigh,
    audit,
    operator,
)
from mirror.records import Customer
from mirror.store.engine import Database
from mirror.store.faults import fault_of
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
    "ALL",
    "CODED",
    "DONE",
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
    "mark",
    "note",
    "operator",
    "record",
    "verify",
    "whose",
]


CODED = "#"
"""What an id that is kept keyed begins with."""
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


def record(
    db: Database,
    entry: Entry,
    *more: Entry,
    limit: Limit | None = None,
    weigh: Weigh | None = None,
) -> None:
    """Write ``entry`` (and ``more``, of the same act) durably before returning.

    ``limit`` is counted and ``weigh`` asked in the same write transaction, against the actor of
    ``entry``: however many processes ask at once, no more than allowed are granted. Raises
    BudgetSpent when it is reached, what ``weigh`` says, and AuditUnavailable when the row is not
    certainly on disk: then nothing may be shown.
    """
    stop: Exception | None = None
    try:
        with db.writing() as connection:
            now = now_us()  # read under the lock, so that times and ids grow together
            wait_s = _wait_s(connection, entry, limit, now) if limit else 0
            asked = Verdict(BudgetSpent(wait_s)) if wait_s else Verdict()
            verdict = weigh(connection, entry, now) if weigh and not wait_s else asked
            stop = verdict.stop
            limited = _limited(connection, entry, verdict.rule, now) if stop else ()
            acts = limited if stop else (entry, *more, *verdict.rows)
            _write(connection, db.keys, acts, now)
    except SQLAlchemyError as error:
        if stop is not None:  # a denial stays one
            raise stop from error
        fault = fault_of(error)
        why = fault.sentence if fault else "Look at the disk of the data directory."
        said = f"The audit journal cannot be written, so nothing is shown. {why}"
        raise AuditUnavailable(said) from error
    if stop is not None:
        raise stop


def _wait_s(connection: Connection, entry: Entry, limit: Limit, now: int) -> int:
    """In how many seconds it would be allowed; 0 where it is."""
    if limit.most < 1:
        return limit.within_s
    within = limit.within_s * 1_000_000
    # Rows dated in the future (the clock was set back) still count: that earns nobody a new budget.
    counted = _newest(connection, entry, limit.actions, now - within, limit.most - 1)
    return 0 if counted is None else -(-(counted + within - now) // 1_000_000)


def _limited(connection: Connection, entry: Entry, rule: str, now: int) -> tuple[Entry, ...]:
    """The row that tells of a limit, where none of the last minute does."""
    detail = f"{entry.detail or ''} limit={rule}".strip() if rule else entry.detail
    told = msgspec.structs.replace(entry, outcome=LIMITED, detail=detail)
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


def note(db: Database, entry: Entry) -> None:
    """Write down what strangers do as often as they like: once a minute of one actor and outcome.

    Raises SQLAlchemyError where it cannot be written; it stands for no value.
    """
    with db.writing() as connection:
        now = now_us()
        since = now - _TELL_LIMIT_EVERY_US
        if _newest(connection, entry, (entry.action,), since, 0) is None:
            _write(connection, db.keys, (entry,), now)


def append(connection: Connection, keys: Keyring, *entries: Entry) -> None:
    """Write entries in the transaction of the act that they tell of: both are there, or neither.

    The transaction is one of `Database.writing` of the ledger.
    """
    _write(connection, keys, entries, now_us())


def _write(connection: Connection, keys: Keyring, entries: tuple[Entry, ...], now: int) -> None:
    if not entries:
        return
    link = linker(keys)
    number, chain = last(connection)
    rows = []
    for entry in entries:
        number += 1
        row = {"id": number, "at": now, **msgspec.structs.asdict(entry)}
        row["external_id"] = kept_code(keys, entry.source, entry.external_id)
        chain = link(chain, [row[column.name] for column in FIELDS])
        rows.append(row | {"chain": chain})
    connection.execute(_append, rows)


# Whom a row is about: by the master's id, which may be the document of whom it names.


def whose(keys: Keyring, number: int, source: str, record: Customer) -> dict[str, Any]:
    """The fields of an entry that say whom it is about; ``number``: the mirror's."""
    from mirror.masking import texts_of

    code = record.external_id
    if texts_of(record).code(code) != code:
        code = coded(keys, source, code)
    return {"customer": number, "source": source, "external_id": code}


def kept_code(keys: Keyring, source: str | None, code: str | None) -> str | None:
    """A master's id as the journal keeps it: keyed where it is a document or an e-mail address."""
    if not code or code.startswith(CODED):
        return code
    from mirror.masking.free_text import mask_code

    return code if mask_code(code) == code else coded(keys, source or "", code)


def coded(keys: Keyring, source: str, code: str) -> str:
    """What stands for an id that may not be kept."""
    return f"{CODED}{mark(keys, 'id', f'{source}/{code}')}"


def mark(keys: Keyring, kind: str, value: str) -> str:
    """What may stand for a searched term, a session, an address: equal for equal ones of a kind,
    mute without the key; 16 hexadecimal digits."""
    term = msgspec.msgpack.encode((kind, value))
    return blake2b(term, digest_size=8, key=keys.derive("audit search")).hexdigest()


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
