"""The words of names are kept, each once and sealed, with the number of customers who have it.

An earlier mirror's lie in sealed records: the next cycle fills them in, and gives everybody the
facets that a search for a name is narrowed by.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.create_table(
        "name_word",
        sa.Column("key", sa.LargeBinary(16), primary_key=True),
        sa.Column("holders", sa.BigInteger(), nullable=False),
        sa.Column("word", sa.LargeBinary(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.execute(
        "INSERT INTO meta (name, value)"
        " SELECT 'words', '0' WHERE NOT EXISTS (SELECT 1 FROM customer)"
    )
    op.execute("DELETE FROM meta WHERE name LIKE 'rules %' OR name LIKE 'filters %'")
    op.execute(
        "INSERT INTO meta (name, value) SELECT DISTINCT 'filters ' || source, '' FROM customer"
    )
