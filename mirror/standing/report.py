"""What standings there are, of which source, and where master and rules say different things."""

from collections.abc import Iterator, Sequence

import msgspec
from sqlalchemy import Connection, func, select

from mirror.database import Database
from mirror.facets.reading import Condition, Facets
from mirror.facets.sets import page, size
from mirror.standing.axes import AXES
from mirror.standing.facets import DIFFERS
from mirror.standing.held import opened
from mirror.standing.tables import standing
from mirror.tables import customer

_AT_ONCE = 500


class Spread(msgspec.Struct, frozen=True):
    """The standings of one source's customers."""

    source: str
    axes: dict[str, dict[str, int]]
    """By axis in force, by value: how many customers. A master's own word is a value too."""
    due: int
    """Whom time has moved since the last review: counted as what they became."""


class Difference(msgspec.Struct, frozen=True):
    """A customer whom the master calls one thing and the rules another."""

    source: str
    code: str
    axis: str
    received: str
    derived: str
    since: int
    """Since when the rules say so, microseconds since 1970; 0 where nobody knows."""


class Differences(msgspec.Struct, frozen=True):
    """Some of them, the customers who came last first, and how many there are."""

    rows: list[Difference]
    total: int


def spread(db: Database, sources: Sequence[str], now: int) -> list[Spread]:
    """The standings at ``now`` (microseconds since 1970) of each of these sources."""
    with db.reading() as connection:
        facets = Facets(connection, now)
        return [
            Spread(one, dict(_axes(facets, one)), _due(connection, one, now)) for one in sources
        ]


def differences(
    db: Database, now: int, *, source: str | None, axis: str | None, limit: int
) -> Differences:
    """Up to ``limit`` differences at ``now``, of one source and axis or of all."""
    rows: list[Difference] = []
    total = 0
    with db.reading() as connection:
        facets = Facets(connection, now)
        for name in [axis] if axis else AXES:
            wanted = [Condition(((DIFFERS, name),))]
            wanted += [Condition((("source", source),))] if source else []
            found = facets.select(wanted)
            total += size(found)
            ids = page(found, None, None, limit - len(rows))
            rows += _differences(connection, name, ids, now)
    return Differences(rows, total)


def _axes(facets: Facets, source: str) -> Iterator[tuple[str, dict[str, int]]]:
    theirs = facets.of(("source", source))
    for axis in AXES:
        numbers = facets.within(theirs, axis, (value for value, _ in facets.values(axis)))
        if held := {value: number for value, number in numbers if number}:
            known = [value for value in AXES[axis].values if value in held]
            yield axis, {value: held[value] for value in (*known, *held)}


def _due(connection: Connection, source: str, now: int) -> int:
    here = standing.c.review_at <= now, customer.c.source == source
    joined = standing.join(customer, customer.c.id == standing.c.customer)
    query = select(func.count()).select_from(joined).where(*here)
    return int(connection.execute(query).scalar_one())


def _differences(
    connection: Connection, axis: str, ids: list[int], now: int
) -> Iterator[Difference]:
    columns = customer.c.id, customer.c.source, customer.c.external_id, standing.c.axes
    query = select(*columns).join(standing, standing.c.customer == customer.c.id)
    for start in range(0, len(ids), _AT_ONCE):
        part = ids[start : start + _AT_ONCE]
        rows = {row[0]: row for row in connection.execute(query.where(customer.c.id.in_(part)))}
        for _, source, code, axes in (rows[one] for one in part):
            one = next(held for held in opened(axes) if held.axis == axis).at(now)
            yield Difference(source, code, axis, one.received or "", one.derived, one.since)
