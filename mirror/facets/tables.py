"""The tables of facets: their names, and the set of customers that each has."""

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, String, Table, UniqueConstraint

from mirror.tables import mirror

facet = Table(
    "facet",
    mirror,
    Column("id", Integer, primary_key=True),
    Column("name", String(80), nullable=False),
    Column("value", String(120), nullable=False),
    UniqueConstraint("name", "value"),
)

PLACES = 1 << 24
"""Chunks that a facet may have: ``place`` is its id times this, plus the chunk's number."""

facet_bits = Table(
    "facet_bits",
    mirror,
    Column("place", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("customers", Integer, nullable=False),
    Column("bits", LargeBinary, nullable=False),  # compressed; the lowest id first
)
