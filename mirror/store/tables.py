"""The tables of the mirror: what the master says, what customers do, facets and standings.

The same definitions serve every engine (`mirror.store.engine`). Instants are integers, microseconds
since 1970 in UTC; days are ISO text. Everything that says *who* a customer is lies sealed in
``customer.doc``; what is in clear is what filters and paging need.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

mirror = MetaData()

IN_KEY_ORDER = "in key order"
"""Said of a table that is best kept as its primary key alone, sorted."""
ONLY_WHERE = "only where"
"""Said of an index, with the condition: of the other rows nothing is to be found by it."""


class RowId(BigInteger):
    """The number that an engine gives a row."""


def _sparse(name: str, *columns: Column[Any], where: Column[Any]) -> Index:
    """An index of the rows that have something in ``where``."""
    return Index(name, *columns, info={ONLY_WHERE: where.is_not(None)})


customer = Table(
    "customer",
    mirror,
    Column("id", RowId, primary_key=True),
    Column("source", String(40), nullable=False),
    Column("external_id", String(64), nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("revision", BigInteger, nullable=False),
    Column("customer_since", String(10)),
    Column("last_purchase_at", BigInteger),  # as received, or the newest order's
    Column("company", String(64)),  # the external id of the company where a person works
    Column("told", Text),  # what the master says of standings: JSON, axis to word
    Column("observed_at", BigInteger, nullable=False),
    Column("content_hash", LargeBinary(16), nullable=False),
    Column("keys", LargeBinary, nullable=False),  # the row's own lookup keys, end to end
    Column("facets", LargeBinary, nullable=False),  # what lists filter by: ids of facets
    Column("doc", LargeBinary, nullable=False),
    UniqueConstraint("source", "external_id"),
)
_sparse(
    "customer_company",
    customer.c.source,
    customer.c.company,
    where=customer.c.company,
)

# One derived key per kind makes keys of different kinds disjoint, so the kind needs no column.
lookup = Table(
    "lookup",
    mirror,
    Column("key", LargeBinary(16), primary_key=True),
    Column("customer", BigInteger, primary_key=True),
    info={IN_KEY_ORDER: True},
)

# The words of names, by the key they have in `lookup`, and how many customers have each there.
name_word = Table(
    "name_word",
    mirror,
    Column("key", LargeBinary(16), primary_key=True),
    Column("holders", BigInteger, nullable=False),
    Column("word", LargeBinary, nullable=False),  # sealed
    info={IN_KEY_ORDER: True},
)
WORDS = "words"
"""The fact that says how often the vocabulary has changed; not there before it is filled."""

tombstone = Table(
    "tombstone",
    mirror,
    Column("source", String(40), primary_key=True),
    Column("external_id", String(64), primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("revision", BigInteger, nullable=False),
    Column("reason", String(20), nullable=False),  # sweep, master, erasure
    Column("gone_at", BigInteger, nullable=False),
    Column("keys", LargeBinary, nullable=False),
    info={IN_KEY_ORDER: True},
)

quarantine = Table(
    "quarantine",
    mirror,
    Column("id", RowId, primary_key=True),
    Column("source", String(40), nullable=False),
    Column("subject", String(80), nullable=False),  # external id, or hash:… where there is none
    Column("external_id", String(64)),
    Column("customer", String(64)),  # of an activity: external id; None where it cannot be read
    Column("field", String(80), nullable=False),
    Column("rule", String(80), nullable=False),
    Column("content_hash", LargeBinary(16), nullable=False),
    Column("first_seen_at", BigInteger, nullable=False),
    Column("last_seen_at", BigInteger, nullable=False),
    Column("times", Integer, nullable=False),
    Column("raw", LargeBinary, nullable=False),  # sealed; empty where it is not kept
    Column("shape", LargeBinary),  # sealed: what the value looks like, no letter or digit of it
    UniqueConstraint("source", "subject"),
)
_sparse(
    "quarantine_customer",
    quarantine.c.source,
    quarantine.c.customer,
    where=quarantine.c.customer,
)

hold = Table(
    "hold",
    mirror,
    Column("source", String(60), primary_key=True),
    Column("kind", String(40), primary_key=True),  # gone, older, or the field that many lose
    Column("held_at", BigInteger, nullable=False),
    Column("missing", Integer, nullable=False),  # how many records it is about
    Column("known", Integer, nullable=False),
    Column("ids", Text, nullable=False),  # whom a release lets go, and nobody else
    Column("released_at", BigInteger),  # a person took the master's word
)

checkpoint = Table(
    "checkpoint",
    mirror,
    Column("source", String(40), primary_key=True),
    Column("stream", String(20), primary_key=True),
    Column("cursor", Text),  # the master's own string
    Column("listed_at", BigInteger),  # last complete listing (initial load or sweep)
    Column("succeeded_at", BigInteger),  # last run that reached the end
    Column("attempted_at", BigInteger),
    Column("problem", Text),  # sentence of the last failure, empty after a success
    Column("interval_s", Integer, nullable=False),
    Column("doubt", Text),  # why the last complete listing may lack somebody
    Column("again_from", Text),  # where a listing began that broke off; empty: at the beginning
    Column("trail", Text),  # how far a listing of everything came (`connector.stream_run.Trail`)
)

run = Table(
    "run",
    mirror,
    Column("id", RowId, primary_key=True),
    Column("source", String(40), nullable=False),
    Column("mode", String(12), nullable=False),  # initial, changes, sweep
    Column("started_at", BigInteger, nullable=False),
    Column("finished_at", BigInteger),
    Column("outcome", String(12), nullable=False),  # running, ok, incomplete, failed, interrupted
    Column("requests", Integer, nullable=False, default=0),
    Column("received", Integer, nullable=False, default=0),
    Column("added", Integer, nullable=False, default=0),
    Column("changed", Integer, nullable=False, default=0),
    Column("unchanged", Integer, nullable=False, default=0),
    Column("stale", Integer, nullable=False, default=0),
    Column("quarantined", Integer, nullable=False, default=0),
    Column("gone", Integer, nullable=False, default=0),
    Column("held", Integer, nullable=False, default=0),
    Column("sentence", Text, nullable=False, default=""),
    Index("run_source", "source", "id"),
)

unknown_word = Table(
    "unknown_word",
    mirror,
    Column("source", String(40), primary_key=True),
    Column("stream", String(20), primary_key=True),
    Column("place", String(80), primary_key=True),  # in the source file: map.registration
    Column("word", String(40), primary_key=True),  # empty: what was there is no vocabulary
    Column("fingerprint", LargeBinary(4), primary_key=True),  # of the map that did not know it
    Column("means", String(12), nullable=False),  # what it may mean, by its beginning; or empty
    Column("records", BigInteger, nullable=False),  # that were read with it
    Column("first_seen_at", BigInteger, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
    info={IN_KEY_ORDER: True},
)

# epoch, revision, fence, next_id, and by which rules each source stands.
meta = Table(
    "meta",
    mirror,
    Column("name", String(80), primary_key=True),
    Column("value", Text, nullable=False),
)


# The tables of activity: one for each stream, in the shape that all of them share.
#
# Amounts, dates and states are in clear, for filters and sums; texts, links and codes are sealed.
# An activity keeps the master's id of its customer, so it waits for one who has not arrived by
# itself.


def _activity(name: str, *columns: Column[Any]) -> Table:
    return Table(
        name,
        mirror,
        Column("id", RowId, primary_key=True),
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
    Column("issued_on", String(10), nullable=False),  # empty where the master does not say
)
Index("payments_customer", payments.c.source, payments.c.customer, payments.c.due_on)
Index("payments_order", payments.c.source, payments.c.of_order)
Index("payments_due", payments.c.due_on, payments.c.id)
Index("payments_state", payments.c.state, payments.c.due_on, payments.c.id)
Index("payments_issued", payments.c.issued_on, payments.c.id)
# A month's sums by the day of issue, without a look at the rows themselves.
Index(
    "payments_issued_sums",
    payments.c.issued_on,
    payments.c.state,
    payments.c.currency,
    payments.c.due_on,
    payments.c.amount,
)

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
    info={IN_KEY_ORDER: True},
)


# The tables of facets: their names, and the set of customers that each has.

facet = Table(
    "facet",
    mirror,
    Column("id", Integer, primary_key=True),
    Column("name", String(80), nullable=False),
    Column("value", String(120), nullable=False),
    UniqueConstraint("name", "value"),
)

PLACES = 1 << 24
"""Chunks that a facet may have: ``place`` is its id times this, plus the chunk's number."""

