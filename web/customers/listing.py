"""The list of customers: tabs, bars and filters above it, page by page, newest first."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from urllib.parse import urlencode

from flask import Response, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from mirror.facets import Facet, tells_nobody
from mirror.ledger.guard import name_of
from mirror.reading.activity import Name, Overdue, overdue
from mirror.reading.listing import Filters, Look, asks_for_set_aside, look
from mirror.reading.standings import held
from mirror.standing.rules import ARCHIVED, AXES, BARS
from mirror.standing.verdict import Held
from mirror.store.progress import now_us
from mirror.store.sealing import Found
from web.customers import bp
from web.look import addresses, words
from web.look.addresses import Pair, address, parameters
from web.look.filters import (
    Choice,
    Options,
    asked_filters,
    choices,
    lacking,
    less_facet,
    of_kind,
    options,
    registration_label,
    titles,
    with_facet,
    without_facet,
)
from web.look.formats import named, today
from web.look.masked import Row, masks, row
from web.look.standings import axis_label, counted_label, own_label, standing_label
from web.shop import listed as shown_as_list
from web.shop import permit, shop

# The bars above a list: every value of every axis in force, with how many customers have it.
#
# Conta Base's *Barra de Atividade*, Azata's counters, Ploomes' status and Sell's two axes are the
# same thing here: values of an axis; a click chooses one, the form several.

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
    is_part: bool = False
    """Of one value of the bar above it."""


def bars(look: Look, filters: Filters, axes: list[str]) -> tuple[list[Bar], list[Bar]]:
    """Those of the first rules in force, and all others."""
    by_rules = [list(some) for _, some in groupby(axes, key=lambda axis: AXES[axis].rules)]
    first = by_rules[0] if by_rules else []
    rest = [axis for some in by_rules[1:] for axis in some]
    return (
        [_bar(look, filters, axis) for axis in [*first, *_why_archived(filters, first)]],
        [_bar(look, filters, axis) for axis in [*rest, *_why_archived(filters, rest)]],
    )


def _why_archived(filters: Filters, axes: list[str]) -> list[str]:
    """Churn or lost: asked of those who are archived, once a list is of them."""
    archived = "archived" in filters.values(ARCHIVED.rules) or filters.values(ARCHIVED.name)
    return [ARCHIVED.name] if ARCHIVED.rules in axes and archived else []


def _bar(look: Look, filters: Filters, axis: str) -> Bar:
    chosen = filters.values(axis)
    if axis == ARCHIVED.rules and filters.values(ARCHIVED.name):
        chosen = chosen or ["archived"]
    cells = [_cell(filters, axis, *one, chosen) for one in _shown(look, axis, chosen)]
    return Bar(
        axis_label(axis),
        address(without_facet(filters, axis)),
        bool(chosen),
        cells,
        None if chosen else _left_out(look, filters),
        axis == ARCHIVED.name,
    )


def _left_out(look: Look, filters: Filters) -> str | None:
    """``arquivados e descartados``: of whatever rules, as they are left out of every list."""
    aside = (one for one in filters.left_out if one[0] in look.counts)
    return " e ".join(sorted(counted_label(*one).lower() for one in aside)) or None


def _shown(look: Look, axis: str, chosen: list[str]) -> list[tuple[str, int]]:
    """Every value of the axis, and those words of the master's that somebody here has."""
    counted = look.counts[axis]
    own = [one for one in counted if one[0] in BARS[axis].values]
    others = [one for one in counted if one not in own and (one[1] or one[0] in chosen)]
    return own + sorted(others, key=lambda one: -one[1])[:_MOST_RECEIVED]


def _cell(filters: Filters, axis: str, value: str, customers: int, chosen: list[str]) -> Cell:
    here, one = value in chosen, (axis, value)
    wanted = less_facet(filters, one) if here else with_facet(filters, one)
    if here and not filters.values(axis):
        wanted = without_facet(filters, axis)
    return Cell(
        counted_label(axis, value),
        customers,
        address(wanted) if _has_address(one) else None,
        here,
        axis in AXES and asks_for_set_aside(one),
    )


def _has_address(one: Facet) -> bool:
    axis, value = one
    # A word of the master's that is also how an address calls a value would lead there.
    return value in BARS[axis].values or (
        tells_nobody(value) and value not in addresses.STANDINGS[axis]
    )


