"""The facets that standings give go beside the standings: time alone rewrites no customer.

Everybody is judged again by the next run: what only a person can say is no difference any more.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_NOTHING = {"sqlite": "X'90'", "postgresql": "'\\x90'::bytea"}
"""No axes, as a row keeps them."""
_EMPTY = {"sqlite": "X''", "postgresql": "''"}


def upgrade() -> None:
    engine = op.get_bind().dialect.name
    none = sa.text(_EMPTY[engine])
    empty = sa.Column("facets", sa.LargeBinary(), nullable=False, server_default=none)
    op.add_column("standing", empty)
    op.execute(
        "UPDATE standing SET facets = coalesce("
        "(SELECT derived FROM customer WHERE customer.id = standing.customer), facets)"
    )
    op.execute(
        f"INSERT INTO standing (customer, axes, facets) SELECT id, {_NOTHING[engine]}, derived"  # noqa: S608
        " FROM customer WHERE length(derived) > 0 AND id NOT IN (SELECT customer FROM standing)"
    )
    op.drop_column("customer", "derived")
    op.execute("DELETE FROM meta WHERE name LIKE 'rules %'")
