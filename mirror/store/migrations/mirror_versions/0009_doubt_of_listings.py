"""A checkpoint says what is to be doubted of the last listing, and where a broken one began.

Of an earlier mirror neither is known: its next sweep tells.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column("checkpoint", sa.Column("doubt", sa.Text()))
    op.add_column("checkpoint", sa.Column("again_from", sa.Text()))
