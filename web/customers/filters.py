"""What a request asks a list for: kind, facets and what registrations lack."""

import msgspec
from flask import request

from mirror.facets.labels import Facet
from mirror.facets.reading import Condition
from mirror.listing import Filters
from mirror.records import KINDS
from mirror.standing.axes import AXES
from web.current import shop
from web.customers import slugs
from web.customers.addresses import ANY_KIND, INCOMPLETE, facet
from web.customers.options import is_known

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
        one = facet(name, value)
        if one and _is_there(one):
            found.setdefault(*one)
    return found


def _is_there(one: Facet) -> bool:
    """A standing is a value of its axis, or a word that the master did send."""
    axis = AXES.get(one[0])
    return axis is None or one[1] in axis.values or is_known(one)


def _missing() -> tuple[str, ...]:
    field = slugs.MISSING.get(request.args.get("falta", ""))
    if field:
        return (field,)
    name, said = INCOMPLETE
    return shop().settings.required if request.args.get(name) == said else ()
