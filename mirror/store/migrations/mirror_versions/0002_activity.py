"""Activity and standings; facets in the place of the tally and of the columns that lists used.

What a customer's facets are lies sealed in its row, so the master is read from its beginning once
more: searches find everybody meanwhile, lists fill up as the rows come.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_STREAMS = ("orders", "payments", "deals", "visits")


def upgrade() -> None:
    _customer()
    _facets()
    _standing()
    _activity()
    for table, column, length in (("hold", "source", 60), ("meta", "name", 80)):
        with op.batch_alter_table(table) as changing:
            changing.alter_column(column, type_=sa.String(length), existing_nullable=False)
    op.execute("UPDATE checkpoint SET cursor = NULL, listed_at = NULL")


def _customer() -> None:
    op.drop_table("tally")
    op.drop_index("customer_browse", "customer")
    op.drop_index("customer_category", "customer")
    for name in ("kind", "registration", "category"):
        op.drop_column("customer", name)
    op.add_column("customer", sa.Column("company", sa.String(64)))
    op.add_column("customer", sa.Column("told", sa.Text()))
    for name in ("facets", "derived"):
        empty = sa.Column(name, sa.LargeBinary(), nullable=False, server_default=_nothing())
        op.add_column("customer", empty)
    there = sa.text("company IS NOT NULL")
    op.create_index(
        "customer_company",
        "customer",
        ["source", "company"],
        sqlite_where=there,
        postgresql_where=there,
    )


def _nothing() -> sa.TextClause:
    """No bytes, in the engine's words."""
    return sa.text("X''" if op.get_bind().dialect.name == "sqlite" else "''")


def _facets() -> None:
    op.create_table(
        "facet",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("value", sa.String(120), nullable=False),
        sa.UniqueConstraint("name", "value"),
    )
    op.create_table(
        "facet_bits",
        sa.Column("place", _ID, primary_key=True),
        sa.Column("customers", sa.Integer(), nullable=False),
        sa.Column("bits", sa.LargeBinary(), nullable=False),
    )


def _standing() -> None:
    op.create_table(
        "standing",
        sa.Column("customer", _ID, primary_key=True),
        sa.Column("review_at", sa.BigInteger()),
        sa.Column("axes", sa.LargeBinary(), nullable=False),
    )
    due = sa.text("review_at IS NOT NULL")
    op.create_index(
        "standing_review", "standing", ["review_at"], sqlite_where=due, postgresql_where=due
    )


def _activity() -> None:
    at = sa.BigInteger()
    _stream("orders", sa.Column("kind", sa.String(8), nullable=False), _instant("placed_at"))
    _stream(
        "payments",
        sa.Column("due_on", sa.String(10), nullable=False),
        sa.Column("paid_at", at),
        sa.Column("paid_amount", at),
        sa.Column("of_order", sa.String(64)),
    )
    _stream(
        "deals",
        _instant("opened_at"),
        sa.Column("closed_at", at),
        sa.Column("loss_reason", sa.String(120)),
    )
    _stream("visits", _instant("visited_at"))
    for name, when in zip(
        _STREAMS, ("placed_at", "due_on", "opened_at", "visited_at"), strict=True
    ):
        op.create_index(f"{name}_customer", name, ["source", "customer", when])
    op.create_index("payments_order", "payments", ["source", "of_order"])
    op.create_index("payments_due", "payments", ["due_on", "id"])
    op.create_index("payments_state", "payments", ["state", "due_on", "id"])
    op.create_table(
        "charge_total",
        sa.Column("basis", sa.String(4), primary_key=True),
        sa.Column("day", sa.String(10), primary_key=True),
        sa.Column("state", sa.String(12), primary_key=True),
        sa.Column("currency", sa.String(3), primary_key=True),
        sa.Column("charges", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sqlite_with_rowid=False,
    )


def _instant(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def _stream(name: str, *columns: sa.Column[int] | sa.Column[str]) -> None:
    op.create_table(
        name,
        sa.Column("id", _ID, primary_key=True),
        sa.Column("source", sa.String(40), nullable=False),
        sa.Column("external_id", sa.String(64), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("content_hash", sa.LargeBinary(16), nullable=False),
        sa.Column("customer", sa.String(64)),
        sa.Column("observed_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        *columns,
        sa.Column("doc", sa.LargeBinary(), nullable=False),
        sa.UniqueConstraint("source", "external_id"),
    )
