"""Addresses of lists: every filter has a parameter in pt-BR, and none of them names anybody.

``/clientes?tipo=PF&status=ativo&categoria=VIP&atividade=inativo&ficou.atividade.inativo=2026-10``.
What is read is what was written; a parameter or value that nobody knows is left out.
"""

from collections.abc import Callable, Iterator
from urllib.parse import urlencode

from flask import url_for

from mirror.facets.labels import Facet, tells_nobody
from mirror.listing import Filters
from web import words
from web.current import shop
from web.customers import slugs
from web.customers.slugs import slug
from web.monthly import is_month

ANY_KIND = "todos"
INCOMPLETE = ("incompletos", "sim")
_FIELD = "campo."

Pair = tuple[str, str]
"""A parameter of an address and its value."""


def address(filters: Filters, page: str | None = None, **more: int | str) -> str:
    """The list of these customers, or another page of them; ``more`` is what else it is told."""
    pairs = [*parameters(filters), *((name, str(value)) for name, value in more.items())]
    return f"{page or url_for('customers.listing')}?{urlencode(pairs)}"


def parameters(filters: Filters) -> Iterator[Pair]:
    """The filters as an address has them."""
    yield "tipo", filters.kind or ANY_KIND
    yield from map(parameter, filters.facets)
    if filters.missing and filters.missing == shop().settings.required:
        yield INCOMPLETE
    elif filters.missing:
        yield "falta", slug(slugs.MISSING, filters.missing[0])


def parameter(facet: Facet) -> Pair:
    """How an address says that customers have this facet."""
    name, value = facet
    head, _, rest = name.partition(".")
    if name == "registration":
        return "status", slug(words.REGISTRATION_SLUGS, value)
    if name in slugs.STANDINGS:
        return slug(slugs.AXES, name), slug(slugs.STANDINGS[name], value)
    if head == "extra":
        return _FIELD + rest, value
    if head in slugs.TURNS.values():
        axis, _, turned = rest.partition(".")
        standing = slug(slugs.STANDINGS[axis], turned)
        return f"{slug(slugs.TURNS, head)}.{slug(slugs.AXES, axis)}.{standing}", value
    return slug(slugs.LABELS | slugs.MONTHS, name), value


def facet(name: str, value: str) -> Facet | None:
    """What a parameter asks for; None where nobody knows it, or where it names somebody."""
    read = _READERS.get(name.partition(".")[0])
    return read(name, value) if read and tells_nobody(value) else None


def _registration(_: str, value: str) -> Facet | None:
    known = words.REGISTRATION_SLUGS.get(value)
    return ("registration", known) if known else None


def _standing(name: str, value: str) -> Facet | None:
    axis = slugs.AXES.get(name)
    return (axis, slugs.STANDINGS[axis].get(value, value)) if axis else None


def _label(name: str, value: str) -> Facet | None:
    return (slugs.LABELS[name], value) if name in slugs.LABELS else None


def _extra(name: str, value: str) -> Facet | None:
    label = name.removeprefix(_FIELD)
    return (f"extra.{label}", value) if label in shop().wording.filters else None


def _month(name: str, value: str) -> Facet | None:
    known = slugs.MONTHS.get(name)
    return (known, value) if known and is_month(value) else None


def _turn(name: str, value: str) -> Facet | None:
    what, _, rest = name.partition(".")
    param, _, turned = rest.partition(".")
    axis = slugs.AXES.get(param, "")
    standing = slugs.STANDINGS.get(axis, {}).get(turned)
    if not standing or not is_month(value):
        return None
    return f"{slugs.TURNS[what]}.{axis}.{standing}", value


_READERS: dict[str, Callable[[str, str], Facet | None]] = {
    "status": _registration,
    "campo": _extra,
    **dict.fromkeys(slugs.AXES, _standing),
    **dict.fromkeys(slugs.LABELS, _label),
    **dict.fromkeys(slugs.MONTHS, _month),
    **dict.fromkeys(slugs.TURNS, _turn),
}
