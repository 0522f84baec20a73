"""What a list can be filtered by in this shop, and what a request asks it for."""

from dataclasses import dataclass

import msgspec
from flask import request, url_for
from werkzeug.datastructures import MultiDict

from mirror.facets import Facet
from mirror.reading.facets import had, held
from mirror.reading.listing import Filters
from mirror.records import KINDS
from mirror.standing.rules import ARCHIVED, AXES, BARS
from web.look import addresses, words
from web.look.addresses import ANY_KIND, INCOMPLETE, address, asked_facet, parameter, slug
from web.look.standings import axis_label, counted_label
from web.shop import shop

# What a list can be filtered by in this shop: the labels that somebody has, the axes in force.

MOST = 40
"""Of more labels than these a page of their own is to choose from: a list stays light."""


@dataclass(frozen=True)
class Option:
    """One value to choose, as an address has it and as people call it."""

    slug: str
    label: str
    here: bool


@dataclass(frozen=True)
class Choice:
    """One filter of the form: any of its values, several at once."""

    parameter: str
    label: str
    values: list[Option]
    """Empty where there are too many to choose from here."""
    elsewhere: str | None = None
    """The page with all of them, where there is one."""

    @property
    def chosen(self) -> str:
        """``Ativo, Inativo``: what is chosen, as the closed filter says it."""
        return ", ".join(one.label for one in self.values if one.here)


@dataclass(frozen=True)
class Options:
    """What there is in the mirror."""

    axes: list[str]
    """Those that somebody has a standing along, in the shop's order."""
    labels: dict[str, list[str]]
    """By facet: one more than `MOST` where there are more than that."""
    registrations: list[str]
    """Those that somebody has: our codes, and the master's own words."""


def options() -> Options:
    """What lists can be filtered by now."""
    with shop().mirror.reading() as connection:
        return Options(
            [axis for axis in _axes() if held(connection, axis, 1)],
            {name: held(connection, name, MOST + 1) for name in names()},
            held(connection, "registration", MOST),
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
    """Everything a list can be filtered by: the status first, labels, then standings."""
    asked = [_status(found, filters)]
    asked += (_label(name, values, filters) for name, values in found.labels.items() if values)
    asked += (_standings(axis, filters) for axis in found.axes)
    if ARCHIVED.rules in found.axes:
        asked.append(_standings(ARCHIVED.name, filters))
    return [one for one in asked if one.values or one.elsewhere]


def _status(found: Options, filters: Filters) -> Choice:
    """The registrations; where the master has situations of its own, those that somebody has."""
    chosen = filters.values("registration")
    known = [one for one in words.REGISTRATIONS if one != "unknown"]
    own = [one for one in found.registrations if one not in words.REGISTRATIONS]
    if own or not {*known}.intersection(found.registrations):
        known = [one for one in known if one in found.registrations]
    offered = dict.fromkeys([*known, *own, *chosen])
    slugs = words.REGISTRATION_SLUGS
    return Choice(
        "status",
        "Status",
        [
            Option(parameter(("registration", one))[1], registration_label(one), one in chosen)
            for one in offered
            if one not in slugs  # the master's word would be taken for ours
        ],
    )


def registration_label(value: str) -> str:
    """What a registration is called; a word of the master's as it came: it names nobody."""
    return words.REGISTRATIONS.get(value, value)


def _label(name: str, values: list[str], filters: Filters) -> Choice:
    chosen = filters.values(name)
    few = values if len(values) <= MOST else []
    return Choice(
        parameter((name, ""))[0],
        titles(name)[0],
        [Option(value, value, value in chosen) for value in few],
        address(filters, page_of(name)),
    )


def _standings(axis: str, filters: Filters) -> Choice:
    chosen = filters.values(axis)
    offered = dict.fromkeys([*BARS[axis].values, *chosen])
    return Choice(
        slug(addresses.AXES, axis),
        axis_label(axis),
        [
            Option(parameter((axis, value))[1], counted_label(axis, value), value in chosen)
            for value in offered
        ],
    )


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


def filters_of(
    kind: str | None = None,
    facets: tuple[Facet, ...] = (),
    missing: tuple[str, ...] = (),
    *,
    everybody: bool = False,
) -> Filters:
    """A list of these; one of something that happened in a month is a list of everybody."""
    return Filters(kind, facets, missing, everybody or any(map(is_of_month, facets)))


def is_of_month(one: Facet) -> bool:
    """Whether a facet tells what happened in a month."""
    return one[0].partition(".")[0] in _OF_MONTHS


def asked_filters(
    kind: str | None = "PF", args: MultiDict[str, str] | None = None, *, everybody: bool = False
) -> Filters:
    """The filters of this request's address; what it does not know it leaves out.

    ``kind`` is of whom the list is where the address does not say; None: people and companies.
    ``args``: what to read in the address's place. ``everybody``: also who is set aside.
    """
    told: MultiDict[str, str] = request.args if args is None else args
    return filters_of(_kind(told, kind), _facets(told), _missing(told), everybody=everybody)


def with_facet(filters: Filters, one: Facet) -> Filters:
    """The same list with this filter, in the place of another of the same name."""
    free = filters.without(one[0])
    return filters_of(filters.kind, (*free.facets, one), filters.missing, everybody=_all(filters))


def without_facet(filters: Filters, name: str) -> Filters:
    """The same list with one filter less."""
    return _as_asked(filters.without(name))


def less_facet(filters: Filters, one: Facet) -> Filters:
    """The same list with one value of a filter less."""
    return _as_asked(filters.less(one))


def _as_asked(filters: Filters) -> Filters:
    return filters_of(filters.kind, filters.facets, filters.missing, everybody=_all(filters))


def _all(filters: Filters) -> bool:
    """Whether a list is of everybody for another reason than a month."""
    return filters.everybody and not any(map(is_of_month, filters.facets))


def of_kind(filters: Filters, kind: str | None) -> Filters:
    """The same list of another kind of customers."""
    return msgspec.structs.replace(filters, kind=kind)


def lacking(filters: Filters, *missing: str) -> Filters:
    """The same list of those who lack any of these fields; of all where none is named."""
    return msgspec.structs.replace(filters, missing=missing)


_MOST_VALUES = 60
"""Values that one list is filtered by; an address may name any number."""


def _kind(told: MultiDict[str, str], usual: str | None) -> str | None:
    said = told.get("tipo")
    if said == ANY_KIND:
        return None
    return said if said in KINDS else usual


def _facets(told: MultiDict[str, str]) -> tuple[Facet, ...]:
    found: dict[Facet, None] = {}
    for name, value in told.items(multi=True):
        one = asked_facet(name, value)
        if one and one not in found and _is_there(one):
            found[one] = None
            if len(found) == _MOST_VALUES:
                break
    return tuple(found)


def _is_there(one: Facet) -> bool:
    """Where any word may be asked for: a value of ours, or a word that the master did send."""
    name, value = one
    if name == "registration":
        return value in words.REGISTRATIONS or is_known(one)
    return name not in BARS or value in BARS[name].values or is_known(one)


def _missing(told: MultiDict[str, str]) -> tuple[str, ...]:
    field = addresses.MISSING.get(told.get("falta", ""))
    if field:
        return (field,)
    name, said = INCOMPLETE
    return shop().settings.required if told.get(name) == said else ()
