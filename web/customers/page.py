"""One customer's page: what is known, the people around, the eye, and how it grows old."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b
from typing import NamedTuple

import msgspec
from flask import Response, abort, jsonify, redirect, request, url_for
from werkzeug.wrappers import Response as Answer

from mirror.facets import facets_of
from mirror.ledger import hints
from mirror.ledger.guard import name_of
from mirror.reading import find
from mirror.reading.activity import purchases
from mirror.reading.standings import Standing, standings
from mirror.standing.rules import AXES
from mirror.store.progress import now_us
from mirror.store.sealing import Found
from web.customers import bp
from web.look import words
from web.look.customer_page import known, opened, reason, rendered, shown, texts
from web.look.formats import ago, day, money, number, several
from web.look.masked import credit_limit, full, head, masks, whatsapp
from web.look.standings import line
from web.shop import account, keep, kept, listed, shop

_PER_PAGE = 20


@dataclass(frozen=True)
class Titles:
    """What the parts of a page are called that a person and a company have alike."""

    about: str
    registration: str
    """A person's identity card, a company's number with its state."""
    spoken: str
    """The same within a sentence."""


_TITLES = {
    "PF": Titles("Dados Pessoais", "RG", "RG"),
    "PJ": Titles("Dados da Empresa", "Inscrição Estadual", "inscrição estadual"),
}


# The strip: what matters first, as far as the mirror knows it.


@dataclass(frozen=True)
class Figure:
    """One thing of the strip: its name, the figure, and what is told below it."""

    label: str
    text: str
    told: str = ""


def _figures(found: Found, today: date) -> Iterator[Figure]:
    limit = credit_limit(found.customer)
    if limit is not None:
        yield Figure("Limite", money(limit))
    for bought in purchases(shop().mirror, found.source, found.external_id):
        told = f"{several(bought.orders, 'pedido', 'pedidos')} · ticket médio "
        average = money(bought.amount // bought.orders, bought.currency)
        yield Figure("Compras", money(bought.amount, bought.currency), told + average)
    last = head(found, masks()).last_purchase
    if last:
        yield Figure("Última compra", day(last), ago(last, today))
    loyalty = found.customer.loyalty
    if loyalty and loyalty.points is not None:
        tier = texts(found).maybe(loyalty.tier)
        yield Figure("Pontos", number(loyalty.points), tier or "")


@bp.get("/clientes/<int:customer_id>")
def page(customer_id: int) -> str:
    """Everything the master says of one customer, masked, and what the relationship is called."""
    found = opened(customer_id)
    mirror, own = shop().mirror, texts(found)
    others = [(head(one, masks()), one.source) for one in find.kin(mirror, found)]
    lines = [line(one, own) for one in _standings(found)]
    return rendered(
        "customers/page.html",
        found,
        "summary",
        figures=list(_figures(found, masks().today)),
        others=others,
        standings=lines,
        missing=_missing(found),
        asked=_answer(found),
        titles=_TITLES[found.customer.kind],
    )


def _standings(found: Found) -> list[Standing]:
    """By the rules that the shop names first, and then the others."""
    place = {name: number for number, name in enumerate(shop().wording.rules)}
    held = standings(shop().mirror, found.id, now_us())
    return sorted(held, key=lambda one: place.get(AXES[one.axis].rules, len(place)))


@bp.get("/clientes/<int:customer_id>/contatos")
def contacts(customer_id: int) -> str:
    """Whom to talk to: a company's contacts and people, a person's company."""
    found = opened(customer_id, "contatos")
    before = request.args.get("antes", type=int)
    people, older = find.staff(shop().mirror, found, before=before, limit=_PER_PAGE)
    if people:
        listed("browse", [name_of(one) for one in people])
    company = found.company and find.named(shop().mirror, found.source, [found.company])
    return rendered(
        "customers/contacts_tab.html",
        found,
        "contacts",
        people=[head(one, masks()) for one in people],
        company=[head(one, masks()) for one in company.values()] if company else [],
        company_code=found.company and texts(found).code(found.company),
        older=older,
        paged=before is not None,
    )


@bp.get("/clientes/<int:customer_id>/dependentes")
def dependents(customer_id: int) -> str:
    """A person's dependents: initials and age until revealed."""
    return rendered(
        "customers/dependents_tab.html", opened(customer_id, "dependentes"), "dependents"
    )


