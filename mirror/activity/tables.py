"""The tables of activity: one for each stream, in the shape that all of them share.

Amounts, dates and states are in clear, for filters and sums; texts, links and codes are sealed. An
activity keeps the master's id of its customer, so it waits for one who has not arrived by itself.
"""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
)

from mirror.tables import mirror


def _activity(name: str, *columns: Column[Any]) -> Table:
    return Table(
        name,
        mirror,
        Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
        Column("source", String(40), nullable=False),
        Column("external_id", String(64), nullable=False),
        Column("version", BigInteger, nullable=False),
        Column("content_hash", LargeBinary(16), nullable=False),
        Column("customer", String(64)),  # external id; None where the master names nobody
        Column("observed_at", BigInteger, nullable=False),
        Column("state", String(12), nullable=False),
        Column("currency", String(3), nullable=False),
        Column("amount", BigInteger, nullable=False),  # hundredths
        *columns,
        Column("doc", LargeBinary, nullable=False),  # empty once its customer is gone
        UniqueConstraint("source", "external_id"),
    )


orders = _activity(
    "orders",
    Column("kind", String(8), nullable=False),
    Column("placed_at", BigInteger, nullable=False),
)
Index("orders_customer", orders.c.source, orders.c.customer, orders.c.placed_at)

payments = _activity(
    "payments",
    Column("due_on", String(10), nullable=False),  # or issued, or paid: the month it belongs to
    Column("paid_at", BigInteger),
    Column("paid_amount", BigInteger),
    Column("of_order", String(64)),  # external id
)
Index("payments_customer", payments.c.source, payments.c.customer, payments.c.due_on)
Index("payments_order", payments.c.source, payments.c.of_order)
Index("payments_due", payments.c.due_on, payments.c.id)
Index("payments_state", payments.c.state, payments.c.due_on, payments.c.id)

deals = _activity(
    "deals",
    Column("opened_at", BigInteger, nullable=False),  # 0 where the master does not say
    Column("closed_at", BigInteger),
    Column("loss_reason", String(120)),
)
Index("deals_customer", deals.c.source, deals.c.customer, deals.c.opened_at)

visits = _activity("visits", Column("visited_at", BigInteger, nullable=False))
Index("visits_customer", visits.c.source, visits.c.customer, visits.c.visited_at)

TABLES = {table.name: table for table in (orders, payments, deals, visits)}

charge_total = Table(
    "charge_total",
    mirror,
    Column("basis", String(4), primary_key=True),  # due, paid
    Column("day", String(10), primary_key=True),
    Column("state", String(12), primary_key=True),
    Column("currency", String(3), primary_key=True),
    Column("charges", BigInteger, nullable=False),
    Column("amount", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
