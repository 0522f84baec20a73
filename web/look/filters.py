"""What a list can be filtered by in this shop, and what a request asks it for."""

from dataclasses import dataclass

import msgspec
from flask import request, url_for

from mirror.facets import Facet
from mirror.reading.facets import Condition, had, held
from mirror.reading.listing import Filters
from mirror.records import KINDS
from mirror.standing.rules import AXES
from web.look import addresses, words
from web.look.addresses import ANY_KIND, INCOMPLETE, address, asked_facet, parameter
from web.shop import shop

# What a list can be filtered by in this shop: the labels that somebody has, the axes in force.

MOST = 40
"""Of more labels than these a page of their own is to choose from: a list stays light."""


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
            [axis for axis in _axes() if held(connection, axis, 1)],
            {name: held(connection, name, MOST + 1) for name in names()},
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
        return held(connection, name, most)


def is_known(one: Facet) -> bool:
    """Whether anybody ever had this facet."""
    with shop().mirror.reading() as connection:
        return had(connection, one)


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


_OF_MONTHS = ("since", "first_purchase", "turn", "again")


class Everybody(Filters, frozen=True):
    """Also those whom lists set aside otherwise: what happened in a month happened to them too."""

    @property
    def conditions(self) -> list[Condition]:
        """As sets are intersected, nobody taken out."""
        return [one for one in super().conditions if not one.without]


def filters_of(
    kind: str | None = None, facets: tuple[Facet, ...] = (), missing: tuple[str, ...] = ()
) -> Filters:
    """A list of these; one of something that happened in a month is a list of everybody."""
    shape = Everybody if any(map(is_of_month, facets)) else Filters
    return shape(kind, facets, missing)


def is_of_month(one: Facet) -> bool:
    """Whether a facet tells what happened in a month."""
    return one[0].partition(".")[0] in _OF_MONTHS


def asked_filters(kind: str | None = "PF") -> Filters:
    """The filters of this request's address; what it does not know it leaves out.

    ``kind`` is of whom the list is where the address does not say; None: people and companies.
    """
    return filters_of(_kind(kind), tuple(_facets().items()), _missing())


def with_facet(filters: Filters, one: Facet) -> Filters:
    """The same list with this filter, in the place of another of the same name."""
    return filters_of(filters.kind, (*filters.without(one[0]).facets, one), filters.missing)


def without_facet(filters: Filters, name: str) -> Filters:
    """The same list with one filter less."""
    return filters_of(filters.kind, filters.without(name).facets, filters.missing)


def of_kind(filters: Filters, kind: str | None) -> Filters:
    """The same list of another kind of customers."""
    return msgspec.structs.replace(filters, kind=kind)


def lacking(filters: Filters, *missing: str) -> Filters:
    """The same list of those who lack any of these fields; of all where none is named."""
    return msgspec.structs.replace(filters, missing=missing)


def _kind(usual: str | None) -> str | None:
    told = request.args.get("tipo")
    if told == ANY_KIND:
        return None
    return told if told in KINDS else usual


def _facets() -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in request.args.items():
        one = asked_facet(name, value)
        if one and _is_there(one):
            found.setdefault(*one)
    return found


def _is_there(one: Facet) -> bool:
    """A standing is a value of its axis, or a word that the master did send."""
    axis = AXES.get(one[0])
    return axis is None or one[1] in axis.values or is_known(one)


def _missing() -> tuple[str, ...]:
    field = addresses.MISSING.get(request.args.get("falta", ""))
    if field:
        return (field,)
    name, said = INCOMPLETE
    return shop().settings.required if request.args.get(name) == said else ()
