"""Facets say more: the master's own situations, why somebody is archived, what Sell forbids.

Everybody is given facets anew and judged again by the next run.
"""

from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.execute("DELETE FROM meta WHERE name LIKE 'rules %' OR name LIKE 'filters %'")
    op.execute(
        "INSERT INTO meta (name, value) SELECT DISTINCT 'filters ' || source, '' FROM customer"
    )
