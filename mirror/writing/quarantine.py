"""Keeps the records that could not be read: which, where and by which rule, the rest sealed.

A record stays until the master's row changes into one that can be read, or leaves the master.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec.structs import replace
from sqlalchemy import Connection, Row, delete, desc, exists, func, select, true, update

from mirror.instants import instant_of
from mirror.records import STREAMS
from mirror.store.engine import chunks, upsert
from mirror.store.progress import feed, now_us
from mirror.store.sealing import Keyring, shape_seal
from mirror.store.tables import customer, quarantine
from mirror.writing.judgement import RAW_HASH_BYTES, Incoming

CONTRADICTION = "same_version_other_content"
"""The rule that a master breaks whose counter stands still while the record changes."""

LOST = "lost_by_many"
"""What came lacks a field that too many lose at once (`mirror.writing.holds`)."""


class Refusal(msgspec.Struct, frozen=True, array_like=True):
    """A record to quarantine."""

    subject: str
    """Its external id, or ``hash:…`` of its bytes where it has none that can be used."""
    external_id: str | None
    field: str
    rule: str
    content_hash: bytes
    raw: bytes
    version: int | None = None
    """None where that could not be read either."""
    customer: str | None = None
    """Of an activity, whose it is: the customer's external id; None where it cannot be read."""
    shape: str = ""
    """What the value looks like (`mirror.masking.mask_shape`)."""


def contradiction(arrival: Incoming, customer: str | None = None) -> Refusal:
    """The refusal of one that came under the version of another content."""
    name, content = arrival.external_id, arrival.content_hash
    return Refusal(name, name, "version", CONTRADICTION, content, arrival.raw, customer=customer)


class Entry(msgspec.Struct, frozen=True):
    """A quarantined record as shown to people: never a value."""

    id: int
    source: str
    subject: str
    external_id: str | None
    field: str
    rule: str
    first_seen_at: int
    last_seen_at: int
    times: int
    shape: str = ""
    """What the value looks like, nothing of it; empty where it is not known, or not asked for."""


class Kept(msgspec.Struct, frozen=True):
    """A quarantined record as it was sent."""

    subject: str
    raw: bytes
    seen_at: datetime
    rule: str


_COLUMNS = tuple(column.name for column in quarantine.columns)[1:]
_put = upsert(
    quarantine,
    _COLUMNS,
    by=("source", "subject"),
    adding=("times",),
    keeping=("external_id", "first_seen_at"),
)
_ENTRY = select(*(quarantine.c[name] for name in Entry.__struct_fields__))
"""The shape comes last, and sealed."""


def put(connection: Connection, keys: Keyring, source: str, refusals: Iterable[Refusal]) -> int:
    """Write the refusals, each over an earlier one of the same subject; how many."""
    now = now_us()
    rows = [_row(keys, source, refusal, now) for refusal in refusals]
    _put.many(connection, rows)
    return len(rows)


def _row(keys: Keyring, source: str, refusal: Refusal, now: int) -> tuple[Any, ...]:
    values = msgspec.structs.asdict(refusal)
    values |= {"source": source, "first_seen_at": now, "last_seen_at": now, "times": 1}
    if refusal.raw:
        values["raw"] = keys.seal(refusal.raw, seal_row(source, refusal.subject))
    shape = refusal.shape.encode()
    values["shape"] = keys.seal(shape, shape_seal(source, refusal.subject)) if shape else None
    return tuple(values[name] for name in _COLUMNS)


def seal_row(source: str, subject: str) -> str:
    """What a quarantined record is sealed to."""
    return f"quarantine/{source}/{subject}"


def known(connection: Connection, source: str) -> dict[str, bytes]:
    """Content hash by subject: what was refused before and need not be refused again."""
    columns = quarantine.c
    rows = connection.execute(
        select(columns.subject, columns.content_hash).where(columns.source == source)
    )
    return {row[0]: row[1] for row in rows}


def breaking(connection: Connection, source: str, rule: str) -> set[str]:
    """The subjects that break one rule."""
    here = quarantine.c.source == source, quarantine.c.rule == rule
    return set(connection.scalars(select(quarantine.c.subject).where(*here)))


def kept(connection: Connection, keys: Keyring, source: str) -> list[Kept]:
    """Every record of a source in quarantine, unsealed, of which what was sent is still kept."""
    columns = quarantine.c
    rows = connection.execute(
        select(columns.subject, columns.raw, columns.last_seen_at, columns.rule).where(
            columns.source == source
        )
    )
    return [
        Kept(row[0], raw, instant_of(row[2]), row[3])
        for row in rows
        if row[1] and (raw := keys.open(row[1], seal_row(source, row[0])))
    ]


def clear(
    connection: Connection, source: str, subjects: Iterable[str], rule: str | None = None
) -> None:
    """Forget these subjects, or only those that broke ``rule``."""
    broke = quarantine.c.rule == rule if rule else true()
    for part in chunks(subjects):
        here = (quarantine.c.source == source, quarantine.c.subject.in_(part))
        connection.execute(delete(quarantine).where(*here, broke))


