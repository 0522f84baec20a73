"""A month in figures: who came, first bought, came back, fell silent; by the rules in force.

Every figure is a set of customers that a list can show: the facet is named beside it. Whoever lists
set aside counts too: what happened in a month happened to them as well.
"""

from collections.abc import Iterator, Sequence

import msgspec

from mirror.facets import Facet
from mirror.reading.facets import Facets
from mirror.standing.rules import ARCHIVED, AXES
from mirror.standing.verdict import AGAIN, FIRST_PURCHASE, TURN
from mirror.store.engine import Database

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
