"""The list of customers: tabs, bars and filters above it, page by page, newest first."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from flask import Response, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from mirror.listing import Filters, Look, look
from mirror.opening import Found
from mirror.progress import now_us
from mirror.standing.held import Held
from mirror.standing.reading import held
from web import words
from web.accounting import permit
from web.current import shop
from web.customers import bp
from web.customers.addresses import Pair, address, parameters
from web.customers.bars import bars
from web.customers.chips import chips
from web.customers.fields import masks
from web.customers.filters import asked_filters, lacking, of_kind
from web.customers.options import Choice, Options, choices, options, statuses
from web.customers.standings import rules_label, standing_label
from web.customers.view import Row, row

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
        statuses=statuses(filters),
        tabs=list(_tabs(filters, found)),
        first=first,
        rest=rest,
        rest_open=any(bar.chosen for bar in rest),
        choices=offered,
        kept=_kept(filters, offered),
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
        (one.id, one.version, one.last_purchase_at, listed.held.get(one.id))
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
        count=there.axes,
        required=shop().settings.required,
    )
    return Listed(filters, there, found, _held(filters, there, found))


def _held(filters: Filters, there: Options, found: Look) -> dict[int, Held]:
    axis = _axis_of_rows(filters, there)
    if axis is None:
        return {}
    return held(shop().mirror, axis, [one.id for one in found.page.rows], now_us())


def _axis_of_rows(filters: Filters, there: Options) -> str | None:
    """The first axis in force; none where the list is filtered by it: all would say the same."""
    first = there.axes[0] if there.axes else None
    return None if first in dict(filters.facets) else first


def _rows(listed: Listed) -> list[Row]:
    view, required = masks(), shop().settings.required
    return [row(one, view, required, _standing(listed, one)) for one in listed.look.page.rows]


def _standing(listed: Listed, found: Found) -> tuple[str, str] | None:
    one = listed.held.get(found.id)
    axis = listed.options.axes[0] if one else ""
    return (standing_label(axis, one.value), rules_label(axis)) if one else None


def _kept(filters: Filters, offered: list[Choice]) -> list[Pair]:
    """What the form must say besides what it asks, so that filters combine."""
    asks = {"status", *(one.parameter for one in offered if one.values)}
    return [(name, value) for name, value in parameters(filters) if name not in asks]


def _tabs(filters: Filters, found: Look) -> Iterator[Tab]:
    for kind, label in words.KINDS.items():
        url = address(of_kind(filters, kind))
        yield Tab(label, url, found.kinds[kind], kind == filters.kind)
    if filters.kind is None:
        yield Tab("PF e PJ", address(filters), sum(found.kinds.values()), True)


def _incomplete(listed: Listed) -> tuple[int, str, bool] | None:
    """How many registrations lack something, the list of them or back, and whether it is this."""
    required, filters = shop().settings.required, listed.filters
    if not required:
        return None
    here = filters.missing == required
    return listed.look.incomplete, address(lacking(filters, *(() if here else required))), here
