"""Writes down what time alone has moved, from what stands there: nobody's activity is read again.

The steps that time will bring were written when the facts were judged; here they come.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from mirror.facets.labels import Facet
from mirror.facets.writing import Moves, packed, unpacked
from mirror.prepared import Prepared
from mirror.standing.facets import facets_of_move
from mirror.standing.held import Held, next_review, opened
from mirror.standing.held import packed as packed_axes
from mirror.standing.tables import standing
from mirror.tables import customer

_write_axes = Prepared(
    update(standing)
    .where(standing.c.customer == bindparam("row"))
    .values(review_at=bindparam("next"), axes=bindparam("now")),
    "next",
    "now",
    "row",
)
_write_facets = Prepared(
    update(customer).where(customer.c.id == bindparam("row")).values(derived=bindparam("now")),
    "now",
    "row",
)


def advance(connection: Connection, source: str, ids: Sequence[int], now: int) -> int:
    """Bring those of these rows that are of ``source`` to ``now``; how many they were."""
    moves, axes, facets = Moves(connection), [], []
    for row, derived, stored in _stored(connection, source, ids):
        before = opened(stored)
        after = [one.at(now) for one in before]
        axes.append((next_review(after), packed_axes(after), row))
        entering, leaving = _moved(before, now)
        held = unpacked(derived)
        holds = held - moves.ids(leaving) | moves.ids(entering)
        if holds != held:
            moves.move(row, held, holds)
            facets.append((packed(holds), row))
    moves.flush()
    _write_axes.many(connection, axes)
    _write_facets.many(connection, facets)
    return len(axes)


def _stored(connection: Connection, source: str, ids: Sequence[int]) -> list[Any]:
    joined = customer.join(standing, standing.c.customer == customer.c.id)
    query = select(customer.c.id, customer.c.derived, standing.c.axes).select_from(joined)
    here = customer.c.id.in_(ids), customer.c.source == source
    return list(connection.execute(query.where(*here)))


def _moved(axes: Iterable[Held], now: int) -> tuple[set[Facet], set[Facet]]:
    """The facets entered and left."""
    entering: set[Facet] = set()
    leaving: set[Facet] = set()
    for one in axes:
        if one.review_at is not None and one.review_at <= now:
            before, after = facets_of_move(one, now)
            entering |= after - before
            leaving |= before - after
    return entering, leaving
