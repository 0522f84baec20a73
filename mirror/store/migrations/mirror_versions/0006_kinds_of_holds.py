"""More than removals may wait for a person: a hold says of what kind it is.

What waits there is a removal.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_COLUMNS = "source, held_at, missing, known, ids, released_at"


def upgrade() -> None:
    before = op.get_bind().execute(sa.text(f"SELECT {_COLUMNS} FROM hold")).all()  # noqa: S608 - names of ours
    op.drop_table("hold")
    table = op.create_table(
        "hold",
        sa.Column("source", sa.String(60), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("held_at", sa.BigInteger(), nullable=False),
        sa.Column("missing", sa.Integer(), nullable=False),
        sa.Column("known", sa.Integer(), nullable=False),
        sa.Column("ids", sa.Text(), nullable=False),
        sa.Column("released_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("source", "kind"),
    )
    op.bulk_insert(table, [row._asdict() | {"kind": "gone"} for row in before])
