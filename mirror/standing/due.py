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
_KEPT = "espelho.due"


class Due(msgspec.Struct, frozen=True):
    """Who enters and who leaves which facet."""

    entering: dict[Facet, Set]
    leaving: dict[Facet, Set]


class _Found(msgspec.Struct, frozen=True):
    due: Due
    state: tuple[int, ...]
    since: int
    until: float


def due(connection: Connection, now: int) -> Due:
    """Everybody whose review is due at ``now``: work in proportion to them, not to all.

    Kept with the link to the database, until anybody writes or time moves the next: whoever looks
    at lists while the connector is stopped pays once. Not for use inside a writing transaction.
    """
    state = _state_of(connection)
    kept: _Found | None = connection.info.get(_KEPT)
    if kept is None or kept.state != state or not kept.since <= now < kept.until:
        kept = connection.info[_KEPT] = _found(connection, now, state)
    return kept.due


def _state_of(connection: Connection) -> tuple[int, ...]:
    # The first changes with every commit of another link, the second with every row of this one.
    query = "SELECT data_version, total_changes() FROM pragma_data_version"
    return tuple(connection.exec_driver_sql(query).one())


def _found(connection: Connection, now: int, state: tuple[int, ...]) -> _Found:
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
    return _Found(Due(_sets(entering), _sets(leaving)), state, now, until)


def _sets(ids: dict[Facet, list[int]]) -> dict[Facet, Set]:
    return {one: set_of(those) for one, those in ids.items()}
