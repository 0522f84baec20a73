"""Quarantine keeps the shape of what could not be read, sealed.

Of what is there already none is known: it is noted when the record is refused anew.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.add_column("quarantine", sa.Column("shape", sa.LargeBinary()))
