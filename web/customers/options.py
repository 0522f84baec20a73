"""What a list can be filtered by in this shop: the labels that somebody has, the axes in force."""

from dataclasses import dataclass

from flask import url_for
from sqlalchemy import Connection, bindparam, exists, select

from mirror.facets.labels import Facet
from mirror.facets.tables import PLACES, facet, facet_bits
from mirror.listing import Filters
from mirror.prepared import Prepared
from mirror.standing.axes import AXES
from web import words
from web.current import shop
from web.customers.addresses import address, parameter

MOST = 40
"""Of more labels than these a page of their own is to choose from: a list stays light."""

_HELD = exists().where(
    facet_bits.c.place.between(facet.c.id * PLACES, (facet.c.id + 1) * PLACES - 1)
)
_values = Prepared(
    select(facet.c.value)
    .where(facet.c.name == bindparam("name"), _HELD)
    .order_by(facet.c.value)
    .limit(bindparam("most")),
    "name",
    "most",
)
_known = Prepared(
    select(facet.c.id).where(facet.c.name == bindparam("name"), facet.c.value == bindparam("v")),
    "name",
    "v",
)


@dataclass(frozen=True)
class Choice:
    """One filter of the form."""

    parameter: str
    label: str
    several: str
    any: str
    """What it says where nothing is chosen."""
    values: list[str]
    """Empty where there are too many to choose from here."""
    chosen: str | None
    elsewhere: str
    """The page with all of them."""


@dataclass(frozen=True)
class Status:
    """A registration to choose, as an address has it and as people call it."""

    slug: str
    label: str
    here: bool


@dataclass(frozen=True)
class Options:
    """What there is in the mirror."""

    axes: list[str]
    """Those that somebody has a standing along, in the shop's order."""
    labels: dict[str, list[str]]
    """By facet: one more than `MOST` where there are more than that."""


def options() -> Options:
    """What lists can be filtered by now."""
    with shop().mirror.reading() as connection:
        return Options(
            [axis for axis in _axes() if _found(connection, axis, 1)],
            {name: _found(connection, name, MOST + 1) for name in names()},
        )


def _axes() -> list[str]:
    """Every axis, those of the rules that the shop names first ahead of the others."""
    place = {name: number for number, name in enumerate(shop().wording.rules)}
    return sorted(AXES, key=lambda axis: place.get(AXES[axis].rules, len(place)))


def names() -> list[str]:
    """The facets that are labels of the master's, those that settings choose included."""
    return [*words.LABELS, *(f"extra.{label}" for label in shop().wording.filters)]


def values_of(name: str, most: int) -> list[str]:
    """Every value of a facet that somebody has, at most so many."""
    with shop().mirror.reading() as connection:
        return _found(connection, name, most)


def is_known(one: Facet) -> bool:
    """Whether anybody ever had this facet."""
    with shop().mirror.reading() as connection:
        return _known.one(connection, *one).first() is not None


def choices(found: Options, filters: Filters) -> list[Choice]:
    """The labels that somebody has, as a form offers them."""
    chosen = dict(filters.facets)
    return [
        Choice(
            parameter((name, ""))[0],
            *titles(name),
            values if len(values) <= MOST else [],
            chosen.get(name),
            address(filters, page_of(name)),
        )
        for name, values in found.labels.items()
        if values
    ]


def statuses(filters: Filters) -> list[Status]:
    """Every registration; one that nobody knows only where it is asked for."""
    chosen = dict(filters.facets).get("registration")
    return [
        Status(slug, words.REGISTRATIONS[code], code == chosen)
        for slug, code in words.REGISTRATION_SLUGS.items()
        if code != "unknown" or chosen == "unknown"
    ]


def titles(name: str) -> tuple[str, str, str]:
    """What a label is called: one, several, and no matter which."""
    label = name.partition(".")[2]
    return words.LABELS.get(name) or (label, label, "Todos")


def page_of(name: str) -> str:
    """The page of all values of a label."""
    if name in words.LABELS:
        return url_for("labels.listing", name=name)
    return url_for("labels.field", label=name.partition(".")[2])


def _found(connection: Connection, name: str, most: int) -> list[str]:
    return [str(row[0]) for row in _values.one(connection, name, most)]
