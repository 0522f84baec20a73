"""Moves customers between facets, and gives them anew for other filters."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

from sqlalchemy import Connection, bindparam, insert, select, tuple_, update

from mirror.facets import CHUNK, Facet, facets_of, packed_ids, unpacked_ids
from mirror.store.engine import Prepared, engine_of
from mirror.store.sealing import Keyring, open_customer
from mirror.store.tables import PLACES, customer, facet

_AT_ONCE = 500
_new = Prepared(insert(facet).returning(facet.c.id), "name", "value")


class Moves:
    """What one transaction does to the sets."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._ids: dict[Facet, int] = {}
        self._moves: defaultdict[int, dict[int, bool]] = defaultdict(dict)
        """By place, then by bit: whether the customer is in from now on; the last word holds."""

    def learn(self, facets: Iterable[Facet]) -> None:
        """Look up together what `ids` will ask for."""
        unknown = list(set(facets).difference(self._ids))
        for start in range(0, len(unknown), _AT_ONCE):
            asked = tuple_(facet.c.name, facet.c.value).in_(unknown[start : start + _AT_ONCE])
            for number, *one in self._connection.execute(select(facet).where(asked)):
                self._ids[one[0], one[1]] = number

    def ids(self, facets: Collection[Facet]) -> set[int]:
        """The ids of facets; new ones are given one."""
        known = self._ids
        try:
            return {known[one] for one in facets}
        except KeyError:
            self.learn(facets)
        return {known.get(one) or self._new(one) for one in facets}

    def move(self, customer: int, before: set[int], after: set[int]) -> None:
        """A customer's facets change from ``before`` to ``after``."""
        chunk, bit = divmod(customer, CHUNK)
        for one in after - before:
            self._moves[one * PLACES + chunk][bit] = True
        for one in before - after:
            self._moves[one * PLACES + chunk][bit] = False

    def flush(self) -> None:
        """Write every set that changed."""
        engine_of(self._connection).move(self._connection, self._moves)
        self._moves.clear()

    def _new(self, one: Facet) -> int:
        self._ids[one] = found = int(_new.one(self._connection, *one).scalar_one())
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
