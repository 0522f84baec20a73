"""Quarantine says whose an activity is, so that its bytes can go with its customer.

Whose the activities there are was never noted: they count as new to quarantine, so that the next
complete sweep reads them once more and notes it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("quarantine", sa.Column("customer", sa.String(64)))
    known = sa.text("customer IS NOT NULL")
    op.create_index(
        "quarantine_customer",
        "quarantine",
        ["source", "customer"],
        sqlite_where=known,
        postgresql_where=known,
    )
    kept = sa.table("quarantine", sa.column("source"), sa.column("content_hash"))
    op.execute(sa.update(kept).where(kept.c.source.like("%/%")).values(content_hash=b""))
