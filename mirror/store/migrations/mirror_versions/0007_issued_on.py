"""The day on which a charge was issued stands in clear, so that a month can be listed by it.

It is known once the master has been listed anew: what is here lies sealed.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    empty = sa.Column("issued_on", sa.String(10), nullable=False, server_default="")
    op.add_column("payments", empty)
    op.create_index("payments_issued", "payments", ["issued_on", "id"])
    sums = ["issued_on", "state", "currency", "due_on", "amount"]
    op.create_index("payments_issued_sums", "payments", sums)
