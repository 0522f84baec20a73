"""Failed sign-ins are counted by login and address together: a stranger locks nobody out."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "door",
        sa.Column("login", sa.String(length=60), nullable=False),
        sa.Column("address", sa.String(length=16), nullable=False),
        sa.Column("failures", sa.SmallInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("known", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("login", "address"),
    )
    op.drop_column("staff", "failures")
    op.drop_column("staff", "locked_until")


def downgrade() -> None:
    op.add_column("staff", sa.Column("locked_until", sa.BigInteger(), nullable=True))
    failures = sa.Column("failures", sa.SmallInteger(), nullable=False, server_default="0")
    op.add_column("staff", failures)
    op.drop_table("door")
