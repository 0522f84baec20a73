"""A month's charges: the list, its filters, its totals, all of one snapshot and of the same day.

Walking all pages of a state meets exactly the charges that its total counts.
"""

import calendar
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import Any, Literal

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    case,
    desc,
    func,
    select,
    true,
    tuple_,
)

from mirror.reading.activity import Whose, late_on, whose
from mirror.store.engine import Database
from mirror.store.sealing import Keyring, Seen, open_activity
from mirror.store.tables import charge_total, payments

# Sums of charges by month, out of the running totals: as cheap for a million charges as for ten.
#
# Every sum is of one currency. A charge that was issued and whose day has passed is overdue,
# whether the master said so yet or not: from the first minute of the day after, here in the shop's
# zone.

NO_MONTH = ""
"""Of charges of which the master tells no date at all."""

Basis = Literal["due", "issued"]
"""By which day a charge belongs to a month: due (or the next best), or issued."""


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
_months = (
    select(_month.label("of_month"))
    .where(_total.basis == "due")
    .group_by("of_month")
    .order_by(desc("of_month"))
)


def days(month: str) -> tuple[str, str]:
    """The first and the last day of ``2026-10``; of `NO_MONTH` the day that is none."""
    if month == NO_MONTH:
        return "", ""
    year, number = int(month[:4]), int(month[5:7])
    return f"{month}-01", f"{month}-{calendar.monthrange(year, number)[1]:02d}"


def months(connection: Connection, by: Basis = "due") -> list[str]:
    """The months in which charges fall due, or were issued, latest first; `NO_MONTH` last."""
    return list(connection.scalars(_months) if by == "due" else _issued_months(connection))


def _issued_months(connection: Connection) -> Iterator[str]:
    """One look into the index a month, however many charges a month has."""
    day = payments.c.issued_on
    last = connection.execute(select(func.max(day))).scalar()
    while last is not None:
        month = last[:7]
        yield month
        earlier = select(func.max(day)).where(day < days(month)[0])
        last = connection.execute(earlier).scalar()


