"""What came of an act, whom it is about, and marks of session and address, in the journal."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_NEW = {"outcome": 10, "about": 60, "session": 16, "address": 16}


def upgrade() -> None:
    for name, length in _NEW.items():
        op.add_column("audit", sa.Column(name, sa.String(length=length), nullable=True))
    op.create_index("audit_action", "audit", ["action", "id"], unique=False)
    op.create_index("audit_at", "audit", ["at"], unique=False)


def downgrade() -> None:
    op.drop_index("audit_at", table_name="audit")
    op.drop_index("audit_action", table_name="audit")
    for name in reversed(_NEW):
        op.drop_column("audit", name)
