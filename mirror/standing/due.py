"""Who is due: standings that time has moved and that no review has written down yet.

Until it is written, every reader puts it right for itself, from here; so a tab, its count and the
customer's page agree at every minute, also with the connector stopped.
"""

from collections import defaultdict
from typing import Any

import msgspec
from sqlalchemy import Connection, bindparam, func, select

from mirror.facets.labels import Facet
from mirror.facets.sets import Set, set_of
from mirror.prepared import Prepared
from mirror.standing.facets import facets_of_move
from mirror.standing.held import opened
from mirror.standing.tables import standing

_due = Prepared(
    select(standing.c.customer, standing.c.axes).where(standing.c.review_at <= bindparam("now")),
    "now",
)
_next = Prepared(
    select(func.min(standing.c.review_at)).where(standing.c.review_at > bindparam("now")), "now"
)


class Due(msgspec.Struct, frozen=True):
    """Who enters and who leaves which facet."""

    entering: dict[Facet, Set]
    leaving: dict[Facet, Set]
    until: float
    """When time moves the next, or one of these once more: until then it is the same."""


def due(connection: Connection, now: int) -> Due:
    """Everybody whose review is due at ``now``: work in proportion to them, not to all."""
    entering: defaultdict[Facet, list[int]] = defaultdict(list)
    leaving: defaultdict[Facet, list[int]] = defaultdict(list)
    until = _next.one(connection, now).scalar() or float("inf")
    rows: Any = _due.one(connection, now)
    for customer, axes in rows:
        for one in opened(axes):
            moved = one.at(now)
            if moved.review_at is not None:
                until = min(until, moved.review_at)
            if moved is one:
                continue
            before, after = facets_of_move(one, now)
            for facet in after - before:
                entering[facet].append(customer)
            for facet in before - after:
                leaving[facet].append(customer)
    return Due(_sets(entering), _sets(leaving), until)


def _sets(ids: dict[Facet, list[int]]) -> dict[Facet, Set]:
    return {one: set_of(those) for one, those in ids.items()}
