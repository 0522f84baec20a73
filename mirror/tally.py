"""Running counts of customers by source, kind, registration and category.

Kept in the transaction that changes the rows, so that a count and its list never disagree.
"""

from collections import Counter

from sqlalchemy import ColumnElement, Connection, bindparam, delete, func, select
from sqlalchemy.dialects.sqlite import insert

from mirror.prepared import Prepared
from mirror.tables import tally

Facet = tuple[str, str, str, str]
"""Source, kind, registration, category ("" where the customer has none)."""

_merge = insert(tally).values({name: bindparam(name) for name in tally.c.keys()})  # noqa: SIM118
_adjust = Prepared(
    _merge.on_conflict_do_update(
        index_elements=["source", "kind", "registration", "category"],
        set_={"customers": tally.c.customers + _merge.excluded.customers},
    ),
    *(column.name for column in tally.columns),
)


def adjust(connection: Connection, changes: Counter[Facet]) -> None:
    """Add the differences; a count that reaches zero leaves the table."""
    moved = sorted((*facet, number) for facet, number in changes.items() if number)
    _adjust.many(connection, moved)
    if any(row[4] < 0 for row in moved):
        connection.execute(delete(tally).where(tally.c.customers == 0))


def count(connection: Connection, *conditions: ColumnElement[bool]) -> int:
    """How many customers meet conditions on the tally's columns."""
    total = select(func.coalesce(func.sum(tally.c.customers), 0)).where(*conditions)
    return int(connection.execute(total).scalar_one())


def by_category(connection: Connection) -> list[tuple[str, int]]:
    """Every category that has customers, and how many, by name."""
    rows = connection.execute(
        select(tally.c.category, func.sum(tally.c.customers))
        .where(tally.c.category != "")
        .group_by(tally.c.category)
        .order_by(tally.c.category)
    )
    return [(row[0], int(row[1])) for row in rows]
