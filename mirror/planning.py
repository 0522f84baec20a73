"""Judges a batch against what the mirror has: stale never wins, unchanged writes nothing.

Pure decisions; `mirror.writing` carries them out.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

import msgspec
from sqlalchemy import BindParameter, Connection, Row, bindparam, select

from mirror.prepared import Prepared
from mirror.tables import customer, tombstone

RAW_HASH_BYTES = 12
"""A content hash is 12 bytes of what the master sent and 4 of the map that read it."""


class Arrival(msgspec.Struct, frozen=True, gc=False):
    """A customer ready to be written: already sealed, so that a large batch stays small."""

    external_id: str
    version: int
    content_hash: bytes
    kind: str
    registration: str
    category: str | None
    customer_since: str | None
    last_purchase_at: int | None
    keys: bytes
    """Its lookup keys, end to end."""
    doc: bytes
    raw: bytes
    """What the master sent, for quarantine."""
    is_new: bool = False
    """The reader has seen, as the only writer, that the mirror does not have it."""


class Known(msgspec.Struct, frozen=True, array_like=True):
    """What the mirror has of a customer, as far as writing needs it."""

    id: int
    external_id: str
    version: int
    content_hash: bytes
    keys: bytes
    kind: str
    registration: str
    category: str | None


Kept = tuple[int, bytes, int]
"""Internal id, content hash and version of a customer the mirror has."""


class Plan(msgspec.Struct):
    """What to do with a batch: the newest arrival of each customer that is to be written."""

    accepted: dict[str, Arrival]
    contradictions: list[Arrival]
    unchanged: int = 0
    stale: int = 0


_CHUNK = 250
_places: list[BindParameter[str]] = [bindparam(f"id{place}") for place in range(_CHUNK)]
_names = tuple(place.key for place in _places)
_one_source = customer.c.source == bindparam("src")
_KNOWN = Prepared(
    select(*(customer.c[name] for name in Known.__struct_fields__)).where(
        _one_source, customer.c.external_id.in_(_places)
    ),
    "src",
    *_names,
)
_HASHES = Prepared(
    select(
        customer.c.external_id, customer.c.id, customer.c.content_hash, customer.c.version
    ).where(_one_source, customer.c.external_id.in_(_places)),
    "src",
    *_names,
)
_GRAVES = select(tombstone.c.external_id, tombstone.c.version, tombstone.c.reason)


def chunks(ids: Iterable[str]) -> Iterator[list[str]]:
    """The ids in lists short enough for one SQL statement."""
    rest = iter(ids)
    while part := list(islice(rest, _CHUNK)):
        yield part


def known(connection: Connection, source: str, ids: Iterable[str]) -> dict[str, Known]:
    """What the mirror has of these customers of ``source``, by external id."""
    found: dict[str, Known] = {}
    for part in chunks(ids):
        rows: Any = _KNOWN.one(connection, source, *_filled(part))
        found.update((row[1], _known(row)) for row in rows)
    return found


def hashes(connection: Connection, source: str, ids: Iterable[str]) -> dict[str, Kept]:
    """What tells, of the customers the mirror has, who need not be decoded; by external id."""
    found: dict[str, Kept] = {}
    for part in chunks(ids):
        rows: Any = _HASHES.one(connection, source, *_filled(part))
        found.update((row[0], (row[1], row[2], row[3])) for row in rows)
    return found


def _known(row: Row[Any]) -> Known:
    values: tuple[Any, ...] = tuple(row)
    return Known(*values)


def _filled(part: list[str]) -> list[str | None]:
    return part + [None] * (_CHUNK - len(part))  # one statement for lists of every length


def graves(
    connection: Connection,
    source: str,
    ids: Iterable[str],
    revive: Callable[[str], bool] = lambda name: False,
) -> dict[str, int]:
    """The version up to which each absent customer stays dead, by external id.

    What a sweep missed may come back as it was; what the master deleted only with a newer version,
    unless ``revive`` says that this one's coming back is the master's later word.
    """
    if connection.execute(select(tombstone.c.version).limit(1)).first() is None:
        return {}
    found: dict[str, int] = {}
    for part in chunks(ids):
        query = _GRAVES.where(tombstone.c.source == source, tombstone.c.external_id.in_(part))
        for name, version, reason in connection.execute(query):
            same = reason == "sweep" or (reason == "master" and revive(name))
            found[name] = version - same
    return found


def plan(
    arrivals: Iterable[Arrival], present: dict[str, Known], dead: dict[str, int], *, counter: bool
) -> Plan:
    """Decide for every arrival, later ones of the same customer against earlier ones.

    ``counter``: versions are the master's own counter, so the same version with other content is
    a contradiction. Where versions are timestamps it is a second edit within the clock's tick, and
    the later arrival wins.
    """
    result = Plan({}, [])
    for arrival in arrivals:
        name = arrival.external_id
        earlier = result.accepted.get(name)
        if earlier is not None:
            _judge(result, arrival, earlier.version, earlier.content_hash, counter)
        elif name in present:
            _judge(result, arrival, present[name].version, present[name].content_hash, counter)
        elif name in dead and arrival.version <= dead[name]:
            result.stale += 1
        else:
            result.accepted[name] = arrival
    return result


def _judge(plan: Plan, arrival: Arrival, version: int, content_hash: bytes, counter: bool) -> None:
    if arrival.content_hash == content_hash:
        plan.unchanged += 1
    elif arrival.version < version:
        plan.stale += 1
    elif arrival.version == version and counter and _other_bytes(arrival, content_hash):
        plan.contradictions.append(arrival)
    else:
        plan.accepted[arrival.external_id] = arrival


def _other_bytes(arrival: Arrival, content_hash: bytes) -> bool:
    # The same bytes read by a newer map are no contradiction.
    return arrival.content_hash[:RAW_HASH_BYTES] != content_hash[:RAW_HASH_BYTES]
