"""The list of customers: two tabs, two filters, page by page, newest first."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

import msgspec
from flask import Response, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from mirror.listing import Filters, Page, browse, counts, values
from mirror.masking import mask_text
from web import words
from web.accounting import permit
from web.current import shop
from web.customers import bp
from web.customers.fields import Masks
from web.customers.view import row
from web.presenting import CLOCK

PER_PAGE = 40  # a page and all it loads stay under 20 KB


@dataclass(frozen=True)
class Chip:
    """A filter in force: what it says, and the address without it."""

    label: str
    without: str


@dataclass(frozen=True)
class Category:
    """One category of the master's."""

    name: str
    customers: int
    filters: bool
    """Whether the list may be filtered by it: not by one that would put a number into addresses."""


def masks() -> Masks:
    """How this shop masks, today."""
    return Masks(shop().settings.document_mask, datetime.now(UTC).astimezone(CLOCK).date())


@bp.get("/")
def home() -> Answer:
    """The list is the first page."""
    return redirect(url_for("customers.listing"), 303)


@bp.get("/clientes")
def listing() -> str:
    """One page of the list, with its tabs, filters and totals."""
    permit("browse")
    filters = asked_filters()
    page = asked_page(filters)
    view = masks()
    return render_template(
        "customers/list.html",
        rows=[row(found, view) for found in page.rows],
        filters=filters,
        chosen=dict(filters.facets),
        chips=_chips(filters),
        tabs=[_tab(kind, filters) for kind in words.KINDS],
        categories=[one for one in known_categories() if one.filters],
        total=counts(shop().mirror, filters),
        newer=page.newer and _address(filters, depois=page.newer),
        older=page.older and _address(filters, antes=page.older),
        mark=mark(page),
    )


@bp.get("/clientes/marca")
def listing_mark() -> Response:
    """A short text that changes when the same page of the list would look different."""
    permit("browse")
    return jsonify(mark=mark(asked_page(asked_filters())))


def mark(page: Page) -> str:
    """See ``listing_mark``; made of ids and versions only."""
    rows = ",".join(f"{found.id}.{found.version}" for found in page.rows)
    return hashlib.blake2b(rows.encode(), digest_size=8).hexdigest()


def known_categories() -> list[Category]:
    """Every category with its number of customers, masked where it is somebody's number."""
    shown = [(name, masked_category(name), n) for name, n in values(shop().mirror, "category")]
    return [Category(masked or name, n, masked == name) for name, masked, n in shown]


def masked_category(name: str | None) -> str | None:
    """A category as it may be shown: a master may have written a document there."""
    return name and mask_text(name, shop().settings.document_mask, strict=True)


def asked_filters() -> Filters:
    """The filters of this request's address; what it does not know it leaves out."""
    kind = request.args.get("tipo", "PF")
    category = request.args.get("categoria") or None
    registration = words.REGISTRATION_SLUGS.get(request.args.get("status", ""))
    shown = category if category == masked_category(category) else None
    asked = (("registration", registration), ("category", shown))
    return Filters(
        kind if kind in words.KINDS else "PF",
        tuple((name, value) for name, value in asked if value),
    )


def asked_page(filters: Filters) -> Page:
    """The page of the list this request's address names."""
    before = request.args.get("antes", type=int)
    after = request.args.get("depois", type=int)
    return browse(shop().mirror, filters, before=before, after=after, limit=PER_PAGE)


def _address(filters: Filters, **cursor: int) -> str:
    slugs = {code: slug for slug, code in words.REGISTRATION_SLUGS.items()}
    parts = {
        "tipo": filters.kind,
        "status": slugs.get(_chosen(filters, "registration") or ""),
        "categoria": _chosen(filters, "category"),
        **cursor,
    }
    return f"{url_for('customers.listing')}?{urlencode({k: v for k, v in parts.items() if v})}"


def _chosen(filters: Filters, name: str) -> str | None:
    return dict(filters.facets).get(name)


def _chips(filters: Filters) -> list[Chip]:
    chips = []
    if registration := _chosen(filters, "registration"):
        rest = _address(filters.without("registration"))
        chips.append(Chip(f"Status: {words.REGISTRATIONS[registration]}", rest))
    if category := _chosen(filters, "category"):
        chips.append(Chip(f"Categoria: {category}", _address(filters.without("category"))))
    return chips


def _tab(kind: str, filters: Filters) -> tuple[str, str, int, bool]:
    other = msgspec.structs.replace(filters, kind=kind)
    total = counts(shop().mirror, other)
    return words.KINDS[kind], _address(other), total, kind == filters.kind
