"""Lists customers page by page, newest first, however many there are.

A list is walked by id along an index, so deep pages cost what the first one costs.
"""

from heapq import nlargest, nsmallest

import msgspec
from sqlalchemy import Connection, select

from mirror import tally
from mirror.database import Database
from mirror.opening import MOST_ID, Found, load
from mirror.records import REGISTRATIONS
from mirror.tables import customer
from mirror.tables import tally as tally_table


class Filters(msgspec.Struct, frozen=True):
    """What a list shows."""

    kind: str = "PF"
    registration: str | None = None
    category: str | None = None


class Page(msgspec.Struct, frozen=True):
    """A page of a list, newest first; ``older`` and ``newer`` are the cursors of its neighbours."""

    rows: list[Found]
    older: int | None
    newer: int | None


def browse(
    db: Database,
    filters: Filters,
    *,
    before: int | None = None,
    after: int | None = None,
    limit: int = 50,
) -> Page:
    """A page of the list: what comes after the id ``before``, or before the id ``after``.

    Deep pages cost what the first costs: each is a walk along an index from where the last ended.
    """
    with db.reading() as connection:
        ids = _page_ids(connection, filters, before, after, limit + 1)
        more, ids = len(ids) > limit, ids[:limit]
        rows = load(connection, db.keys, sorted(ids, reverse=True))
    if not rows:
        return Page([], None, None)
    backwards = after is not None
    older = rows[-1].id if more or backwards else None
    newer = rows[0].id if (more if backwards else before is not None) else None
    return Page(rows, older, newer)


def categories(db: Database) -> list[tuple[str, int]]:
    """Every category that has customers, and how many."""
    with db.reading() as connection:
        return tally.by_category(connection)


def counts(db: Database, filters: Filters) -> int:
    """How many customers a list with these filters has; always equal to its rows."""
    columns = tally_table.c
    conditions = [columns.kind == filters.kind]
    if filters.registration:
        conditions.append(columns.registration == filters.registration)
    if filters.category:
        conditions.append(columns.category == filters.category)
    with db.reading() as connection:
        return tally.count(connection, *conditions)


def _page_ids(
    connection: Connection, filters: Filters, before: int | None, after: int | None, limit: int
) -> list[int]:
    # One short walk per registration, merged here: no index serves several in the order of ids.
    wanted = (filters.registration,) if filters.registration else REGISTRATIONS
    walks = [_walk(connection, filters, state, before, after, limit) for state in wanted]
    ids = [row_id for walk in walks for row_id in walk]
    return nsmallest(limit, ids) if after is not None else nlargest(limit, ids)


def _walk(
    connection: Connection,
    filters: Filters,
    registration: str,
    before: int | None,
    after: int | None,
    limit: int,
) -> list[int]:
    columns = customer.c
    walk = select(columns.id).where(
        columns.kind == filters.kind, columns.registration == registration
    )
    if filters.category:
        walk = walk.where(columns.category == filters.category)
    if after is not None:
        walk = walk.where(columns.id > _bounded(after)).order_by(columns.id)
    else:
        walk = walk.order_by(columns.id.desc())
        walk = walk if before is None else walk.where(columns.id < _bounded(before))
    return list(connection.scalars(walk.limit(limit)))


def _bounded(place: int) -> int:
    return max(0, min(place, MOST_ID))
