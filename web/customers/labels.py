"""What the master calls customers by: every category, group and tag, and how many have each.

They are made and changed in the master. A page filtered like a list counts within that list, so
that every number is the length of the list it leads to.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from unicodedata import combining, normalize

from flask import Blueprint, abort, render_template, request

from mirror.facets import tells_nobody
from mirror.masking import mask_text
from mirror.reading.facets import Condition, Facets
from mirror.reading.listing import Filters
from mirror.store.progress import now_us
from web.customers.listing import chips
from web.look.addresses import address
from web.look.filters import (
    asked_filters,
    names,
    page_of,
    titles,
    values_of,
    with_facet,
    without_facet,
)
from web.shop import permit, shop

bp = Blueprint("labels", __name__)
_NEW = {"category": "Nova categoria", "group": "Criar grupo"}
"""What a master's own screen offers beside its labels, and this one does not."""

PER_PAGE = 60
_MOST = 20_000
_ALWAYS = ("category", "group", "tag")
_NO_LETTER = "#"
_LONGEST = 12


@dataclass(frozen=True)
class Label:
    """One value, as it may be shown."""

    text: str
    customers: int
    url: str | None
    """Its customers; None where there are none, or where it may stand in no address."""
    active: bool
    """Whether any of them has an active registration."""


@dataclass(frozen=True)
class Link:
    """A way to another page of labels."""

    text: str
    url: str
    here: bool = False


@dataclass(frozen=True)
class Shelf:
    """A page of the values of one label."""

    values: list[str]
    letters: list[Link]
    """To begin with a letter, where there are too many for one page."""
    older: str | None
    newer: str | None


@bp.get("/categorias", defaults={"name": "category"})
@bp.get("/grupos", defaults={"name": "group"})
@bp.get("/etiquetas", defaults={"name": "tag"})
@bp.get("/vendedores", defaults={"name": "seller"})
@bp.get("/perfis", defaults={"name": "profile"})
def listing(name: str) -> str:
    """Every value of one label, counted within the list that the address says."""
    permit("browse")
    filters = without_facet(asked_filters(None), name)
    shelf = _shelf(name, filters)
    return render_template(
        "customers/labels.html",
        title=titles(name)[1],
        one=titles(name)[0],
        new=_NEW.get(name),
        tabs=[*_tabs(name, filters)],
        chips=chips(filters, page_of(name)),
        rows=_counted(filters, name, shelf.values),
        shelf=shelf,
    )


@bp.get("/campos/<path:label>")
def field(label: str) -> str:
    """The same of a field of the shop's own that lists can be filtered by."""
    if label not in shop().wording.filters:
        abort(404, "As listas não são filtradas por este campo.")
    return listing(f"extra.{label}")


def _tabs(name: str, filters: Filters) -> Iterator[Link]:
    for other in names():
        if other in _ALWAYS or other == name or values_of(other, 1):
            yield Link(titles(other)[1], address(filters, page_of(other)), other == name)


def _counted(filters: Filters, name: str, values: Sequence[str]) -> list[Label]:
    active = Condition((("registration", "active"),))
    with shop().mirror.reading() as connection:
        facets = Facets(connection, now_us())
        everybody = facets.within(facets.select(filters.conditions), name, values)
        fit = dict(facets.within(facets.select([*filters.conditions, active]), name, values))
    return [_label(filters, (name, value), many, fit[value] > 0) for value, many in everybody]


def _label(filters: Filters, one: tuple[str, str], customers: int, active: bool) -> Label:
    shown = mask_text(one[1], shop().settings.document_mask, strict=True)
    url = address(with_facet(filters, one)) if customers and tells_nobody(one[1]) else None
    return Label(shown, customers, url, active)


def _shelf(name: str, filters: Filters) -> Shelf:
    values, here = sorted(values_of(name, _MOST), key=_folded), page_of(name)
    letters = sorted({_letter(one) for one in values}) if len(values) > PER_PAGE else []
    letter = request.args.get("letra")
    asked: dict[str, str] = {}
    if letter in letters:
        values, asked = [one for one in values if _letter(one) == letter], {"letra": letter}
    start = PER_PAGE * (_page(len(values)) - 1)
    links = [Link(one, address(filters, here, letra=one), one == letter) for one in letters]

    def turned(place: int) -> str | None:
        there = 0 <= place < len(values)
        return address(filters, here, **asked, pagina=place // PER_PAGE + 1) if there else None

    rest = values[start : start + PER_PAGE]
    return Shelf(rest, links, turned(start + PER_PAGE), turned(start - PER_PAGE))


def _page(many: int) -> int:
    last = max(-(-many // PER_PAGE), 1)
    return min(max(request.args.get("pagina", 1, type=int), 1), last)


def _letter(value: str) -> str:
    first = _folded(value)[:1].upper()
    return first if first.isascii() and first.isalpha() else _NO_LETTER


def _folded(value: str) -> str:
    """As a Brazilian looks it up: without case and accents, 9 before 10."""
    plain = "".join(c for c in normalize("NFKD", value) if not combining(c)).casefold()
    return re.sub(r"\d+", lambda digits: digits[0].zfill(_LONGEST), plain)
