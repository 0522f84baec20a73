"""Addresses of lists and charges: every filter has a parameter in pt-BR, and none names anybody.

``/clientes?tipo=PF&status=ativo&status=inativo&categoria=VIP&ficou.atividade.inativo=2026-10``: a
parameter that comes several times asks for whoever has any of its values. What is read is what was
written; a parameter or value that nobody knows is left out.
"""

import re
from collections.abc import Callable, Iterator
from urllib.parse import urlencode

from flask import request, url_for

from mirror.facets import Facet, tells_nobody
from mirror.reading.charges import NO_MONTH, Basis, Cursor, Part
from mirror.reading.listing import Filters
from mirror.store.sealing import MOST_ID
from web.look import formats, words
from web.look.formats import is_month
from web.shop import shop

# What stands in the addresses of lists, in pt-BR, by the program's codes; data, not logic.

AXES = {
    "status-ploomes": "ploomes",
    "cliente-potencial": "sell_prospect",
    "cliente": "sell_customer",
    "atividade": "conta_base",
    "relacionamento": "azata",
    "arquivado": "archived",
}
STANDINGS = {
    "ploomes": {
        "prospeccao": "prospect",
        "ativo": "active",
        "inativo": "inactive",
        "descartado": "discarded",
    },
    "sell_prospect": {"nao-e": "none", "atual": "current", "perdido": "lost"},
    "sell_customer": {"nao-e": "none", "atual": "current", "passado": "past"},
    "conta_base": {
        "lead": "lead",
        "ativo": "active",
        "inativo": "inactive",
        "arquivado": "archived",
    },
    "azata": {"lead": "lead", "ativo": "active", "contato": "contact", "inativo": "inactive"},
    "archived": {"churn": "churn", "lost": "lost"},
}
LABELS = {
    "categoria": "category",
    "grupo": "group",
    "etiqueta": "tag",
    "vendedor": "seller",
    "perfil": "profile",
}
MONTHS = {"cadastro": "since", "primeira-compra": "first_purchase"}
TURNS = {"ficou": "turn", "voltou": "again"}
MISSING = {
    "nome": "name",
    "documento": "document",
    "email": "email",
    "telefone": "phone",
    "endereco": "address",
    "nascimento": "birth_date",
    "genero": "gender",
    "categoria": "category",
}


def slug(table: dict[str, str], code: str) -> str:
    """The slug of a code; a word of the master's that has none stands for itself."""
    return next((slug for slug, known in table.items() if known == code), code)


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
        yield "falta", slug(MISSING, filters.missing[0])


def parameter(facet: Facet) -> Pair:
    """How an address says that customers have this facet."""
    name, value = facet
    head, _, rest = name.partition(".")
    if name == "registration":
        return "status", slug(words.REGISTRATION_SLUGS, value)
    if name in STANDINGS:
        return slug(AXES, name), slug(STANDINGS[name], value)
    if head == "extra":
        return _FIELD + rest, value
    if head in TURNS.values():
        axis, _, turned = rest.partition(".")
        standing = slug(STANDINGS[axis], turned)
        return f"{slug(TURNS, head)}.{slug(AXES, axis)}.{standing}", value
    return slug(LABELS | MONTHS, name), value


def asked_facet(name: str, value: str) -> Facet | None:
    """What a parameter asks for; None where nobody knows it, or where it names somebody."""
    read = _READERS.get(name.partition(".")[0])
    return read(name, value) if read and tells_nobody(value) else None


def _registration(_: str, value: str) -> Facet | None:
    known = words.REGISTRATION_SLUGS.get(value, value)
    # Our own codes stand in no address: a word of the master's that is one of them would be lost.
    return None if known == value and value in words.REGISTRATIONS else ("registration", known)


def _standing(name: str, value: str) -> Facet | None:
    axis = AXES.get(name)
    return (axis, STANDINGS[axis].get(value, value)) if axis else None


def _label(name: str, value: str) -> Facet | None:
    return (LABELS[name], value) if name in LABELS else None


def _extra(name: str, value: str) -> Facet | None:
    label = name.removeprefix(_FIELD)
    return (f"extra.{label}", value) if label in shop().wording.filters else None


def _month(name: str, value: str) -> Facet | None:
    known = MONTHS.get(name)
    return (known, value) if known and is_month(value) else None


def _turn(name: str, value: str) -> Facet | None:
    what, _, rest = name.partition(".")
    param, _, turned = rest.partition(".")
    axis = AXES.get(param, "")
    standing = STANDINGS.get(axis, {}).get(turned)
    if not standing or not is_month(value):
        return None
    return f"{TURNS[what]}.{axis}.{standing}", value


_READERS: dict[str, Callable[[str, str], Facet | None]] = {
    "status": _registration,
    "campo": _extra,
    **dict.fromkeys(AXES, _standing),
    **dict.fromkeys(LABELS, _label),
    **dict.fromkeys(MONTHS, _month),
    **dict.fromkeys(TURNS, _turn),
}


# What an address asks of the charges, and the address that asks it: month, state and page.
#
# ``/cobrancas?mes=2026-10&situacao=em-atraso&depois=2026-10-15.77``: it names nobody. What nobody
# knows is left out.

NO_MONTH_SLUG = "sem-data"
STATES = {
    "agendadas": "scheduled",
    "emitidas": "issued",
    "em-atraso": "overdue",
    "pagas": "paid",
    "canceladas": "cancelled",
    "excluidas": "deleted",
    "outras": "unknown",
}
"""Conta Base's filters, and whatever is none of them."""

BASES: dict[str, Basis] = {"vencimento": "due", "emissao": "issued"}
"""By which day a charge belongs to a month; the first goes without saying."""

_cursor = re.compile(r"(\d{4}-\d\d-\d\d|)\.(\d{1,19})", re.ASCII).fullmatch


def asked(usual: str) -> Part:
    """The part of the charges that this request wants; of the ``usual`` month unless it says so."""
    args = request.args
    undated = args.get("mes") == NO_MONTH_SLUG
    return Part(
        NO_MONTH if undated else formats.asked(usual),
        STATES.get(args.get("situacao", "")),
        BASES.get(args.get("por", ""), "due"),
        after=_read(args.get("depois", "")),
        before=_read(args.get("antes", "")),
    )


def charges_address(
    month: str,
    state: str | None = None,
    *,
    by: Basis = "due",
    after: Cursor | None = None,
    before: Cursor | None = None,
) -> str:
    """The page of these charges."""
    pairs = {
        "mes": NO_MONTH_SLUG if month == NO_MONTH else month,
        "situacao": state_slug(state),
        "por": basis_slug(by),
        "depois": _written(after),
        "antes": _written(before),
    }
    query = urlencode({name: value for name, value in pairs.items() if value})
    return f"{url_for('charges.listing')}?{query}"


def basis_slug(by: Basis) -> str | None:
    """By which day charges are listed, as an address has it; None for what goes without saying."""
    return None if by == "due" else next(slug for slug, code in BASES.items() if code == by)


def state_slug(state: str | None) -> str | None:
    """A state as an address has it."""
    return next((slug for slug, code in STATES.items() if code == state), None)


def _read(told: str) -> Cursor | None:
    found = _cursor(told)
    if found is None or int(found[2]) > MOST_ID:
        return None
    return found[1], int(found[2])


def _written(cursor: Cursor | None) -> str | None:
    return None if cursor is None else f"{cursor[0]}.{cursor[1]}"
