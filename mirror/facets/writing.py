"""Moves customers between facets: gathers one transaction's changes and writes chunk by chunk."""

from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy import Connection, bindparam, delete, insert, select, tuple_

from mirror.facets.labels import Facet
from mirror.facets.sets import CHUNK
from mirror.facets.stored import known_id, opened, stored_as
from mirror.facets.tables import PLACES, facet, facet_bits
from mirror.prepared import Prepared

_AT_ONCE = 500
_new = Prepared(insert(facet), "name", "value")
_stored = Prepared(select(facet_bits.c.bits).where(facet_bits.c.place == bindparam("p")), "p")
_put = Prepared(
    insert(facet_bits).prefix_with("OR REPLACE"), *(column.name for column in facet_bits.columns)
)
_drop = Prepared(delete(facet_bits).where(facet_bits.c.place == bindparam("p")), "p")


class Moves:
    """What one transaction does to the sets."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._ids: dict[Facet, int] = {}
        self._moves: defaultdict[int, dict[int, bool]] = defaultdict(dict)
        """By place, then by bit: whether the customer is in from now on; the last word holds."""

    def learn(self, facets: Iterable[Facet]) -> None:
        """Look up together what `ids` would ask for one by one."""
        unknown = list(set(facets).difference(self._ids))
        for start in range(0, len(unknown), _AT_ONCE):
            asked = tuple_(facet.c.name, facet.c.value).in_(unknown[start : start + _AT_ONCE])
            for number, *one in self._connection.execute(select(facet).where(asked)):
                self._ids[one[0], one[1]] = number

    def ids(self, facets: Iterable[Facet]) -> set[int]:
        """The ids of facets; new ones are given one."""
        known = self._ids
        return {known.get(one) or self._id(one) for one in facets}

    def move(self, customer: int, before: set[int], after: set[int]) -> None:
        """A customer's facets change from ``before`` to ``after``."""
        chunk, bit = divmod(customer, CHUNK)
        for one in after - before:
            self._moves[one * PLACES + chunk][bit] = True
        for one in before - after:
            self._moves[one * PLACES + chunk][bit] = False

    def flush(self) -> None:
        """Write every chunk that changed."""
        rows, empty = [], []
        for place, moves in sorted(self._moves.items()):
            bits = self._changed(place, moves)
            customers = int.from_bytes(bits, "little").bit_count()
            if customers:
                rows.append((place, customers, stored_as(bits)))
            else:
                empty.append((place,))
        _put.many(self._connection, rows)
        _drop.many(self._connection, empty)
        self._moves.clear()

    def _changed(self, place: int, moves: dict[int, bool]) -> bytearray:
        row = _stored.one(self._connection, place).first()
        bits = bytearray(opened(row[0])) if row else bytearray(CHUNK // 8)
        for bit, enters in moves.items():
            if enters:
                bits[bit >> 3] |= 1 << (bit & 7)
            else:
                bits[bit >> 3] &= ~(1 << (bit & 7))
        return bits

    def _id(self, one: Facet) -> int:
        found = known_id(self._connection, one)
        if found is None:
            found = int(_new.one(self._connection, *one).lastrowid)
        self._ids[one] = found
        return found
