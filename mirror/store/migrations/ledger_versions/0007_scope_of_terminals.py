"""A terminal may be limited to customers of some sources, sellers, groups and the like."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("device", sa.Column("scope", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("device", "scope")
