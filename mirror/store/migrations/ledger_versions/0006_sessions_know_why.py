"""What a session keeps sealed and why it was ended; until when a terminal's token holds."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column("session", sa.Column("kept", sa.LargeBinary(), nullable=True))
    op.add_column("session", sa.Column("ended", sa.String(length=20), nullable=True))
    op.add_column("device", sa.Column("expires_at", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    op.drop_column("device", "expires_at")
    op.drop_column("session", "ended")
    op.drop_column("session", "kept")