@bp.get("/clientes/<int:customer_id>/versao")
def version(customer_id: int) -> Response:
    """``{"version": n}``: a page that shows another number is out of date.

    Once the master answered whom it was asked for, ``mark`` says so.
    """
    found = known(customer_id)
    told = _answer(found)
    mark = {"mark": f"{found.version}.asked"} if told and not told.waits else {}
    return jsonify(version=found.version, **mark)


# The master asked for one customer now: a hint to the connector, as a master's own would be.


class Reply(NamedTuple):
    """What came of asking the master."""

    waits: bool
    changed: tuple[str, ...] = ()
    """What is another now, in words."""


@bp.post("/clientes/<int:customer_id>/origem")
def ask_origin(customer_id: int) -> Answer:
    """Have the connector ask the master for this customer with its next look, in seconds."""
    found = known(customer_id)
    account("asked_origin", found)
    keep(asked=(name_of(found), _marks(found)))
    hints.put(shop().ledger, found.source, found.external_id)
    return redirect(url_for("customers.page", customer_id=found.id), 303)


def _answer(found: Found) -> Reply | None:
    """What came of it, where this session asked for this customer last."""
    asked = kept().asked
    if asked is None or asked[0] != name_of(found):
        return None
    if found.external_id in hints.taken(shop().ledger, found.source).ids:
        return Reply(waits=True)
    others = [one for one, mark in _marks(found).items() if asked[1].get(one) != mark]
    return Reply(False, tuple(dict.fromkeys(words.PARTS.get(one, "outros") for one in others)))


def _marks(found: Found) -> dict[str, bytes]:
    fields = msgspec.structs.asdict(found.customer)
    left_out = ("version", "updated_at")  # these change with anything
    marks = {name: msgspec.msgpack.encode(fields[name]) for name in fields if name not in left_out}
    return {name: blake2b(told, digest_size=8).digest() for name, told in marks.items()}


def _missing(found: Found) -> tuple[str, ...]:
    """What this shop requires of a registration and this one lacks, in words."""
    facets = set(facets_of(found.source, found.customer))
    required = shop().settings.required
    return tuple(words.MISSING[name] for name in required if ("missing", name) in facets)


# The eye: one field, to one person, for one reason, written down before it is shown.

_UNKNOWN = "Este campo não existe neste cadastro. Volte e abra o cliente de novo."


@bp.post("/clientes/<int:customer_id>/revelar")
def reveal(customer_id: int) -> Answer:
    """The full value of one field: JSON for the page's script, a page that expires without it."""
    return _shown(known(customer_id), "reveal")


@bp.post("/clientes/<int:customer_id>/copiar")
def copy(customer_id: int) -> Answer:
    """The same for the clipboard, recorded as a copy."""
    return _shown(known(customer_id), "copy")


@bp.post("/clientes/<int:customer_id>/whatsapp")
def chat(customer_id: int) -> Answer:
    """Off to WhatsApp with a mobile number, recorded like a reveal: a third party then knows it."""
    found = known(customer_id)
    field = request.form.get("field", "")
    address = whatsapp(found.customer, field)
    if address is None:
        abort(404, _UNKNOWN)
    account("whatsapp", found, field=field, reason=reason(found))
    return redirect(address, 303)


def _shown(found: Found, action: str) -> Answer:
    field = request.form.get("field", "")
    value = full(found.customer, field)
    if value is None:
        abort(404, _UNKNOWN)
    account(action, found, field=field, reason=reason(found))
    return shown(found, value, field, url_for("customers.page", customer_id=found.id))
