"""Holds the stored sets of facets against the rows: what every list and count rests on."""

from typing import Any

from sqlalchemy import Connection, select

from mirror.facets import facets_of, unpacked_ids
from mirror.identifiers.search_terms import narrowings
from mirror.reading.facets import Facets
from mirror.store.engine import Database
from mirror.store.rows import opened_bits
from mirror.store.sealing import open_customer
from mirror.store.tables import customer, facet, facet_bits, standing

Sets = dict[tuple[str, str], set[int]]


def stored(connection: Connection) -> Sets:
    """Every facet that somebody has, and the row ids of those who have it."""
    names = {row.id: (row.name, row.value) for row in connection.execute(select(facet))}
    reading = Facets(connection, 0)
    found: Sets = {}
    for one in names.values():
        chosen = reading._stored(one)
        ids = {chunk * (1 << 14) + bit for chunk, bits in chosen.items() for bit in _bits(bits)}
        if ids:
            found[one] = ids
    return found


def of_rows(connection: Connection) -> Sets:
    """The same, as the rows of customers say."""
    names = {row.id: (row.name, row.value) for row in connection.execute(select(facet))}
    found: Sets = {}
    rows = [*connection.execute(select(customer.c.id, customer.c.facets))]
    rows += connection.execute(select(standing.c.customer, standing.c.facets))
    for row, facets in rows:
        for number in unpacked_ids(facets):
            found.setdefault(names[number], set()).add(row)
    return found


def check(db: Database, connection: Connection) -> None:
    """The sets are those of the rows, their counts those of the sets, and rows say the truth."""
    sets = stored(connection)
    assert sets == of_rows(connection)
    for place in connection.execute(select(facet_bits)):
        bits = int.from_bytes(opened_bits(place.bits), "little")
        assert place.customers == bits.bit_count() > 0
    names = {row.id: (row.name, row.value) for row in connection.execute(select(facet))}
    for row in connection.execute(select(customer)):
        record = open_customer(db.keys, row.source, row.external_id, row.version, row.doc)
        told = {names[number] for number in unpacked_ids(row.facets)}
        narrowed = set(map(db.keys.blind_facet, narrowings(record)))
        assert told == narrowed.union(facets_of(row.source, record))


def _bits(bits: int) -> Any:
    while bits:
        lowest = bits & -bits
        yield lowest.bit_length() - 1
        bits ^= lowest
