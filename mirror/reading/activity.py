"""Finds what customers did: one's, across customers, and what waits for somebody."""

from collections.abc import Iterable
from datetime import date
from typing import Any

import msgspec
from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Row,
    Table,
    and_,
    bindparam,
    exists,
    func,
    literal,
    select,
    tuple_,
)

from mirror.records import STREAMS, Customer, is_purchase
from mirror.store.engine import ID_NAMES, ID_PLACES, Database, Prepared, chunks, filled
from mirror.store.sealing import MOST_ID, Keyring, Seen, open_activity, open_customer
from mirror.store.tables import TABLES, customer, deals, orders, payments, tombstone

Name = tuple[str, str]
"""A source, and the id by which that master knows a customer."""

WHEN = {"orders": "placed_at", "payments": "due_on", "deals": "opened_at", "visits": "visited_at"}
"""The column by which a stream is in order."""


class Page(msgspec.Struct, frozen=True):
    """Some of what a customer did; ``older`` is the row id to go on behind."""

    rows: list[Seen]
    older: int | None


def of_customer(
    db: Database,
    stream: str,
    source: str,
    external_id: str,
    *,
    before: int | None = None,
    limit: int = 20,
    only: ColumnElement[bool] | None = None,
) -> Page:
    """A page of one stream of a customer of ``source``, newest first, behind the row ``before``."""
    table = TABLES[stream]
    when = table.c[WHEN[stream]]
    query = select(table).where(table.c.source == source, table.c.customer == external_id)
    query = query if only is None else query.where(only)
    with db.reading() as connection:
        last = row_of(connection, table, before)
        if last is not None:
            behind = (when == last._mapping[when]) & (table.c.id < last.id)
            query = query.where((when < last._mapping[when]) | behind)
        query = query.order_by(when.desc(), table.c.id.desc()).limit(limit + 1)
        rows = connection.execute(query).all()
    shown = [open_activity(db.keys, stream, row) for row in rows[:limit]]
    return Page(shown, shown[-1].id if len(rows) > limit else None)


SETTLED = payments.c.state.in_(("paid", "cancelled", "deleted"))
"""Charges that nobody is to pay any more."""


def get(db: Database, stream: str, row_id: int) -> Seen | None:
    """One activity by the mirror's own id."""
    with db.reading() as connection:
        row = row_of(connection, TABLES[stream], row_id)
    return None if row is None else open_activity(db.keys, stream, row)


def numbers(db: Database, source: str, external_id: str) -> dict[str, int]:
    """How many of each stream a customer has."""
    with db.reading() as connection:
        return {name: _number(connection, TABLES[name], source, external_id) for name in STREAMS}


def served(db: Database) -> set[str]:
    """The streams of which the mirror has anything at all."""
    with db.reading() as connection:
        any_of = ((name, select(table.c.id).limit(1)) for name, table in TABLES.items())
        return {name for name, query in any_of if connection.execute(query).first()}


def _number(connection: Connection, table: Table, source: str, external_id: str) -> int:
    query = select(func.count()).select_from(table)
    here = table.c.source == source, table.c.customer == external_id
    return int(connection.execute(query.where(*here)).scalar_one())


def row_of(connection: Connection, table: Table, row_id: int | None) -> Row[Any] | None:
    """The row of that id, None where there is none; an address may name any number."""
    if row_id is None or not 0 < row_id <= MOST_ID:
        return None
    return connection.execute(select(table).where(table.c.id == row_id)).first()


# Finds activity across customers: by the master's ids, a company's deals, what orders come to.

_MOST_STAFF = 500
"""Of so many of a company's people the deals are looked for: bounded work for any company."""


class Sum(msgspec.Struct, frozen=True):
    """So many orders of a currency, and what they come to in hundredths."""

    currency: str
    orders: int
    amount: int


def named(db: Database, stream: str, source: str, names: Iterable[str]) -> dict[str, Seen]:
    """The activities of ``source`` with these ids of the master's, by id; at most some hundreds."""
    table, found = TABLES[stream], dict[str, Seen]()
    with db.reading() as connection:
        for part in chunks(sorted(set(names))):
            here = table.c.source == source, table.c.external_id.in_(part)
            rows = connection.execute(select(table).where(*here))
            found.update((row.external_id, open_activity(db.keys, stream, row)) for row in rows)
    return found


def payments_of_order(
    db: Database, source: str, customer_id: str, order: str, limit: int = 100
) -> list[Seen]:
    """What a customer of ``source`` pays, or is to pay, for an order; by day, at most ``limit``."""
    columns = payments.c
    here = columns.source == source, columns.of_order == order, columns.customer == customer_id
    query = select(payments).where(*here).order_by(columns.due_on, columns.id).limit(limit)
    with db.reading() as connection:
        return [open_activity(db.keys, "payments", row) for row in connection.execute(query)]


def deals_of_company(
    db: Database, source: str, external_id: str, *, before: int | None = None, limit: int = 20
) -> Page:
    """A page of a company's deals and of those whose primary contact works there, newest first."""
    when = deals.c.opened_at
    query = select(deals).where(*_theirs(source, external_id))
    with db.reading() as connection:
        last = row_of(connection, deals, before)
        if last is not None:
            behind = (when == last.opened_at) & (deals.c.id < last.id)
            query = query.where((when < last.opened_at) | behind)
        query = query.order_by(when.desc(), deals.c.id.desc()).limit(limit + 1)
        rows = connection.execute(query).all()
    shown = [open_activity(db.keys, "deals", row) for row in rows[:limit]]
    return Page(shown, shown[-1].id if len(rows) > limit else None)