facet_bits = Table(
    "facet_bits",
    mirror,
    Column("place", RowId, primary_key=True),
    Column("customers", Integer, nullable=False),
    Column("bits", LargeBinary, nullable=False),  # compressed; the lowest id first
)


# The table of standings: what activity and time made of each customer, and until when.
#
# One row holds every axis (`mirror.standing.verdict`): a customer is judged as a whole. Who did
# nothing and is judged by no rules has none.

standing = Table(
    "standing",
    mirror,
    Column("customer", RowId, primary_key=True),
    Column("review_at", BigInteger),  # when time alone moves the first of them
    Column("axes", LargeBinary, nullable=False),
    Column("facets", LargeBinary, nullable=False),  # ids, as `customer.facets`; never the same ones
)
_sparse(
    "standing_review",
    standing.c.review_at,
    where=standing.c.review_at,
)


@dataclass(frozen=True)
class Upsert:
    """Rows to be written over those that have the same key."""

    table: Table
    by: tuple[str, ...]
    """The columns of the key."""
    columns: tuple[str, ...]
    """Those that are given, the key's among them."""
    adding: frozenset[str] = frozenset()
    """Numbers to be added to what stands there."""
    keeping: frozenset[str] = frozenset()
    """What stays as it stands there."""
    over: tuple[str, ...] = ()
    """What is written over; nothing where a row that is there stays as it is."""
