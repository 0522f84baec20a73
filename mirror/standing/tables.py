"""The table of standings: what each customer's relationship is called, and until when.

One row holds every axis (`mirror.standing.held`): a customer is judged as a whole.
"""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, Table

from mirror.tables import mirror

standing = Table(
    "standing",
    mirror,
    Column("customer", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("review_at", BigInteger),  # when time alone moves the first of them
    Column("axes", LargeBinary, nullable=False),
)
Index(
    "standing_review",
    standing.c.review_at,
    sqlite_where=standing.c.review_at.is_not(None),
    postgresql_where=standing.c.review_at.is_not(None),
)
