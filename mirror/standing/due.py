"""Who is due: standings that time has moved and that no review has written down yet.

Until it is written, every reader puts it right for itself, from here; so a tab, its count and the
customer's page agree at every minute, also with the connector stopped.
"""

from collections import defaultdict
from typing import Any

import msgspec
from sqlalchemy import Connection, bindparam, select

from mirror.facets.labels import Facet
from mirror.prepared import Prepared
from mirror.standing.facets import facets_of_move
from mirror.standing.held import opened
from mirror.standing.tables import standing

_due = Prepared(
    select(standing.c.customer, standing.c.axes).where(standing.c.review_at <= bindparam("now")),
    "now",
)


class Due(msgspec.Struct):
    """Row ids by the facets that they enter and leave."""

    entering: dict[Facet, list[int]]
    leaving: dict[Facet, list[int]]


def due(connection: Connection, now: int) -> Due:
    """Everybody whose review is due at ``now``: work in proportion to them, not to all."""
    entering: defaultdict[Facet, list[int]] = defaultdict(list)
    leaving: defaultdict[Facet, list[int]] = defaultdict(list)
    rows: Any = _due.one(connection, now)
    for customer, axes in rows:
        for one in opened(axes):
            if one.review_at is None or one.review_at > now:
                continue
            before, after = facets_of_move(one, now)
            for facet in after - before:
                entering[facet].append(customer)
            for facet in before - after:
                leaving[facet].append(customer)
    return Due(dict(entering), dict(leaving))