def deals_number(db: Database, source: str, external_id: str) -> int:
    """How many deals `deals_of_company` has in all."""
    query = select(func.count()).select_from(deals).where(*_theirs(source, external_id))
    with db.reading() as connection:
        return int(connection.execute(query).scalar_one())


_PURCHASE = is_purchase(orders.c.kind, orders.c.state)


def purchases(db: Database, source: str, external_id: str) -> list[Sum]:
    """What a customer's purchases come to, each currency by itself."""
    here = orders.c.source == source, orders.c.customer == external_id
    query = select(orders.c.currency, func.count(), func.sum(orders.c.amount))
    query = query.where(*here, _PURCHASE).group_by(orders.c.currency).order_by(orders.c.currency)
    with db.reading() as connection:
        return [Sum(row[0], int(row[1]), int(row[2])) for row in connection.execute(query)]


class Overdue(msgspec.Struct, frozen=True):
    """What a customer has not paid in time: of one currency, in hundredths."""

    currency: str
    charges: int
    amount: int
    since: str
    """The first day that any of it was due; empty where the master tells no day."""


def overdue(db: Database, names: Iterable[Name], today: date) -> dict[Name, list[Overdue]]:
    """Who of these customers is late as of ``today``, and with what; one look for a whole page."""
    theirs: dict[str, set[str]] = {}
    for source, external_id in names:
        theirs.setdefault(source, set()).add(external_id)
    found: dict[Name, list[Overdue]] = {}
    with db.prepared() as link:
        for source, ids in theirs.items():
            for part in chunks(ids):
                for whose, *late in _late.rows(link, source, today.isoformat(), *filled(part)):
                    one = Overdue(late[0], int(late[1]), int(late[2]), late[3] or "")
                    found.setdefault((source, whose), []).append(one)
    return found


def late_on(today: date | BindParameter[str]) -> ColumnElement[bool]:
    """Charges that were issued and whose day has passed, whether the master said so or not."""
    due, day = payments.c.due_on, today.isoformat() if isinstance(today, date) else today
    return and_(payments.c.state == "issued", due != "", due < day)


_each = payments.c.customer, payments.c.currency
_earliest = func.min(func.nullif(payments.c.due_on, ""))
_late = Prepared(
    select(*_each, func.count(), func.sum(payments.c.amount), _earliest)
    .where(
        payments.c.source == bindparam("source"),
        payments.c.customer.in_(ID_PLACES),
        (payments.c.state == "overdue") | late_on(bindparam("today")),
    )
    .group_by(*_each)
    .order_by(*_each),
    *("source", "today", *ID_NAMES),
)


def _theirs(source: str, external_id: str) -> tuple[ColumnElement[bool], ...]:
    company = customer.c.source == source, customer.c.company == external_id
    people = select(customer.c.external_id).where(*company).limit(_MOST_STAFF).subquery()
    whose = select(people.c.external_id).union_all(select(literal(external_id)))
    return deals.c.source == source, deals.c.customer.in_(whose)


# Whose activities are: the customers that a page of them names, in one look-up.

_ROW = select(
    customer.c.id, customer.c.source, customer.c.external_id, customer.c.version, customer.c.doc
)


class Whose(msgspec.Struct, frozen=True):
    """A customer whose activity it is."""

    id: int
    """The mirror's own."""
    customer: Customer


def whose(connection: Connection, keys: Keyring, names: Iterable[Name]) -> dict[Name, Whose]:
    """The customers of these names; who has not arrived yet is left out.

    Work in proportion to the names, which are those of one page.
    """
    wanted = sorted(set(names))
    if not wanted:
        return {}
    here = tuple_(customer.c.source, customer.c.external_id).in_(wanted)
    return {
        (row[1], row[2]): Whose(row[0], open_customer(keys, row[1], row[2], row[3], row[4]))
        for row in connection.execute(_ROW.where(here))
    }


# What waits for its customer: activity that names somebody who has not arrived.
#
# It is no fault: a master's streams are read one after the other. What waits for long names
# somebody whom the master does not serve, or who is in quarantine.


class Waiting(msgspec.Struct, frozen=True):
    """Of one stream of one source."""

    stream: str
    source: str
    records: int
    customers: int
    """How many they wait for."""
    first: list[str]
    """The master's ids of some of those, in their order."""


def waiting(db: Database, some: int = 5) -> list[Waiting]:
    """Every stream and source of which anything waits; ``some`` is how many ids are named.

    Walks the indices of activity once: no record is read.
    """
    with db.reading() as connection:
        return [
            Waiting(name, *row, _first(connection, table, row[0], some))
            for name, table in ((stream, TABLES[stream]) for stream in STREAMS)
            for row in _numbers(connection, table)
        ]


def _numbers(connection: Connection, table: Table) -> list[tuple[str, int, int]]:
    columns = table.c
    number = func.count(), func.count(columns.customer.distinct())
    query = select(columns.source, *number).where(_waits(table)).group_by(columns.source)
    found = connection.execute(query.order_by(columns.source))
    return [(row[0], row[1], row[2]) for row in found]


def _first(connection: Connection, table: Table, source: str, some: int) -> list[str]:
    name = table.c.customer
    query = select(name).where(table.c.source == source, _waits(table)).distinct()
    return list(connection.scalars(query.order_by(name).limit(some)))


def _waits(table: Table) -> ColumnElement[bool]:
    """Who is gone does not come: what they did stays without them."""
    source, name = table.c.source, table.c.customer
    here = exists().where(customer.c.source == source, customer.c.external_id == name)
    gone = exists().where(tombstone.c.source == source, tombstone.c.external_id == name)
    return name.is_not(None) & ~here & ~gone
