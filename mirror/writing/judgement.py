"""Judges a batch against what the mirror has: stale never wins, unchanged writes nothing.

`Shelf` asks what the mirror has, `plan` decides by values alone, `settle` finds what only came in
other bytes; `mirror.writing.customers` and `mirror.writing.activity` carry it out.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any, Generic, TypeVar

import msgspec
from sqlalchemy import Connection, Table, bindparam, func, select, update

from mirror.records import UNDATED
from mirror.store.engine import (
    ID_NAMES,
    ID_PLACES,
    Database,
    Prepared,
    chunks,
    filled,
    keys_of,
)
from mirror.store.progress import Figures
from mirror.store.tables import tombstone

RAW_HASH_BYTES = 12
"""A content hash is 12 bytes of what the master sent and 4 of the map that read it."""
NEWEST = 2**63 - 1
"""No version is above it."""


def _never(name: str) -> bool:
    return False


class Trust(msgspec.Struct):
    """What is believed of a master whose word seems older than ours."""

    latest: Callable[[str], bool] = _never
    """Whether this one's arrival is the master's latest word, whatever came before."""
    older: Collection[str] = frozenset()
    """Whom a person let go back: the master's row is written, however old it is."""
    left: set[str] = msgspec.field(default_factory=set)
    """Who stays away, as what came is no newer than what was removed; filled while judging."""


