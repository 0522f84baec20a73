"""Judges a batch against what the mirror has: stale never wins, unchanged writes nothing.

Pure decisions; `mirror.writing` carries them out.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Generic, TypeVar

import msgspec
from sqlalchemy import Connection, select

from mirror.prepared import chunks
from mirror.progress import Figures
from mirror.tables import tombstone

RAW_HASH_BYTES = 12
"""A content hash is 12 bytes of what the master sent and 4 of the map that read it."""


class Incoming(msgspec.Struct, frozen=True, gc=False):
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
    """Content hashes by which rows are to be known from now on (`mirror.restating`)."""


_GRAVES = select(tombstone.c.external_id, tombstone.c.version, tombstone.c.reason)


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
    arrivals: Iterable[Arriving],
    present: Mapping[str, Known],
    dead: dict[str, int],
    *,
    counter: bool,
) -> Plan[Arriving]:
    """Decide for every arrival, later ones of the same record against earlier ones.

    ``counter``: versions are the master's own counter, so the same version with other content is
    a contradiction. Where versions are timestamps it is a second edit within the clock's tick, and
    the later arrival wins.
    """
    result: Plan[Arriving] = Plan({}, [])
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


def figures(judged: Plan[Arriving], present: Mapping[str, Known], quarantined: int) -> Figures:
    """What a plan did, in numbers."""
    changed = sum(name in present for name in judged.accepted)
    return Figures(
        added=len(judged.accepted) - changed,
        changed=changed,
        unchanged=judged.unchanged,
        stale=judged.stale,
        quarantined=quarantined,
    )
