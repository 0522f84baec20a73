"""A checkpoint keeps how far a listing of everything came that one run could not end.

Of an earlier mirror that is not known: its first load begins once more.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.add_column("checkpoint", sa.Column("trail", sa.Text()))
