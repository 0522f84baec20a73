"""Writes down what time alone has moved, from what stands there: nobody's activity is read again.

The steps that time will bring were written when the facts were judged; here they come.
"""

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, bindparam, select, update

from mirror.facets.labels import Facet
from mirror.facets.stored import packed as packed_facets
from mirror.facets.stored import unpacked
from mirror.facets.writing import Moves
from mirror.prepared import Prepared
from mirror.standing.facets import facets_of_move
from mirror.standing.held import Held, next_review, opened, packed
from mirror.standing.tables import standing

_ROWS = select(standing.c.customer, standing.c.axes, standing.c.facets)
_write = Prepared(
    update(standing)
    .where(standing.c.customer == bindparam("row"))
    .values(review_at=bindparam("next"), axes=bindparam("stands"), facets=bindparam("holds")),
    "next",
    "stands",
    "holds",
    "row",
)


def advance(connection: Connection, ids: Sequence[int], now: int) -> None:
    """Bring these rows to ``now``."""
    moves, rows = Moves(connection), []
    for row, axes, facets in connection.execute(_ROWS.where(standing.c.customer.in_(ids))):
        before = opened(axes)
        after = [one.at(now) for one in before]
        entering, leaving = _moved(before, now)
        held = unpacked(facets)
        holds = held - moves.ids(leaving) | moves.ids(entering)
        moves.move(row, held, holds)
        rows.append((next_review(after), packed(after), packed_facets(holds), row))
    moves.flush()
    _write.many(connection, rows)


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
