"""Finds activity across customers: by the master's ids, a company's deals, what orders come to."""

from collections.abc import Iterable

import msgspec
from sqlalchemy import ColumnElement, func, literal, select

from mirror.activity.finding import Page, row_of
from mirror.activity.opening import Seen, open_row
from mirror.activity.tables import TABLES, deals, orders, payments
from mirror.database import Database
from mirror.prepared import chunks
from mirror.tables import customer

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
            found.update((row.external_id, open_row(db.keys, stream, row)) for row in rows)
    return found


def payments_of_order(
    db: Database, source: str, customer_id: str, order: str, limit: int = 100
) -> list[Seen]:
    """What a customer of ``source`` pays, or is to pay, for an order; by day, at most ``limit``."""
    columns = payments.c
    here = columns.source == source, columns.of_order == order, columns.customer == customer_id
    query = select(payments).where(*here).order_by(columns.due_on, columns.id).limit(limit)
    with db.reading() as connection:
        return [open_row(db.keys, "payments", row) for row in connection.execute(query)]


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
    shown = [open_row(db.keys, "deals", row) for row in rows[:limit]]
    return Page(shown, shown[-1].id if len(rows) > limit else None)


def deals_number(db: Database, source: str, external_id: str) -> int:
    """How many deals `deals_of_company` has in all."""
    query = select(func.count()).select_from(deals).where(*_theirs(source, external_id))
    with db.reading() as connection:
        return int(connection.execute(query).scalar_one())


def purchases(db: Database, source: str, external_id: str) -> list[Sum]:
    """What a customer's orders come to, each currency by itself.

    Quotes, returns and receipts are no orders; cancelled ones do not count.
    """
    here = orders.c.source == source, orders.c.customer == external_id
    counted = orders.c.kind == "order", orders.c.state != "cancelled"
    query = select(orders.c.currency, func.count(), func.sum(orders.c.amount))
    query = query.where(*here, *counted).group_by(orders.c.currency).order_by(orders.c.currency)
    with db.reading() as connection:
        return [Sum(row[0], int(row[1]), int(row[2])) for row in connection.execute(query)]


def _theirs(source: str, external_id: str) -> tuple[ColumnElement[bool], ...]:
    company = customer.c.source == source, customer.c.company == external_id
    people = select(customer.c.external_id).where(*company).limit(_MOST_STAFF).subquery()
    whose = select(people.c.external_id).union_all(select(literal(external_id)))
    return deals.c.source == source, deals.c.customer.in_(whose)