def totals(connection: Connection, month: str, today: date, by: Basis = "due") -> list[Total]:
    """Of a month's charges: how many are in each state as of ``today``."""
    if by == "due":
        return _summed(connection, "due", [month], today).get(month, [])
    columns = payments.c
    as_of = case((late_on(today), "overdue"), else_=columns.state).label("as_of")
    query = (
        select(as_of, columns.currency, func.count(), func.sum(columns.amount))
        .where(columns.issued_on.between(*days(month)))
        .group_by("as_of", columns.currency)
        .order_by("as_of", columns.currency)
    )
    return [Total(*row) for row in connection.execute(query)]


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
    key = "of_month", "as_of", _total.currency
    said = _month.label("of_month"), _state_on(today).label("as_of"), _total.currency
    query = (
        select(*said, func.sum(_total.charges), func.sum(_total.amount))
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


Cursor = tuple[str, int]
"""The day and the row id of a charge: the place in the list that a page lies behind, or before. It
holds also when that charge is gone by then."""


class Listed(msgspec.Struct, frozen=True):
    """A charge on a list."""

    seen: Seen
    day: str
    """By which it belongs to the month: issued, or due, or where nobody says so issued, paid,
    changed."""
    state: str
    """As of the day of looking."""
    whose: Whose | None
    """None where the master names nobody, or somebody who has not arrived."""


class Page(msgspec.Struct, frozen=True):
    """Some of a month's charges, earliest first, with the cursors of the neighbouring pages."""

    rows: list[Listed]
    earlier: Cursor | None
    later: Cursor | None


class Look(msgspec.Struct, frozen=True):
    """A page of a month's charges with everything beside it."""

    page: Page
    totals: list[Total]
    """Of all states of the month."""
    months: list[str]
    """The months there are, latest first."""


class Part(msgspec.Struct, frozen=True):
    """Which charges: of a month (`days`) by which day of theirs, and where to begin."""

    month: str
    state: str | None = None
    """As of the day of looking; None for all."""
    by: Basis = "due"
    after: Cursor | None = None
    before: Cursor | None = None


def state_on(state: str, due_on: str, today: date) -> str:
    """A charge's state as of a day: issued, and its day has passed, is overdue."""
    return "overdue" if state == "issued" and due_on and due_on < today.isoformat() else state


def look(db: Database, part: Part, today: date, limit: int = 40) -> Look:
    """A page of charges, the month's totals and the names beside them, as of ``today``."""
    with db.reading() as connection:
        rows = _rows(connection, part, today, limit + 1)
        return Look(
            _page(part, _listed(connection, db.keys, part, rows[:limit], today), len(rows) > limit),
            totals(connection, part.month, today, part.by),
            months(connection, part.by),
        )


def _rows(connection: Connection, part: Part, today: date, limit: int) -> list[Row[Any]]:
    found: list[Row[Any]] = []
    spans = _spans(part, today) if part.by == "due" else [(_states(part, today), *days(part.month))]
    for chosen, first, last in spans:
        found += connection.execute(_within(part, first, last).where(chosen).limit(limit))
    return sorted(found, key=_place(part), reverse=part.before is not None)[:limit]


_Chosen = ColumnElement[bool]


def _states(part: Part, today: date) -> _Chosen:
    """The charges of a state as of ``today``, whatever day they are listed by."""
    stored, late = payments.c.state, late_on(today)
    match part.state:
        case None:
            return true()
        case "issued":
            return and_(stored == "issued", ~late)
        case "overdue":
            return (stored == "overdue") | late
        case state:
            return stored == state


def _spans(part: Part, today: date) -> Iterable[tuple[_Chosen, str, str]]:
    """Which states, first and last day: each walks one index from where it begins."""
    stored, (first, last) = payments.c.state, days(part.month)
    if part.state == "issued" and first:
        return [(stored == "issued", max(first, today.isoformat()), last)]
    if part.state == "overdue" and first:
        yesterday = (today - timedelta(days=1)).isoformat()
        return [
            (stored == "overdue", first, last),
            (stored == "issued", first, min(last, yesterday)),
        ]
    return [(stored == part.state if part.state else true(), first, last)]


def _day(part: Part) -> ColumnElement[str]:
    return payments.c.due_on if part.by == "due" else payments.c.issued_on


def _within(part: Part, first: str, last: str) -> Select[Any]:
    columns = _day(part), payments.c.id
    place, query = tuple_(*columns), select(payments)
    if part.before is not None:
        last = min(last, part.before[0])
        query = query.where(place < part.before).order_by(*(one.desc() for one in columns))
    elif part.after is not None:
        first = max(first, part.after[0])
        query = query.where(place > part.after).order_by(*columns)
    else:
        query = query.order_by(*columns)
    return query.where(_day(part).between(first, last))


def _listed(
    connection: Connection, keys: Keyring, part: Part, rows: list[Row[Any]], today: date
) -> list[Listed]:
    known = whose(connection, keys, ((row.source, row.customer) for row in rows if row.customer))
    return [
        Listed(
            open_activity(keys, "payments", row),
            _place(part)(row)[0],
            state_on(row.state, row.due_on, today),
            known.get((row.source, row.customer)),
        )
        for row in rows
    ]


def _page(part: Part, rows: list[Listed], more: bool) -> Page:
    backwards = part.before is not None
    if backwards:
        rows.reverse()
    if not rows:
        return Page([], None, None)
    has_earlier = more if backwards else part.after is not None
    return Page(
        rows,
        (rows[0].day, rows[0].seen.id) if has_earlier else None,
        (rows[-1].day, rows[-1].seen.id) if more or backwards else None,
    )


def _place(part: Part) -> Callable[[Row[Any]], Cursor]:
    return lambda row: (row.due_on if part.by == "due" else row.issued_on, row.id)
