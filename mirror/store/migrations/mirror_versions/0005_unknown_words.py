"""Words of the master that the map does not know are counted.

Those in what is here already were never noted: reading has changed as well, so that the next
complete sweep reads everything once more.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "unknown_word",
        sa.Column("source", sa.String(40), primary_key=True),
        sa.Column("stream", sa.String(20), primary_key=True),
        sa.Column("place", sa.String(80), primary_key=True),
        sa.Column("word", sa.String(40), primary_key=True),
        sa.Column("fingerprint", sa.LargeBinary(4), primary_key=True),
        sa.Column("means", sa.String(12), nullable=False),
        sa.Column("records", sa.BigInteger(), nullable=False),
        sa.Column("first_seen_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sqlite_with_rowid=False,
    )
