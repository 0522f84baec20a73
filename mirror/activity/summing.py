"""Sums of charges by month, out of the running totals: as cheap for a million charges as for ten.

Every sum is of one currency. A charge that was issued and whose day has passed is overdue, whether
the master said so yet or not: from the first minute of the day after, here in the shop's zone.
"""

import calendar
from collections.abc import Sequence
from datetime import date

import msgspec
from sqlalchemy import ColumnElement, Connection, case, func, select

from mirror.activity.tables import charge_total
from mirror.database import Database

NO_MONTH = ""
"""Of charges of which the master tells no date at all."""


class Total(msgspec.Struct, frozen=True):
    """So many charges of a state and currency, and what they come to in hundredths."""

    state: str
    currency: str
    charges: int
    amount: int


class Takings(msgspec.Struct, frozen=True):
    """The money of a month, by currency."""

    received: list[Total]
    """What was paid in it, whenever it was due."""
    overdue: list[Total]
    """What fell due in it, is late as of the day asked for, and is still to be paid."""


_total = charge_total.c
_month = func.substr(_total.day, 1, 7)
_months = select(_month).where(_total.basis == "due").distinct().order_by(_month.desc())


def days(month: str) -> tuple[str, str]:
    """The first and the last day of ``2026-10``; of `NO_MONTH` the day that is none."""
    if month == NO_MONTH:
        return "", ""
    year, number = int(month[:4]), int(month[5:7])
    return f"{month}-01", f"{month}-{calendar.monthrange(year, number)[1]:02d}"


def months(connection: Connection) -> list[str]:
    """The months in which charges fall due, latest first; `NO_MONTH` last."""
    return list(connection.scalars(_months))


def totals(connection: Connection, month: str, today: date) -> list[Total]:
    """Of the charges that fall due in a month: how many are in each state as of ``today``."""
    return _summed(connection, "due", [month], today).get(month, [])


def takings(db: Database, months: Sequence[str], today: date) -> dict[str, Takings]:
    """What was received in each of these months, and what of them is overdue; one snapshot."""
    with db.reading() as connection:
        paid = _summed(connection, "paid", months, today)
        due = _summed(connection, "due", months, today)
    late = {one: [total for total in due.get(one, []) if total.state == "overdue"] for one in due}
    return {one: Takings(paid.get(one, []), late.get(one, [])) for one in months}


def _summed(
    connection: Connection, basis: str, months: Sequence[str], today: date
) -> dict[str, list[Total]]:
    """By month, of all months from the first to the last."""
    state = _state_on(today)
    key = _month, state, _total.currency
    query = (
        select(*key, func.sum(_total.charges), func.sum(_total.amount))
        .where(_total.basis == basis)
        .where(_total.day.between(days(min(months))[0], days(max(months))[1]))
        .group_by(*key)
        .order_by(*key)
    )
    found: dict[str, list[Total]] = {}
    for row in connection.execute(query):
        found.setdefault(row[0], []).append(Total(*row[1:]))
    return found


def _state_on(today: date) -> ColumnElement[str]:
    """The same as `charges.state_on`, for the database."""
    passed = (_total.day != "") & (_total.day < today.isoformat())
    return case(((_total.state == "issued") & passed, "overdue"), else_=_total.state)
