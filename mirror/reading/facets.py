"""Intersects facets: how many customers meet several conditions, and who they are, page by page.

What time moved since the last review is put right while reading: a standing whose review is due
counts as what it becomes then, on the list, in its count and everywhere.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, bindparam, func, select

from mirror.facets import Facet, Set, both, minus, set_of, size
from mirror.standing.rules import ARCHIVED, AXES
from mirror.standing.verdict import AGAIN, FIRST_PURCHASE, TURN, facets_of_move, opened_axes
from mirror.store.engine import Database, Prepared, engine_of
from mirror.store.tables import facet, standing

# Who is due: standings that time has moved and that no review has written down yet.
#
# Until it is written, every reader puts it right for itself, from here; so a tab, its count and
# the customer's page agree at every minute, also with the connector stopped.

_due = Prepared(
    select(standing.c.customer, standing.c.axes).where(standing.c.review_at <= bindparam("now")),
    "now",
)
_known = Prepared(
    select(facet.c.id).where(facet.c.name == bindparam("n"), facet.c.value == bindparam("v")),
    "n",
    "v",
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
        for one in opened_axes(axes):
            moved = one.at(now)
            if moved.review_at is not None:
                until = min(until, moved.review_at)
            if moved is one:
                continue
            before, after = facets_of_move(one, now)
            for gained in after - before:
                entering[gained].append(customer)
            for lost in before - after:
                leaving[lost].append(customer)
    return Due(_sets(entering), _sets(leaving), until)


def _sets(ids: dict[Facet, list[int]]) -> dict[Facet, Set]:
    return {one: set_of(those) for one, those in ids.items()}


# What a link to the database keeps between readings: who is due, and the sets that were read.
#
# It holds until anybody writes, or time moves somebody: then everything is read again. So whoever
# clicks from list to list pays once for a million customers, and is never shown what was.

_NAME = "espelho.facets"
_MOST_SETS = 64
"""Of a million customers a set takes 130 KB."""


class Kept(msgspec.Struct):
    """One snapshot, at any instant of a span in which time moves nobody."""

    state: tuple[int, ...]
    since: int
    due: Due
    sets: dict[Facet, Set] = {}
    """As read, and put right for who is due."""

    def add(self, one: Facet, members: Set) -> Set:
        """Keep one more, in the place of all others where they are too many."""
        if len(self.sets) >= _MOST_SETS:
            self.sets.clear()
        self.sets[one] = members
        return members


def kept(connection: Connection, now: int) -> Kept:
    """What was kept, or a new one. Not for use inside a writing transaction."""
    state = engine_of(connection).snapshot(connection)
    found: Kept | None = connection.info.get(_NAME)
    if found is None or found.state != state or not found.since <= now < found.due.until:
        found = connection.info[_NAME] = Kept(state, now, due(connection, now))
    return found


class Condition(msgspec.Struct, frozen=True):
    """A customer has any of these facets; or, ``without``, none of them."""

    any: tuple[Facet, ...]
    without: bool = False


def held(connection: Connection, name: str, most: int) -> list[str]:
    """The values of a facet that somebody has, in order, at most so many."""
    return engine_of(connection).held(connection, name, most)


def had(connection: Connection, one: Facet) -> bool:
    """Whether anybody ever had this facet."""
    return _number_of(connection, one) is not None


def _number_of(connection: Connection, one: Facet) -> int | None:
    row = next(iter(_known.rows(connection, *one)), None)
    return None if row is None else int(row[0])


class Facets:
    """The sets as they are in one snapshot, at the instant ``now`` (microseconds since 1970)."""

    def __init__(self, connection: Connection, now: int, within: Set | None = None) -> None:
        """``within``: `select` finds nobody else."""
        self._connection = connection
        self._within = within
        self._engine = engine_of(connection)
        self._kept = kept(connection, now)

    def of(self, one: Facet) -> Set:
        """Everybody who has a facet."""
        found = self._kept.sets.get(one)
        return (
            self._kept.add(one, self._with_due(one, self._stored(one))) if found is None else found
        )

    def select(self, conditions: Iterable[Condition]) -> Set:
        """Everybody who meets all conditions; there must be one that is not ``without``."""
        wanted = sorted(conditions, key=lambda one: one.without)
        found = self._any(wanted[0].any)
        if self._within is not None:
            found = both(self._within, found)
        for condition in wanted[1:]:
            other = self._any(condition.any)
            found = minus(found, other) if condition.without else both(found, other)
        return found

    def values(self, name: str) -> list[tuple[str, int]]:
        """Every value of a facet that somebody has, with its number, by the words' order."""
        found = self._numbers(facet.c.name == name, lambda one: one[0] == name)
        return sorted((value, number) for (_, value), number in found.items())

    def sizes(self, names: Collection[str], values: Collection[str]) -> dict[Facet, int]:
        """How many customers have each facet of these names and values; nobody's are left out.

        From the counts kept beside the sets: many facets cost little more than one.
        """
        return self._numbers(
            facet.c.name.in_(names) & facet.c.value.in_(values),
            lambda one: one[0] in names and one[1] in values,
        )

    def within(self, chosen: Set, name: str, values: Iterable[str]) -> list[tuple[str, int]]:
        """How many of ``chosen`` have each of these values."""
        return [(value, self.number(chosen, (name, value))) for value in values]

    def number(self, chosen: Set, one: Facet) -> int:
        """How many of ``chosen`` have a facet."""
        return size(both(chosen, self.of(one)))

    def _any(self, facets: tuple[Facet, ...]) -> Set:
        found: Set = {}
        for one in facets:
            for chunk, bits in self.of(one).items():
                found[chunk] = found.get(chunk, 0) | bits
        return found

    def _stored(self, one: Facet) -> Set:
        number = _number_of(self._connection, one)
        return {} if number is None else self._engine.members(self._connection, number)

    def _numbers(
        self, where: ColumnElement[bool], wanted: Callable[[Facet], bool]
    ) -> dict[Facet, int]:
        found, due = self._engine.sizes(self._connection, where), self._kept.due
        for one in filter(wanted, {*due.entering, *due.leaving}):
            found[one] = size(self.of(one))
        return {one: number for one, number in found.items() if number}

    def _with_due(self, one: Facet, stored: Set) -> Set:
        leaving = self._kept.due.leaving.get(one, {})
        entering = self._kept.due.entering.get(one, {})
        if not leaving and not entering:
            return stored
        kept = minus(stored, leaving)
        return {
            chunk: bits
            for chunk in {*kept, *entering}
            if (bits := kept.get(chunk, 0) | entering.get(chunk, 0))
        }


