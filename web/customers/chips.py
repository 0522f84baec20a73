"""The filters in force, in words, each with the list without it."""

from collections.abc import Iterator
from dataclasses import dataclass

from mirror.facets.labels import Facet
from mirror.listing import Filters
from mirror.standing.axes import AXES
from web import words
from web.current import shop
from web.customers.addresses import address
from web.customers.filters import lacking, without_facet
from web.customers.options import titles
from web.customers.standings import (
    axis_label,
    counted_label,
    own_label,
    rules_label,
    standing_label,
)
from web.monthly import named

_TURNED = {"turn": ("Ficou", "Tornou-se"), "again": ("Voltou a ficar", "Voltou a ser")}
_OF_MONTHS = {"since": "Cadastrado em", "first_purchase": "Primeira compra em"}


@dataclass(frozen=True)
class Chip:
    """A filter in force: what it says, and the address without it."""

    label: str
    without: str


def chips(filters: Filters, page: str | None = None) -> list[Chip]:
    """One for each filter, in the order of the address; ``page`` is where they are taken off."""
    return list(_chips(filters, page))


def _chips(filters: Filters, page: str | None) -> Iterator[Chip]:
    for one in filters.facets:
        yield Chip(told(one), address(without_facet(filters, one[0]), page))
    if filters.missing:
        yield Chip(_lacking(filters.missing), address(lacking(filters), page))


def told(one: Facet) -> str:
    """What customers have who have this facet: ``Categoria: VIP``."""
    name, value = one
    if name == "registration":
        return f"Status: {words.REGISTRATIONS[value]}"
    if name in AXES:
        return f"{axis_label(name)}: {counted_label(name, value)}"
    if name in _OF_MONTHS:
        return f"{_OF_MONTHS[name]} {named(value)}"
    if name.partition(".")[0] in _TURNED:
        return _turned(name, value)
    return f"{titles(name)[0]}: {value}"


def _turned(name: str, value: str) -> str:
    what, axis, standing = name.split(".")
    verb = _TURNED[what][AXES[axis].rules == "sell"]
    own = own_label(axis, standing)
    became = f"“{own}”" if own else standing_label(axis, standing).lower()
    return f"{verb} {became} em {named(value)} ({rules_label(axis)})"


def _lacking(missing: tuple[str, ...]) -> str:
    if missing == shop().settings.required:
        return "Cadastro incompleto"
    return f"Falta {words.MISSING[missing[0]]}"
