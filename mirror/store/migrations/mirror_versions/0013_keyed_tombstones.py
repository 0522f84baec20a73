"""A tombstone keeps the master's id keyed where it may be a document, a telephone or an address."""

import sqlalchemy as sa
from alembic import op

from mirror.store.engine import keys_of

revision = "0013"
down_revision = "0012"

_graves = sa.table("tombstone", sa.column("source"), sa.column("external_id"))


def upgrade() -> None:
    connection = op.get_bind()
    keyed = keys_of(connection).fingerprint("gone")
    for source, name in connection.execute(sa.select(_graves)).all():
        if "@" in name or sum(map(str.isdigit, name)) > 6:
            kept = f"#{keyed(f'{source}/{name}'.encode()).hex()}"
            its = (_graves.c.source == source) & (_graves.c.external_id == name)
            connection.execute(sa.update(_graves).where(its).values(external_id=kept))