# A month in figures: who came, first bought, came back, fell silent; by the rules in force.
#
# Every figure is a set of customers that a list can show: the facet is named beside it. Whoever
# lists set aside counts too: what happened in a month happened to them as well.

_ACTIVE = {
    "ploomes": "active",
    "conta_base": "active",
    "azata": "active",
    "sell_customer": "current",
}
_SILENT = {"ploomes": "inactive", "conta_base": "inactive", "sell_prospect": "lost"}
"""Where the rules know it: Azata's inactive and Sell's past customers are a person's word."""


class Line(msgspec.Struct, frozen=True):
    """What is counted, month by month."""

    name: str
    """``new first_purchase became_active reactivated became_inactive churn lost``."""
    axis: str | None
    """By whose rules; None where it is no matter of rules."""
    facet: str
    """The name of the facet that lists them; its value is the month."""


class Figures(msgspec.Struct, frozen=True):
    """The lines that the rules in force have, and their numbers."""

    lines: list[Line]
    numbers: dict[Facet, int]
    """By facet and month; a month in which there was nobody is left out."""

    def of(self, line: Line, month: str) -> int:
        """So many customers in ``2026-10``."""
        return self.numbers.get((line.facet, month), 0)


def figures(db: Database, months: Sequence[str], now: int) -> Figures:
    """The figures of these months at ``now`` (microseconds since 1970), all of one snapshot."""
    with db.reading() as connection:
        facets = Facets(connection, now)
        lines = [*_lines([axis for axis in AXES if facets.values(axis)]), *_archived(facets)]
        return Figures(lines, facets.sizes([line.facet for line in lines], months))


def _lines(axes: list[str]) -> Iterator[Line]:
    yield Line("new", None, "since")
    yield Line("first_purchase", None, FIRST_PURCHASE)
    for axis in axes:
        active, silent = _ACTIVE.get(axis), _SILENT.get(axis)
        if active:
            yield Line("became_active", axis, f"{TURN}.{axis}.{active}")
        if active and silent:  # who never falls silent never comes back
            yield Line("reactivated", axis, f"{AGAIN}.{axis}.{active}")
        if silent:
            yield Line("became_inactive", axis, f"{TURN}.{axis}.{silent}")


def _archived(facets: Facets) -> list[Line]:
    """Why people were archived, where the master tells since when: no rule knows it."""
    name = ARCHIVED.name
    lines = [Line(why, name, f"{TURN}.{name}.{why}") for why in ARCHIVED.values]
    return lines if any(facets.values(line.facet) for line in lines) else []
