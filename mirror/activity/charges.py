"""A month's charges: the list, its filters, its totals, all of one snapshot and of the same day.

Walking all pages of a state meets exactly the charges that its total counts.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, Select, select, tuple_

from mirror.activity.opening import Seen, open_row
from mirror.activity.summing import Total, days, months, totals
from mirror.activity.tables import payments
from mirror.activity.whose import Whose, whose
from mirror.database import Database
from mirror.sealing import Keyring

Cursor = tuple[str, int]
"""The day and the row id of a charge: the place in the list that a page lies behind, or before. It
holds also when that charge is gone by then."""


class Listed(msgspec.Struct, frozen=True):
    """A charge on a list."""

    seen: Seen
    day: str
    """By which it belongs to the month: due, or where nobody says so issued, paid, changed."""
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
    """Which charges: of a month by the day they fall due (`summing.days`), and where to begin."""

    month: str
    state: str | None = None
    """As of the day of looking; None for all."""
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
            _page(part, _listed(connection, db.keys, rows[:limit], today), len(rows) > limit),
            totals(connection, part.month, today),
            months(connection),
        )


def _rows(connection: Connection, part: Part, today: date, limit: int) -> list[Row[Any]]:
    found: list[Row[Any]] = []
    for state, first, last in _spans(part, today):
        query = _within(part, first, last)
        chosen = query.where(payments.c.state == state) if state else query
        found += connection.execute(chosen.limit(limit))
    return sorted(found, key=_place, reverse=part.before is not None)[:limit]


def _spans(part: Part, today: date) -> Iterable[tuple[str | None, str, str]]:
    """State as stored, first and last day: each walks one index from where it begins."""
    first, last = days(part.month)
    if part.state == "issued" and first:
        return [("issued", max(first, today.isoformat()), last)]
    if part.state == "overdue" and first:
        yesterday = (today - timedelta(days=1)).isoformat()
        return [("overdue", first, last), ("issued", first, min(last, yesterday))]
    return [(part.state, first, last)]


def _within(part: Part, first: str, last: str) -> Select[Any]:
    columns = payments.c.due_on, payments.c.id
    place, query = tuple_(*columns), select(payments)
    if part.before is not None:
        last = min(last, part.before[0])
        query = query.where(place < part.before).order_by(*(one.desc() for one in columns))
    elif part.after is not None:
        first = max(first, part.after[0])
        query = query.where(place > part.after).order_by(*columns)
    else:
        query = query.order_by(*columns)
    return query.where(payments.c.due_on.between(first, last))


def _listed(
    connection: Connection, keys: Keyring, rows: list[Row[Any]], today: date
) -> list[Listed]:
    known = whose(connection, keys, ((row.source, row.customer) for row in rows if row.customer))
    return [
        Listed(
            open_row(keys, "payments", row),
            row.due_on,
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


def _place(row: Row[Any]) -> Cursor:
    return row.due_on, row.id
