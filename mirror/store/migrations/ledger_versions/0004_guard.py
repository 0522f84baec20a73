"""Whom each met and which terms found nobody in the last day, and who is locked for guessing."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "trace",
        sa.Column("owner", sa.String(length=71), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("mark", sa.String(length=16), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("owner", "kind", "mark"),
    )
    op.create_index("trace_at", "trace", ["at"], unique=False)
    op.create_table(
        "watch",
        sa.Column("owner", sa.String(length=71), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("rule", sa.String(length=20), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("locked", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("owner"),
    )


def downgrade() -> None:
    op.drop_table("watch")
    op.drop_index("trace_at", table_name="trace")
    op.drop_table("trace")
