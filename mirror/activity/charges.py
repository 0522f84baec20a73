"""A month's charges: the list, its filters, its totals, all as of the same day.

A charge that was issued and whose day has passed is overdue, whether the master said so yet or
not: lists and totals count it so from the first minute of the day after, here in the shop's zone.
"""

import calendar
from collections.abc import Iterable
from datetime import date

import msgspec
from sqlalchemy import ColumnElement, select

from mirror.activity.finding import row_of
from mirror.activity.opening import Seen, open_row
from mirror.activity.tables import charge_total, payments
from mirror.database import Database


class Total(msgspec.Struct, frozen=True):
    """So many charges of a state and currency, and what they come to in hundredths."""

    state: str
    currency: str
    charges: int
    amount: int


class Charges(msgspec.Struct, frozen=True):
    """A page of a month's charges, earliest first; ``further`` is the row id to go on behind."""

    rows: list[Seen]
    further: int | None


def state_on(state: str, due_on: str, today: date) -> str:
    """A charge's state as of a day."""
    return "overdue" if state == "issued" and due_on and due_on < today.isoformat() else state


def totals(db: Database, month: str, today: date) -> list[Total]:
    """Of the charges that fall due in a month (``2026-10``): how many are in each state."""
    found: dict[tuple[str, str], list[int]] = {}
    for day, state, currency, number, amount in _cells(db, "due", *_days(month)):
        cell = found.setdefault((state_on(state, day, today), currency), [0, 0])
        cell[0] += number
        cell[1] += amount
    return [Total(*key, *cell) for key, cell in sorted(found.items())]


def received(db: Database, month: str) -> list[Total]:
    """What was paid in a month, whenever it was due, by currency."""
    found: dict[str, list[int]] = {}
    for _, _, currency, number, amount in _cells(db, "paid", *_days(month)):
        cell = found.setdefault(currency, [0, 0])
        cell[0] += number
        cell[1] += amount
    return [Total("paid", currency, *cell) for currency, cell in sorted(found.items())]


def charges(
    db: Database,
    month: str,
    today: date,
    *,
    state: str | None = None,
    after: int | None = None,
    limit: int = 40,
) -> Charges:
    """The charges that fall due in a month, all or those in a state as of ``today``."""
    first, last = _days(month)
    columns = payments.c
    query = select(payments).where(columns.due_on.between(first, last))
    if state:
        query = query.where(_in_state(state, today))
    with db.reading() as connection:
        behind = row_of(connection, payments, after)
        if behind is not None:
            same_day = (columns.due_on == behind.due_on) & (columns.id > behind.id)
            query = query.where((columns.due_on > behind.due_on) | same_day)
        rows = connection.execute(query.order_by(columns.due_on, columns.id).limit(limit + 1)).all()
    shown = [open_row(db.keys, "payments", row) for row in rows[:limit]]
    return Charges(shown, shown[-1].id if len(rows) > limit else None)


def months(db: Database) -> list[str]:
    """The months in which charges fall due, latest first."""
    day = charge_total.c.day
    query = select(day).where(charge_total.c.basis == "due", day != "").distinct()
    with db.reading() as connection:
        found = {one[:7] for one in connection.scalars(query)}
    return sorted(found, reverse=True)


def _in_state(state: str, today: date) -> ColumnElement[bool]:
    columns = payments.c
    passed = columns.due_on < today.isoformat()
    if state == "overdue":
        return (columns.state == "overdue") | ((columns.state == "issued") & passed)
    wanted = columns.state == state
    return wanted & ~passed if state == "issued" else wanted


def _cells(
    db: Database, basis: str, first: str, last: str
) -> Iterable[tuple[str, str, str, int, int]]:
    columns = charge_total.c
    query = select(
        columns.day, columns.state, columns.currency, columns.charges, columns.amount
    ).where(columns.basis == basis, columns.day.between(first, last))
    with db.reading() as connection:
        return [(row[0], row[1], row[2], row[3], row[4]) for row in connection.execute(query)]


def _days(month: str) -> tuple[str, str]:
    year, number = int(month[:4]), int(month[5:7])
    return f"{month}-01", f"{month}-{calendar.monthrange(year, number)[1]:02d}"
