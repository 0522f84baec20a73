"""Rows as both engines keep them: sets of customers in compressed bits, rows written over others.

A chunk of a set is one value of at most two kibibytes: SQLite reads a set as one run of rows,
PostgreSQL as one range of its index, and neither opens what it does not count.
"""

import zlib
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import (
    BigInteger,
    ClauseElement,
    ColumnElement,
    Connection,
    Table,
    bindparam,
    cast,
    delete,
    exists,
    func,
    select,
    text,
)

from mirror.facets import CHUNK, Facet, Set
from mirror.store.engine import Moves, Prepared, upsert
from mirror.store.sealing import BLIND_BYTES
from mirror.store.tables import PLACES, Upsert, facet, facet_bits

_FASTEST = 1
_WHOLE = CHUNK // 8
_id = cast(facet.c.id, BigInteger)  # a place is beyond what four bytes hold
_theirs = facet_bits.c.place.between(_id * PLACES, (_id + 1) * PLACES - 1)
_here = facet_bits.c.place == bindparam("place")
_stored = Prepared(select(facet_bits.c.bits).where(_here), "place")
_put = upsert(facet_bits)
_drop = Prepared(delete(facet_bits).where(_here), "place")
_chunks = Prepared(
    select(facet_bits.c.place, facet_bits.c.bits).where(
        facet_bits.c.place >= bindparam("lo"), facet_bits.c.place < bindparam("hi")
    ),
    "lo",
    "hi",
)
_sizes = (
    select(facet.c.name, facet.c.value, func.sum(facet_bits.c.customers))
    .join(facet_bits, _theirs)
    .group_by(facet.c.name, facet.c.value)
)
_held = Prepared(
    select(facet.c.value)
    .where(facet.c.name == bindparam("name"), exists().where(_theirs))
    .order_by(facet.c.value)
    .limit(bindparam("most")),
    "name",
    "most",
)


def move(connection: Connection, moves: Moves) -> None:
    """Let customers enter and leave the sets of facets, and keep their sizes."""
    rows, empty = [], []
    for place, changes in sorted(moves.items()):
        bits = _changed(connection, place, changes)
        customers = int.from_bytes(bits, "little").bit_count()
        if customers:
            rows.append((place, customers, packed_bits(bits)))
        else:
            empty.append((place,))
    _put.many(connection, rows)
    _drop.many(connection, empty)


def members(connection: Connection, number: int) -> Set:
    """Everybody who has the facet with this id."""
    rows: Any = _chunks.one(connection, number * PLACES, (number + 1) * PLACES)
    return {place % PLACES: int.from_bytes(opened_bits(bits), "little") for place, bits in rows}


def sizes(connection: Connection, which: ColumnElement[bool]) -> dict[Facet, int]:
    """From the counts kept beside the sets: many facets cost little more than one."""
    return {(row[0], row[1]): int(row[2]) for row in connection.execute(_sizes.where(which))}


def held(connection: Connection, name: str, most: int) -> list[str]:
    """The values of a facet that somebody has, in order, at most so many."""
    return [str(row[0]) for row in _held.one(connection, name, most)]


def _changed(connection: Connection, place: int, changes: Mapping[int, bool]) -> bytearray:
    row = _stored.one(connection, place).first()
    bits = bytearray(opened_bits(row[0])) if row else bytearray(_WHOLE)
    for bit, enters in changes.items():
        if enters:
            bits[bit >> 3] |= 1 << (bit & 7)
        else:
            bits[bit >> 3] &= ~(1 << (bit & 7))
    return bits


def opened_bits(bits: bytes) -> bytes:
    """The bits of a chunk as it is stored."""
    return bits if len(bits) == _WHOLE else zlib.decompress(bits)


def packed_bits(bits: bytearray) -> bytes:
    """The bits of a chunk as they are to be stored."""
    small = zlib.compress(bits, _FASTEST)
    return small if len(small) < _WHOLE // 2 else bytes(bits)  # opening costs more than it saves


# Rows over those that have the same key: SQLite's words for it are PostgreSQL's.


def written_over(insert: Callable[[Table], Any], wanted: Upsert) -> ClauseElement:
    """The statement, by the ``insert`` of the engine's dialect; a parameter for each column."""
    rows: Any = insert(wanted.table).values({name: bindparam(name) for name in wanted.columns})
    if not wanted.over:
        nothing: ClauseElement = rows.on_conflict_do_nothing()
        return nothing
    given = rows.excluded
    over = {
        name: wanted.table.c[name] + given[name] if name in wanted.adding else given[name]
        for name in wanted.over
    }
    update: ClauseElement = rows.on_conflict_do_update(index_elements=wanted.by, set_=over)
    return update


# Search keys, which lie end to end in the rows of customers: an engine cuts and sorts them itself.

_NO_END = b"\xff" * (BLIND_BYTES + 1)
_FIND = text(
    f"""WITH RECURSIVE cut (customer, keys, place) AS (
  SELECT id, keys, 1 FROM customer WHERE id >= :first AND id < :stop AND length(keys) > 0 UNION ALL
  SELECT customer, keys, place + {BLIND_BYTES} FROM cut WHERE place + {BLIND_BYTES} < length(keys)
) INSERT INTO lookup (key, customer) SELECT one, customer FROM (
  SELECT substr(keys, place, {BLIND_BYTES}) AS one, customer FROM cut
) AS cuts WHERE one >= :low AND one < :below ORDER BY one, customer ON CONFLICT DO NOTHING"""  # noqa: S608 - a number of ours
)


def find_by_keys(connection: Connection, rows: range, low: bytes = b"", below: bytes = b"") -> None:
    """Let customers of these row ids be found by those of their rows' keys that lie in between.

    From ``low`` on, without ``below`` (empty: no end), in order; what is there already stays.
    """
    bounds = {"first": rows.start, "stop": rows.stop, "low": low, "below": below or _NO_END}
    connection.execute(_FIND, bounds)