def settle(
    connection: Connection,
    keys: Keyring,
    source: str,
    refused: Sequence[Refusal],
    healed: set[str],
    arrived: Iterable[str],
) -> int:
    """Write the refusals, forget whoever is healed; how many were written."""
    still = {refusal.subject for refusal in refused}
    clear(connection, source, healed - still)
    clear(connection, source, set(arrived) - still, rule=CONTRADICTION)
    return put(connection, keys, source, refused)


def entries(
    connection: Connection,
    source: str | None = None,
    limit: int = 100,
    keys: Keyring | None = None,
) -> list[Entry]:
    """What is in quarantine, latest first; with ``keys`` what each value looks like."""
    query = _ENTRY.order_by(desc(quarantine.c.last_seen_at), desc(quarantine.c.id)).limit(limit)
    if source:
        streams = quarantine.c.source.startswith(f"{source}/", autoescape=True)
        query = query.where((quarantine.c.source == source) | streams)
    return [_entry(row, keys) for row in connection.execute(query)]


def _entry(row: Row[Any], keys: Keyring | None) -> Entry:
    sealed, shape = row.shape, ""
    if keys and sealed:
        shape = keys.open(sealed, shape_seal(row.source, row.subject)).decode()
    told: dict[str, Any] = {**row._mapping, "shape": shape}
    return Entry(**told)


def number(connection: Connection) -> int:
    """How many records are in quarantine."""
    return int(connection.execute(select(func.count()).select_from(quarantine)).scalar_one())


# What quarantine keeps of activity: bytes no longer than somebody is here whom they are about.
#
# The line stays until the record is mended or leaves the master: which, by which rule, since when.
# Whose a record is, is known as far as it could be read; the rest is not kept for long.

NOTHING = b""
KEPT_DAYS = 30
"""The bytes of a record that names nobody who is here are kept so long from its first refusal."""
_DAY_US = 24 * 3600 * 1_000_000


def erase(connection: Connection, source: str, customers: list[str]) -> None:
    """Drop the sealed bytes of every record of these few customers, in every stream."""
    feeds, named = [feed(source, stream) for stream in STREAMS], quarantine.c.customer
    theirs = quarantine.c.source.in_(feeds), named.in_(customers)
    connection.execute(update(quarantine).where(*theirs).values(raw=NOTHING, shape=None))


def expire(connection: Connection, source: str, stream: str) -> None:
    """Drop the sealed bytes of old records of a stream that name nobody who is here."""
    columns, named = quarantine.c, customer.c.external_id == quarantine.c.customer
    here = exists().where(customer.c.source == source, named)
    old = columns.first_seen_at < now_us() - KEPT_DAYS * _DAY_US
    mine = columns.source == feed(source, stream), columns.raw != NOTHING
    connection.execute(update(quarantine).where(*mine, old, ~here).values(raw=NOTHING, shape=None))


def without_bytes(refusals: Iterable[Refusal], gone: set[str]) -> list[Refusal]:
    """The same refusals, of those who are gone from the master without what was sent."""
    return [
        replace(one, raw=NOTHING, shape="") if one.customer in gone else one for one in refusals
    ]


# How much may be refused before it is the map that is wrong, and not the records.

_FEW = 5
"""So many unreadable records of a whole listing never mean that the map is wrong."""
_MANY = 50
"""And so many of any run."""


class Rate:
    """How much of what a run reads of one stream is refused and was not before."""

    def __init__(self, stream: str, refused_before: Mapping[str, bytes]) -> None:
        self._stream, self._before = stream, refused_before
        self._read = self._received = 0
        self._rules: Counter[str] = Counter()
        self._new: set[str] = set()

    def count(self, received: int, read: int, refusals: Iterable[Refusal]) -> None:
        """Of so many more that came so many could be read, as they are new, and these not."""
        self._received += received
        new = [one for one in refusals if not self._is_known(one)]
        self._read += read + len(new)
        self._rules.update(f"{one.field}: {one.rule}" for one in new)
        self._new.update(one.subject for one in new)

    def problem(self, *, listed: bool = False) -> str | None:
        """What is wrong where more than fifty and a tenth are refused.

        ``listed``: that was everything there is; of few, more than five and half are enough, or
        all of them.
        """
        refused, most = self._rules.total(), max(_MANY, self._read // 10)
        nobody = listed and 0 < refused == self._received
        if not nobody and refused <= (max(_FEW, self._read // 2) if listed else most):
            return None
        rules = "; ".join(f"{rule} ({many:,})" for rule, many in self._rules.most_common(3))
        some = ", ".join(sorted(self._new)[:_FEW])
        return (
            f"{refused:,} of {self._read:,} {self._stream} read cannot be understood ({rules}), as "
            f"{some}. The map is wrong or the master changed: nothing of them was put in "
            "quarantine. `espelho check` shows what the map makes of a page."
        )

    def _is_known(self, one: Refusal) -> bool:
        if one.subject in self._new:  # a listing that is looked at again
            return True
        before = self._before.get(one.subject, b"")
        return before[:RAW_HASH_BYTES] == one.content_hash[:RAW_HASH_BYTES]
