"""The table of standings: what each customer's relationship is called, since when, until when."""

from sqlalchemy import BigInteger, Column, Index, LargeBinary, String, Table

from mirror.tables import mirror

standing = Table(
    "standing",
    mirror,
    Column("customer", BigInteger, primary_key=True),
    Column("axis", String(20), primary_key=True),
    Column("received", String(120)),  # what the master says; then that is the standing
    Column("derived", String(20), nullable=False),  # what the rules say
    Column("since", BigInteger, nullable=False),
    Column("review_at", BigInteger),  # when time alone moves it
    Column("next", String(20)),  # to what
    Column("steps", LargeBinary, nullable=False),  # how it came about: Steps, the latest last
    sqlite_with_rowid=False,
)
Index(
    "standing_review",
    standing.c.review_at,
    sqlite_where=standing.c.review_at.is_not(None),
    postgresql_where=standing.c.review_at.is_not(None),
)