# The filters in force, in words, each with the list without it.

_TURNED = {"turn": ("Ficou", "Tornou-se"), "again": ("Voltou a ficar", "Voltou a ser")}
_OF_MONTHS = {"since": "Cadastrado em", "first_purchase": "Primeira compra em"}


@dataclass(frozen=True)
class Chip:
    """A filter in force: what it says, and the address without it."""

    label: str
    whole: str
    """The same, said alone: the second value of a filter is ``ou Inativo`` beside the first."""
    without: str


def chips(filters: Filters, page: str | None = None) -> list[Chip]:
    """One for each value, in the order of the address; ``page`` is where they are taken off."""
    return list(_chips(filters, page))


def _chips(filters: Filters, page: str | None) -> Iterator[Chip]:
    before = ""
    for one in sorted(filters.facets, key=lambda one: _place(filters, one)):
        told_of = told(one)
        short = told_of.removeprefix(f"{told_of.partition(': ')[0]}: ")
        label = f"ou {short}" if one[0] == before else told_of
        yield Chip(label, told_of, address(less_facet(filters, one), page))
        before = one[0]
    if filters.missing:
        lack = _lacking(filters.missing)
        yield Chip(lack, lack, address(lacking(filters), page))


def _place(filters: Filters, one: Facet) -> int:
    """Values of one name stand together, at the place of the first."""
    return next(place for place, other in enumerate(filters.facets) if other[0] == one[0])


def told(one: Facet) -> str:
    """What customers have who have this facet: ``Categoria: VIP``."""
    name, value = one
    if name == "registration":
        return f"Status: {registration_label(value)}"
    if name in BARS:
        return f"{axis_label(name)}: {counted_label(name, value)}"
    if name in _OF_MONTHS:
        return f"{_OF_MONTHS[name]} {named(value)}"
    if name.partition(".")[0] in _TURNED:
        return _turned(name, value)
    return f"{titles(name)[0]}: {value}"


def _turned(name: str, value: str) -> str:
    what, axis, standing = name.split(".")
    verb = _TURNED[what][BARS[axis].rules == "sell"]
    if axis == ARCHIVED.name:
        return f"{standing_label(axis, standing)} em {named(value)} ({axis_label(axis)})"
    own = own_label(axis, standing)
    became = f"“{own}”" if own else standing_label(axis, standing).lower()
    return f"{verb} {became} em {named(value)} ({axis_label(axis)})"


def _lacking(missing: tuple[str, ...]) -> str:
    if missing == shop().settings.required:
        return "Cadastro incompleto"
    return f"Falta {words.MISSING[missing[0]]}"


PER_PAGE = 24  # a page and all it loads stay under 20 KB
_DOCUMENTS = {"PF": "CPF", "PJ": "CNPJ"}
_ORDER = "pela ordem de chegada a esta cópia: quem chegou por último vem primeiro"
_NONE_FITS = "Nenhum cliente combina com esses filtros. Remova um deles para ver mais."
_NONE_YET = "Ainda não chegou nenhum cliente deste tipo do sistema de origem."


@dataclass(frozen=True)
class Listed:
    """What one request asked of the list, and what the mirror said, all of one snapshot."""

    filters: Filters
    options: Options
    look: Look
    held: dict[int, Held]
    """What the customers of the page are along the first axis in force."""
    late: dict[Name, list[Overdue]]
    """Who of them has not paid in time."""


@dataclass(frozen=True)
class Tab:
    """One kind of customers: of both kinds only where a link asked for both."""

    label: str
    url: str
    customers: int
    here: bool


@bp.get("/")
def home() -> Answer:
    """The list is the first page."""
    return redirect(url_for("customers.listing"), 303)


