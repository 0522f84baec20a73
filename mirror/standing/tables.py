"""The table of standings: what activity and time made of each customer, and until when.

One row holds every axis (`mirror.standing.held`): a customer is judged as a whole. Who did nothing
and is judged by no rules has none.
"""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, Table

from mirror.tables import mirror

standing = Table(
    "standing",
    mirror,
    Column("customer", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("review_at", BigInteger),  # when time alone moves the first of them
    Column("axes", LargeBinary, nullable=False),
    Column("facets", LargeBinary, nullable=False),  # ids, as `customer.facets`; never the same ones
)
Index(
    "standing_review",
    standing.c.review_at,
    sqlite_where=standing.c.review_at.is_not(None),
    postgresql_where=standing.c.review_at.is_not(None),
)
