"""Gathers the rows of one transaction and writes them table by table, in key order."""

from collections import Counter
from itertools import chain
from typing import Any

import msgspec
from sqlalchemy import Connection, bindparam, delete, insert, update

from mirror.identifiers import search_terms
from mirror.planning import Arrival, Known
from mirror.prepared import Prepared
from mirror.progress import fact, now_us, set_fact
from mirror.records import Customer
from mirror.sealing import BLIND_BYTES, Keyring
from mirror.tables import customer, lookup, tombstone
from mirror.tally import Facet, adjust

_encode = msgspec.msgpack.Encoder().encode

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


def seal_row(source: str, external_id: str, version: int) -> str:
    """What a customer's document is sealed to: it opens in no other row and at no other version."""
    return f"customer/{source}/{external_id}@{version}"


def split_keys(keys: bytes) -> list[bytes]:
    """The lookup keys of a row, which it keeps end to end."""
    return [keys[start : start + BLIND_BYTES] for start in range(0, len(keys), BLIND_BYTES)]


def arrival(
    keys: Keyring,
    source: str,
    record: Customer,
    content_hash: bytes,
    raw: bytes,
    *,
    is_new: bool = False,
) -> Arrival:
    """Seal a customer of ``source`` and blind its search terms."""
    since, bought = record.customer_since, record.last_purchase_at
    return Arrival(
        record.external_id,
        record.version,
        content_hash,
        record.kind,
        record.registration,
        record.category,
        None if since is None else since.isoformat(),
        None if bought is None else int(bought.timestamp() * 1_000_000),
        b"".join(keys.blind_all(search_terms(record))),
        keys.seal(_encode(record), seal_row(source, record.external_id, record.version)),
        raw,
        is_new,
    )


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
        self._facets: Counter[Facet] = Counter()

    def put(self, arrival: Arrival, before: Known | None, *, reborn: bool = False) -> None:
        """Add or change one customer; ``reborn`` ones leave their tombstone."""
        self._revision += 1
        if before is None:
            row_id = self._next_id
            self._next_id += 1
            self._new.append((row_id, self._source, arrival.external_id, *self._mutable(arrival)))
            self._new_keys += [(key, row_id) for key in split_keys(arrival.keys)]
        else:
            row_id = before.id
            self._changed.append((*self._mutable(arrival), row_id, arrival.version))
            self._rekey(row_id, split_keys(before.keys), split_keys(arrival.keys))
            self._count(before.kind, before.registration, before.category, -1)
        if reborn:
            self._reborn.append((self._source, arrival.external_id))
        self._count(arrival.kind, arrival.registration, arrival.category, +1)

    def bury(self, gone: Known, reason: str) -> None:
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
        self._count(gone.kind, gone.registration, gone.category, -1)

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
        adjust(connection, self._facets)
        set_fact(connection, "revision", str(self._revision))
        set_fact(connection, "next_id", str(self._next_id))

    def _mutable(self, arrival: Arrival) -> tuple[Any, ...]:
        return (
            arrival.version,
            self._revision,
            arrival.kind,
            arrival.registration,
            arrival.category,
            arrival.customer_since,
            arrival.last_purchase_at,
            self._now,
            arrival.content_hash,
            arrival.keys,
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

    def _count(self, kind: str, registration: str, category: str | None, number: int) -> None:
        self._facets[self._source, kind, registration, category or ""] += number