class Incoming(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A record ready to be written: already sealed, so that a large batch stays small."""

    external_id: str
    version: int
    content_hash: bytes
    doc: bytes
    """The whole record, sealed to its row."""
    raw: bytes
    """What the master sent, for quarantine."""


class Known(msgspec.Struct, frozen=True, array_like=True):
    """What the mirror has of a record, as far as writing needs it."""

    id: int
    external_id: str
    version: int
    content_hash: bytes


Arriving = TypeVar("Arriving", bound=Incoming)


class Plan(msgspec.Struct, Generic[Arriving]):
    """What to do with a batch: the newest arrival of each record that is to be written."""

    accepted: dict[str, Arriving]
    contradictions: list[Arriving]
    unchanged: int = 0
    stale: int = 0
    notes: list[tuple[bytes, int]] = []
    """Content hashes by which rows are to be known from now on (`mirror.writing.judgement`)."""


_MOST_DIGITS = 6
"""No document and no telephone has so few."""


def grave_name(connection: Connection, source: str, name: str) -> str:
    """The master's id as a tombstone keeps it: keyed where it may be somebody's number or address.

    Equal for equal ones, mute without the key.
    """
    if "@" not in name and sum(map(str.isdigit, name)) <= _MOST_DIGITS:
        return name
    told = keys_of(connection).fingerprint("gone")(f"{source}/{name}".encode())
    return f"#{told.hex()}"


_GRAVES = select(tombstone.c.external_id, tombstone.c.version, tombstone.c.reason)


def graves(
    connection: Connection,
    source: str,
    ids: Iterable[str],
    latest: Callable[[str], bool] = _never,
) -> dict[str, int]:
    """The version up to which each absent customer stays dead, by external id.

    Who is gone comes back with a newer version only: a late page of what was there before revives
    nobody. Where ``latest`` says that this one's coming is the master's later word, also as it was;
    who was erased by order never does.
    """
    if connection.execute(select(tombstone.c.version).limit(1)).first() is None:
        return {}
    found: dict[str, int] = {}
    for part in chunks(ids):
        names = {grave_name(connection, source, name): name for name in part}
        query = _GRAVES.where(
            tombstone.c.source == source, tombstone.c.external_id.in_(list(names))
        )
        for kept, version, reason in connection.execute(query):
            name = names[kept]
            found[name] = version - (reason != "erasure" and latest(name))
    return found


def plan(
    arrivals: Iterable[Arriving],
    present: Mapping[str, Known],
    dead: dict[str, int],
    *,
    counter: bool,
    trust: Trust | None = None,
) -> Plan[Arriving]:
    """Decide for every arrival, later ones of the same record against earlier ones.

    ``counter``: versions are the master's own counter, so the same version with other content is
    a contradiction. Where versions are timestamps it is a second edit within the clock's tick, and
    the later arrival wins.
    """
    result: Plan[Arriving] = Plan({}, [])
    trusted = trust or Trust()
    for arrival in arrivals:
        name = arrival.external_id
        earlier = result.accepted.get(name)
        if earlier is not None:
            _judge(result, arrival, earlier.version, earlier.content_hash, counter)
        elif name in trusted.older:
            _believe(result, arrival, present.get(name))
        elif name in present:
            _judge(result, arrival, present[name].version, present[name].content_hash, counter)
        elif name in dead and arrival.version <= dead[name] and not _as_listed(arrival, trusted):
            result.stale += 1
            trusted.left.add(name)
        else:
            result.accepted[name] = arrival
    return result


def _as_listed(arrival: Incoming, trust: Trust) -> bool:
    """Whether a record without a version is there because everything is listed anew."""
    return arrival.version == UNDATED and trust.latest(arrival.external_id)


def _believe(plan: Plan[Arriving], arrival: Arriving, known: Known | None) -> None:
    if known is not None and arrival.content_hash == known.content_hash:
        plan.unchanged += 1
    else:
        plan.accepted[arrival.external_id] = arrival


def _judge(
    plan: Plan[Arriving], arrival: Arriving, version: int, content_hash: bytes, counter: bool
) -> None:
    if arrival.content_hash == content_hash:
        plan.unchanged += 1
    elif arrival.version < version:
        plan.stale += 1
    elif arrival.version == version and counter and _other_bytes(arrival, content_hash):
        plan.contradictions.append(arrival)
    else:
        plan.accepted[arrival.external_id] = arrival


def _other_bytes(arrival: Incoming, content_hash: bytes) -> bool:
    # The same bytes read by a newer map are no contradiction.
    return arrival.content_hash[:RAW_HASH_BYTES] != content_hash[:RAW_HASH_BYTES]


def figures(
    judged: Plan[Arriving], present: Mapping[str, Known], quarantined: int, held: int = 0
) -> Figures:
    """What a plan did, in numbers."""
    changed = sum(name in present for name in judged.accepted)
    return Figures(
        added=len(judged.accepted) - changed,
        changed=changed,
        unchanged=judged.unchanged,
        stale=judged.stale,
        quarantined=quarantined,
        held=held,
    )


# Holds versions against the newest there is of a record, where by themselves they do not say it.


class Weights:
    """What one run knows of versions; ``weigh``: of what came, by the one that is here."""

    def __init__(self, weigh: Callable[[int, int], int] | None) -> None:
        self._weigh = weigh
        self._came: dict[str, int] = {}

    def of(self, name: str, version: int, before: Mapping[str, int]) -> int:
        """The version of what came of one; ``before``: those that are here, or went."""
        if self._weigh is None:
            return version
        known = max(before.get(name, -1), self._came.get(name, -1))
        found = version if known < 0 else self._weigh(version, known)
        self._came[name] = max(known, found)
        return found

    def ends(
        self, gone: list[str], gone_at: dict[str, int], here: Mapping[str, "Kept"]
    ) -> tuple[list[str], dict[str, int]]:
        """Who is gone and at which version, without those who are back: here they are newer."""
        before = {name: kept[2] for name, kept in here.items()}
        told = {name: self.of(name, version, before) for name, version in gone_at.items()}
        back = {name for name, version in before.items() if told[name] < version}
        left = {name: version for name, version in told.items() if name not in back}
        return [name for name in gone if name not in back], left


# Tells a contradiction from the same record said in other bytes.
#
# A master that adds a field nobody mapped, or writes its keys in another order, sends everybody in
# new bytes under the old versions: that is no reason to quarantine everybody.

Opened = Callable[[str, int, bytes], object]
"""The record inside a sealed document, by its external id and version."""


def settle(
    connection: Connection,
    table: Table,
    opened: Opened,
    judged: Plan[Arriving],
    present: Mapping[str, Known],
) -> None:
    """Leave in ``judged.contradictions`` only true ones; the rest counts as unchanged or stale.

    What is to be remembered is noted in the plan, so that the bytes need not be opened again.
    """
    left = []
    for arrival in judged.contradictions:
        name, version = arrival.external_id, arrival.version
        newest = judged.accepted.get(name)
        if newest is not None and newest.version > version:
            judged.stale += 1
            continue
        doc = newest.doc if newest else _stored(connection, table, present[name].id)
        if opened(name, version, arrival.doc) == opened(name, version, doc):
            judged.unchanged += 1
            if newest is None:
                judged.notes.append((arrival.content_hash, present[name].id))
        else:
            left.append(arrival)
    judged.contradictions = left


def remember(connection: Connection, table: Table, notes: list[tuple[bytes, int]]) -> None:
    """Know these rows by the bytes they came in last; nothing else of them changes."""
    if notes:
        given: list[dict[str, Any]] = [{"bytes_read": read, "row": row} for read, row in notes]
        found = update(table).where(table.c.id == bindparam("row"))
        connection.execute(found.values(content_hash=bindparam("bytes_read")), given)


def _stored(connection: Connection, table: Table, row: int) -> bytes:
    doc = connection.execute(select(table.c.doc).where(table.c.id == row)).scalar_one()
    return bytes(doc)


# Where the rows of one stream are: asks a table what it has of records, many at a time.

Row = TypeVar("Row", bound=Known)

Kept = tuple[int, bytes, int]
"""Internal id, content hash and version of a record the mirror has."""

_AT_ONCE = 20_000


class Shelf(Generic[Row]):
    """A table whose rows are records of sources; ``row`` says what writing needs to know of one."""

    def __init__(self, table: Table, row: type[Row]) -> None:
        self.table = table
        self._row = row
        self._known = self._asking(*row.__struct_fields__)
        self._hashes = self._asking("external_id", "id", "content_hash", "version")

    def known(self, connection: Connection, source: str, ids: Iterable[str]) -> dict[str, Row]:
        """What the mirror has of these records of ``source``, by external id."""
        found: dict[str, Row] = {}
        for part in chunks(ids):
            rows: Any = self._known.one(connection, source, *filled(part))
            found.update((row[1], self._row(*row)) for row in rows)
        return found

    def hashes(self, connection: Connection, source: str, ids: Iterable[str]) -> dict[str, Kept]:
        """What tells, of the records the mirror has, which need not be decoded; by external id."""
        found: dict[str, Kept] = {}
        for part in chunks(ids):
            rows: Any = self._hashes.one(connection, source, *filled(part))
            found.update((row[0], (row[1], row[2], row[3])) for row in rows)
        return found

    def everything(self, db: Database, source: str) -> Iterator[tuple[str, int, bytes]]:
        """External id, internal id and content hash of every row of a source, part by part."""
        columns, last = self.table.c, ""
        query = select(columns.external_id, columns.id, columns.content_hash)
        query = query.where(columns.source == source).order_by(columns.external_id)
        while True:
            with db.reading() as connection:
                part = query.where(columns.external_id > last).limit(_AT_ONCE)
                rows = connection.execute(part).all()
            if not rows:
                return
            yield from ((row[0], row[1], row[2]) for row in rows)
            last = rows[-1][0]

    def number(self, connection: Connection, source: str) -> int:
        """How many records of a source there are."""
        counted = select(func.count()).where(self.table.c.source == source)
        return int(connection.execute(counted.select_from(self.table)).scalar_one())

    def end(self, connection: Connection) -> int:
        """An internal id above all there are."""
        highest = connection.execute(select(func.max(self.table.c.id))).scalar()
        return int(highest or 0) + 1

    def _asking(self, *columns: str) -> Prepared:
        here = self.table.c
        query = select(*(here[name] for name in columns))
        query = query.where(here.source == bindparam("src"), here.external_id.in_(ID_PLACES))
        return Prepared(query, "src", *ID_NAMES)
