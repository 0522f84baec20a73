"""Gathers the rows of one transaction and writes them table by table, in key order."""

from collections.abc import Iterable
from itertools import chain
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, update

from mirror.arriving import Arrival, Here
from mirror.facets.stored import packed, unpacked
from mirror.facets.writing import Moves
from mirror.prepared import Prepared
from mirror.progress import fact, now_us, set_fact
from mirror.sealing import BLIND_BYTES
from mirror.standing import keeping
from mirror.standing.judging import NOTHING, Verdict
from mirror.tables import customer, lookup, tombstone

_COLUMNS = tuple(column.name for column in customer.columns)
_MUTABLE = _COLUMNS[3:]  # all but id, source, external_id
_insert = Prepared(insert(customer), *_COLUMNS)
_update = Prepared(
    update(customer)
    .where(customer.c.id == bindparam("row"), customer.c.version <= bindparam("at_most"))
    .values({name: bindparam(f"new_{name}") for name in _MUTABLE}),
    *(f"new_{name}" for name in _MUTABLE),
    "row",
    "at_most",
)
_KEYS_AT_ONCE = 50
_add_key = Prepared(insert(lookup), "key", "customer")
_add_keys = Prepared(
    insert(lookup).values(
        [
            {"key": bindparam(f"k{place}"), "customer": bindparam(f"c{place}")}
            for place in range(_KEYS_AT_ONCE)
        ]
    ),
    *(f"{letter}{place}" for place in range(_KEYS_AT_ONCE) for letter in "kc"),
)
_drop_key = Prepared(
    delete(lookup).where(lookup.c.key == bindparam("k"), lookup.c.customer == bindparam("row")),
    "k",
    "row",
)
_remove = Prepared(delete(customer).where(customer.c.id == bindparam("row")), "row")
_bury = Prepared(
    insert(tombstone).prefix_with("OR REPLACE"), *(column.name for column in tombstone.columns)
)
_unbury = Prepared(
    delete(tombstone).where(
        tombstone.c.source == bindparam("src"), tombstone.c.external_id == bindparam("ext")
    ),
    "src",
    "ext",
)


def split_keys(keys: bytes) -> list[bytes]:
    """The lookup keys of a row, which it keeps end to end."""
    return [keys[start : start + BLIND_BYTES] for start in range(0, len(keys), BLIND_BYTES)]


class Rows:
    """What one transaction will do to one source's customers."""

    def __init__(self, connection: Connection, source: str) -> None:
        self._connection = connection
        self._source = source
        self._now = now_us()
        self._revision = int(fact(connection, "revision", "0"))
        self._next_id = int(fact(connection, "next_id", "1"))
        self._new: list[tuple[Any, ...]] = []
        self._changed: list[tuple[Any, ...]] = []
        self._gone: list[tuple[int]] = []
        self._graves: list[tuple[Any, ...]] = []
        self._reborn: list[tuple[str, str]] = []
        self._new_keys: list[tuple[bytes, int]] = []
        self._dead_keys: list[tuple[bytes, int]] = []
        self._moves = Moves(connection)
        self._judged: dict[int, Verdict] = {}
        self._judged_new: dict[int, Verdict] = {}

    def learn(self, arrivals: Iterable[Arrival]) -> None:
        """Look up together what `put` would look up for each."""
        self._moves.learn(chain.from_iterable(one.facets for one in arrivals))

    def put(
        self, arrival: Arrival, verdict: Verdict, before: Here | None, *, reborn: bool = False
    ) -> None:
        """Add or change one customer; ``reborn`` ones leave their tombstone."""
        self._revision += 1
        facets = self._moves.ids(arrival.facets)
        values = self._mutable(arrival, verdict, packed(facets))
        if before is None:
            row_id = self._next_id
            self._next_id += 1
            self._new.append((row_id, self._source, arrival.external_id, *values))
            self._new_keys += [(key, row_id) for key in split_keys(arrival.keys)]
            self._moves.move(row_id, set(), facets)
            self._judged_new[row_id] = verdict
        else:
            row_id = before.id
            self._changed.append((*values, row_id, arrival.version))
            self._rekey(row_id, split_keys(before.keys), split_keys(arrival.keys))
            self._moves.move(row_id, unpacked(before.facets), facets)
            self._judged[row_id] = verdict
        if reborn:
            self._reborn.append((self._source, arrival.external_id))

    def bury(self, gone: Here, reason: str) -> None:
        """Replace one customer by a tombstone."""
        self._revision += 1
        self._gone.append((gone.id,))
        self._graves.append(
            (
                self._source,
                gone.external_id,
                gone.version,
                self._revision,
                reason,
                self._now,
                gone.keys,
            )
        )
        self._rekey(gone.id, split_keys(gone.keys), [])
        self._moves.move(gone.id, unpacked(gone.facets), set())
        self._judged[gone.id] = NOTHING

    def flush(self) -> None:
        """Write everything."""
        connection = self._connection
        if not (self._new or self._changed or self._gone):
            return
        _insert.many(connection, self._new)
        _update.many(connection, self._changed)
        _remove.many(connection, self._gone)
        _bury.many(connection, self._graves)
        _unbury.many(connection, self._reborn)
        _drop_key.many(connection, sorted(self._dead_keys))
        self._add_keys()
        self._moves.flush()
        keeping.keep(connection, self._judged, self._judged_new)
        set_fact(connection, "revision", str(self._revision))
        set_fact(connection, "next_id", str(self._next_id))

    def _mutable(self, arrival: Arrival, verdict: Verdict, facets: bytes) -> tuple[Any, ...]:
        return (
            arrival.version,
            self._revision,
            arrival.customer_since,
            keeping.latest(arrival.bought, verdict.last_purchase_at),
            arrival.company,
            arrival.told,
            self._now,
            arrival.content_hash,
            arrival.keys,
            facets,
            arrival.doc,
        )

    def _add_keys(self) -> None:
        keys = sorted(self._new_keys)  # in order: random keys would rewrite every page
        whole = len(keys) - len(keys) % _KEYS_AT_ONCE
        groups = (keys[start : start + _KEYS_AT_ONCE] for start in range(0, whole, _KEYS_AT_ONCE))
        _add_keys.many(
            connection=self._connection, rows=map(tuple, map(chain.from_iterable, groups))
        )
        _add_key.many(self._connection, keys[whole:])

    def _rekey(self, row_id: int, old: list[bytes], new: list[bytes]) -> None:
        self._new_keys += [(key, row_id) for key in set(new).difference(old)]
        self._dead_keys += [(key, row_id) for key in set(old).difference(new)]
