"""What standings are at an instant and how they came about; where master and rules disagree."""

from collections.abc import Iterator, Sequence

import msgspec
from sqlalchemy import Connection, bindparam, func, select

from mirror.facets import Facet, page, size
from mirror.reading.facets import Condition, Facets
from mirror.reading.listing import Filters
from mirror.standing import Step
from mirror.standing.rules import AXES, BARS
from mirror.standing.verdict import DIFFERS, Held, opened_axes
from mirror.store.engine import Database, Prepared
from mirror.store.tables import customer, standing

RECEIVED, DERIVED = "received", "derived"


class Standing(msgspec.Struct, frozen=True):
    """One axis of a customer at one instant."""

    axis: str
    value: str
    """A value of the axis, or the master's own word where it is none of them."""
    origin: str
    """``received`` from the master, or ``derived`` by the rules."""
    derived: str
    """What the rules say, also where the master says something else."""
    since: int
    """Since when the rules say so, microseconds since 1970; 0 where nobody knows."""
    steps: tuple[Step, ...]
    """How the rules came to it, oldest first, as far as they have come."""
    coming: Step | None
    """What time alone will bring."""
    churn: str | None = None
    """Of an archived customer of Conta Base: ``churn`` or ``lost``."""

    @property
    def differs(self) -> bool:
        """Whether the master's word holds against what the rules would make of the customer."""
        return self.value != self.derived


_OF = select(standing.c.customer, standing.c.axes)
_of_one = Prepared(_OF.where(standing.c.customer == bindparam("whose")), "whose")


def standings(db: Database, customer_id: int, now: int) -> list[Standing]:
    """The standings of a customer at ``now``, in the order of the axes.

    Never behind the clock: a step that came since the last review counts, as it does in lists.
    """
    with db.prepared() as link:
        rows = _of_one.rows(link, customer_id)
    found = {one.axis: _at(one, now) for row in rows for one in opened_axes(row[1])}
    return [found[axis] for axis in AXES if axis in found]


def held(db: Database, axis: str, ids: Sequence[int], now: int) -> dict[int, Held]:
    """What each of these customers is along one axis at ``now``; who has no standing is left out.

    As lists count them: a step whose review is due has come.
    """
    with db.reading() as connection:
        rows = connection.execute(_OF.where(standing.c.customer.in_(ids))).all()
    return {row[0]: one.at(now) for row in rows for one in opened_axes(row[1]) if one.axis == axis}


def _at(one: Held, now: int) -> Standing:
    come = 1 + sum(step.at <= now for step in one.steps[1:])
    last, coming = one.steps[come - 1], one.steps[come : come + 1]
    return Standing(
        axis=one.axis,
        value=one.received or last.value,
        origin=RECEIVED if one.received else DERIVED,
        derived=last.value,
        since=last.at,
        steps=one.steps[:come],
        coming=coming[0] if coming else None,
        churn=one.at(now).archived_as,
    )


# What standings there are, of which source, and where master and rules say different things.

_AT_ONCE = 500


class Spread(msgspec.Struct, frozen=True):
    """The standings of one source's customers."""

    source: str
    axes: dict[str, dict[str, int]]
    """By axis in force, by value: how many customers a list of them has, so that whoever is set
    aside counts there alone. A master's own word is a value too."""
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
    forbidden: bool = False
    """Whether nobody can set by hand, in the master, what it says; else a person may have."""


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
    for axis, known in BARS.items():
        values = [value for value, _ in facets.values(axis)]
        numbers = {value: _number(facets, source, (axis, value)) for value in values}
        if held := {value: number for value, number in numbers.items() if number}:
            first = [value for value in known.values if value in held]
            yield axis, {value: held[value] for value in (*first, *held)}


def _number(facets: Facets, source: str, one: Facet) -> int:
    return size(facets.select(Filters(None, (("source", source), one)).conditions))


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
            one = next(held for held in opened_axes(axes) if held.axis == axis).at(now)
            said = one.received or "", one.derived
            yield Difference(source, code, axis, *said, one.since, one.forbidden)
