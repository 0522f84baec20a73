"""A month in figures: who came, first bought, came back, fell silent; by the rules in force.

Every figure is a set of customers that a list can show: the facet is named beside it.
"""

import msgspec

from mirror.database import Database
from mirror.facets.labels import Facet
from mirror.facets.reading import Condition, Facets, size
from mirror.records import KINDS
from mirror.standing.axes import AXES
from mirror.standing.facets import AGAIN, TURN
from mirror.standing.judging import FIRST_PURCHASE

_ACTIVE = {
    "ploomes": "active",
    "conta_base": "active",
    "azata": "active",
    "sell_customer": "current",
}
_SILENT = {"ploomes": "inactive", "conta_base": "inactive", "sell_prospect": "lost"}


class Figure(msgspec.Struct, frozen=True):
    """So many customers, and the facet that lists them."""

    name: str
    """``new first_purchase became_active reactivated became_inactive``."""
    axis: str | None
    """By whose rules; None where it is no matter of rules."""
    facet: Facet
    customers: int


def month(db: Database, months: list[str], now: int) -> dict[str, list[Figure]]:
    """The figures of each month (``2026-10``), all of one snapshot."""
    with db.reading() as connection:
        facets = Facets(connection, now)
        axes = [axis for axis in AXES if facets.values(axis)]
        return {one: [_figure(facets, *asked) for asked in _asked(axes, one)] for one in months}


def _asked(axes: list[str], one: str) -> list[tuple[str, str | None, Facet]]:
    found: list[tuple[str, str | None, Facet]] = [
        ("new", None, ("since", one)),
        ("first_purchase", None, (FIRST_PURCHASE, one)),
    ]
    for axis in axes:
        if axis in _ACTIVE:
            value = _ACTIVE[axis]
            found.append(("became_active", axis, (f"{TURN}.{axis}.{value}", one)))
            found.append(("reactivated", axis, (f"{AGAIN}.{axis}.{value}", one)))
        if axis in _SILENT:
            found.append(("became_inactive", axis, (f"{TURN}.{axis}.{_SILENT[axis]}", one)))
    return found


def _figure(facets: Facets, name: str, axis: str | None, facet: Facet) -> Figure:
    everybody = Condition(tuple(("kind", kind) for kind in KINDS))
    return Figure(name, axis, facet, size(facets.select([everybody, Condition((facet,))])))
