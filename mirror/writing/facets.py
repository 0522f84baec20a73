"""Moves customers between facets, chunk by chunk, and gives them anew for other filters."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, bindparam, delete, insert, select, tuple_, update

from mirror.facets import CHUNK, Facet, facets_of
from mirror.store.sealed_rows import open_customer
from mirror.store.sealing import Keyring
from mirror.store.sqlite import known_id, opened_bits, packed_bits, packed_ids, unpacked_ids
from mirror.store.statements import Prepared
from mirror.store.tables import PLACES, customer, facet, facet_bits

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
                rows.append((place, customers, packed_bits(bits)))
            else:
                empty.append((place,))
        _put.many(self._connection, rows)
        _drop.many(self._connection, empty)
        self._moves.clear()

    def _changed(self, place: int, moves: dict[int, bool]) -> bytearray:
        row = _stored.one(self._connection, place).first()
        bits = bytearray(opened_bits(row[0])) if row else bytearray(CHUNK // 8)
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


# Gives customers their facets anew, from the sealed records: other fields are filters now.

_ROWS = select(
    *(customer.c[name] for name in ("id", "source", "external_id", "version", "facets", "doc"))
)
_update = Prepared(
    update(customer).where(customer.c.id == bindparam("row")).values(facets=bindparam("now")),
    "now",
    "row",
)


def relabel(
    connection: Connection, keys: Keyring, ids: Sequence[int], extras: Iterable[str]
) -> None:
    """Give these rows the facets that their records have, ``extras`` being filters."""
    moves, changed = Moves(connection), []
    for row in connection.execute(_ROWS.where(customer.c.id.in_(ids))):
        record = open_customer(keys, row.source, row.external_id, row.version, row.doc)
        facets = moves.ids(facets_of(row.source, record, extras))
        if packed_ids(facets) != row.facets:
            moves.move(row.id, unpacked_ids(row.facets), facets)
            changed.append((packed_ids(facets), row.id))
    moves.flush()
    _update.many(connection, changed)