@bp.get("/clientes")
def listing() -> str:
    """One page of the list, with its tabs, bars, filters and totals."""
    permit("browse")
    listed = asked()
    filters, found = listed.filters, listed.look
    shown_as_list("browse", [name_of(one) for one in found.page.rows])
    first, rest = bars(found, filters, listed.options.axes)
    offered, in_force = choices(listed.options, filters), chips(filters)
    return render_template(
        "customers/list.html",
        rows=_rows(listed),
        caption=f"{words.KINDS.get(filters.kind or '', 'Clientes')}, {_ORDER}",
        document_label=_DOCUMENTS.get(filters.kind or "", "CPF/CNPJ"),
        nobody=_NONE_FITS if in_force else _NONE_YET,
        filters=filters,
        filters_label=f"Filtros ({len(in_force)})" if in_force else "Filtros",
        chips=in_force,
        tabs=list(tabs(filters, found.kinds)),
        first=first,
        rest=rest,
        rest_open=any(bar.chosen for bar in rest),
        choices=offered,
        asked=urlencode(list(parameters(filters))) if in_force else None,
        kept=kept(filters, offered),
        total=found.total,
        incomplete=_incomplete(listed),
        newer=found.page.newer and address(filters, depois=found.page.newer),
        older=found.page.older and address(filters, antes=found.page.older),
        mark=mark(listed),
    )


@bp.get("/clientes/marca")
def listing_mark() -> Response:
    """A short text that changes when the same page of the list would look different."""
    permit("browse")
    return jsonify(mark=mark(asked()))


def mark(listed: Listed) -> str:
    """See ``listing_mark``; made of ids, versions, instants and numbers only."""
    found = listed.look
    rows = [
        (one.id, one.version, one.last_purchase_at, listed.held.get(one.id), _late(listed, one))
        for one in found.page.rows
    ]
    told = repr((rows, found.total, found.kinds, found.counts, found.incomplete))
    return hashlib.blake2b(told.encode(), digest_size=8).hexdigest()


def asked() -> Listed:
    """The page of the list that this request's address names, as the mirror is now."""
    filters, there = asked_filters(), options()
    found = look(
        shop().mirror,
        filters,
        before=request.args.get("antes", type=int),
        after=request.args.get("depois", type=int),
        limit=PER_PAGE,
        count=[*there.axes, *_why_archived(filters, there.axes)],
        required=shop().settings.required,
    )
    late = overdue(shop().mirror, map(name_of, found.page.rows), today())
    return Listed(filters, there, found, _held(filters, there, found), late)


def _held(filters: Filters, there: Options, found: Look) -> dict[int, Held]:
    axis = _axis_of_rows(filters, there)
    if axis is None:
        return {}
    return held(shop().mirror, axis, [one.id for one in found.page.rows], now_us())


def _axis_of_rows(filters: Filters, there: Options) -> str | None:
    """The first axis in force; none where the list is filtered by it: all would say the same."""
    first = there.axes[0] if there.axes else None
    if first is None or AXES[first].rules in _OWNED:  # a control is there whatever it says
        return first
    return None if len(filters.values(first)) == 1 else first


def _rows(listed: Listed) -> list[Row]:
    view, required = masks(), shop().settings.required
    return [
        row(one, view, required, _standing(listed, one), _late(listed, one))
        for one in listed.look.page.rows
    ]


def _late(listed: Listed, one: Found) -> list[Overdue]:
    return listed.late.get(name_of(one), [])


_OWNED = {"ploomes": "O status é trocado no sistema de origem e chega aqui sozinho."}
"""By rules: why a control that their article has on the list does not work here."""


def _standing(listed: Listed, found: Found) -> tuple[str, str, str | None] | None:
    one = listed.held.get(found.id)
    if one is None:
        return None
    owned = _OWNED.get(AXES[one.axis].rules)
    return words.ON_ROWS[one.axis], standing_label(one.axis, one.value), owned


def kept(filters: Filters, offered: list[Choice]) -> list[Pair]:
    """What the form must say besides what it asks, so that filters combine."""
    asks = {one.parameter for one in offered if one.values}
    return [(name, value) for name, value in parameters(filters) if name not in asks]


def tabs(filters: Filters, kinds: dict[str, int], page: str | None = None) -> Iterator[Tab]:
    """People, companies, and both where a list is of both; ``page`` is where they lead."""
    for kind, label in words.KINDS.items():
        yield Tab(label, address(of_kind(filters, kind), page), kinds[kind], kind == filters.kind)
    if filters.kind is None or page:
        url = address(of_kind(filters, None), page)
        yield Tab("PF e PJ", url, sum(kinds.values()), filters.kind is None)


def _incomplete(listed: Listed) -> tuple[int, str, bool] | None:
    """How many registrations lack something, the list of them or back, and whether it is this."""
    required, filters = shop().settings.required, listed.filters
    if not required:
        return None
    here = filters.missing == required
    return listed.look.incomplete, address(lacking(filters, *(() if here else required))), here
