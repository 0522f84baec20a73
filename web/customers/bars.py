"""The bars above a list: every value of every axis in force, with how many customers have it.

Conta Base's *Barra de Atividade*, Azata's counters, Ploomes' status and Sell's two axes are the
same thing here: values of an axis, of which one may be chosen.
"""

from dataclasses import dataclass
from itertools import groupby

from mirror.facets.labels import Facet, tells_nobody
from mirror.listing import SET_ASIDE, Filters, Look
from mirror.standing.axes import AXES
from web.customers import slugs
from web.customers.addresses import address
from web.customers.filters import Everybody, with_facet, without_facet
from web.customers.standings import axis_label, counted_label

_MOST_RECEIVED = 8
"""So many words of the master's that are no value of the axis: the most frequent ones."""


@dataclass(frozen=True)
class Cell:
    """One value: a click lists its customers, another click all again."""

    label: str
    customers: int
    url: str | None
    """None where it may stand in no address."""
    here: bool
    aside: bool
    """Not among all: it has a place of its own."""


@dataclass(frozen=True)
class Bar:
    """One axis."""

    label: str
    everybody: str
    """The list without this filter."""
    chosen: bool
    cells: list[Cell]
    without: str | None
    """Whom this list leaves out, as they are called, where all of the axis are shown; None where
    it leaves out nobody."""


def bars(look: Look, filters: Filters, axes: list[str]) -> tuple[list[Bar], list[Bar]]:
    """Those of the first rules in force, and all others."""
    by_rules = [list(some) for _, some in groupby(axes, key=lambda axis: AXES[axis].rules)]
    first = by_rules[0] if by_rules else []
    rest = [axis for some in by_rules[1:] for axis in some]
    return (
        [_bar(look, filters, axis) for axis in first],
        [_bar(look, filters, axis) for axis in rest],
    )


def _bar(look: Look, filters: Filters, axis: str) -> Bar:
    chosen = dict(filters.facets).get(axis)
    cells = [_cell(filters, axis, *one, chosen) for one in _shown(look, axis, chosen)]
    return Bar(
        axis_label(axis),
        address(without_facet(filters, axis)),
        chosen is not None,
        cells,
        None if chosen else _left_out(look, filters),
    )


def _left_out(look: Look, filters: Filters) -> str | None:
    """``arquivados e descartados``: of whatever rules, as they are left out of every list."""
    if isinstance(filters, Everybody):
        return None
    aside = (one for one in SET_ASIDE if one[0] in look.counts and one not in filters.facets)
    return " e ".join(counted_label(*one).lower() for one in aside) or None


def _shown(look: Look, axis: str, chosen: str | None) -> list[tuple[str, int]]:
    """Every value of the axis, and those words of the master's that somebody here has."""
    counted = look.counts[axis]
    own = [one for one in counted if one[0] in AXES[axis].values]
    others = [one for one in counted if one not in own and (one[1] or one[0] == chosen)]
    return own + sorted(others, key=lambda one: -one[1])[:_MOST_RECEIVED]


def _cell(filters: Filters, axis: str, value: str, customers: int, chosen: str | None) -> Cell:
    here, one = value == chosen, (axis, value)
    wanted = without_facet(filters, axis) if here else with_facet(filters, one)
    return Cell(
        counted_label(axis, value),
        customers,
        address(wanted) if _has_address(one) else None,
        here,
        one in SET_ASIDE,
    )


def _has_address(one: Facet) -> bool:
    axis, value = one
    # A word of the master's that is also how an address calls a value would lead there.
    return value in AXES[axis].values or (
        tells_nobody(value) and value not in slugs.STANDINGS[axis]
    )
