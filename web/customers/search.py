"""The one search box: says what it understood, opens a single exact hit, lists several.

A term is sent by POST and never stands in an address. So that what was found can be narrowed by
filters, turned page by page, and come back to, it waits in a cookie that only this program can
open, until a quarter of an hour after the last look; addresses hold its ticket and filters alone.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

import msgspec
from flask import abort, make_response, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as Answer

from mirror.identifiers import LONGEST_TERM, Query, classify
from mirror.instants import instant_of
from mirror.ledger import hints
from mirror.ledger.guard import ASKED_ORIGIN, Name, asked, name_of
from mirror.ledger.journal import mark
from mirror.reading import freshness
from mirror.reading.find import Matches, find, matching, same_person
from mirror.reading.listing import Filters, Look, ranked
from mirror.reading.names import Names
from mirror.reading.vocabulary import BEGINNING, ERROR, SOUND
from mirror.store.sealing import Found, SealBroken
from mirror.text import clean
from web.customers import bp
from web.customers.listing import PER_PAGE, chips, kept, tabs
from web.look import words
from web.look.addresses import address
from web.look.filters import asked_filters, choices, options
from web.look.formats import number
from web.look.masked import Masks, Row, first, hidden, masks, row
from web.shop import account, keep, listed, permit, person, shop
from web.shop import kept as session_kept

COOKIE = "busca"
_MOST_OPENED = 40
_MOST_PAGES = 10_000
"""An address may name any number."""
_KEEP_S = 900


@bp.post("/clientes/busca")
def search() -> Answer:
    """Record the search; open the customer it names exactly, or show what it found.

    From a list that is filtered the hits are narrowed by the same filters.
    """
    term = _typed()
    if not term:
        return redirect(url_for("customers.listing"), 303)
    query = understand(term)
    found = find(shop().mirror, query, _MOST_OPENED)
    account("search", detail=_detail(query, found), seen=asked(shop().ledger.keys, query, found))
    only = _exact(query, found)
    if only:
        return redirect(url_for("customers.page", customer_id=only.id), 303)
    ticket = secrets.token_urlsafe(6)
    return _keep(redirect(_address_of(ticket), 303), ticket, term)


BESIDE = ("cidade", "ddd", "nascimento", "final")
"""What may be typed beside a name that many bear: fields of a form of their own, read as a term."""


def _typed() -> str:
    """What stands in the box, and what stands beside it."""
    sent = (request.form.get(field, "").strip() for field in ("q", *BESIDE))
    return " ".join(filter(None, sent))


def _address_of(ticket: str) -> str:
    here, sent = url_for("customers.results", ticket=ticket), request.form.get("filtros")
    if not sent:
        return here
    filters = asked_filters(None, MultiDict(parse_qsl(sent)), everybody=True)
    return address(msgspec.structs.replace(filters, kind=None), here)


@bp.get("/clientes/busca")
def searched() -> Answer:
    """The search box's own address, typed or reloaded: start again from the list."""
    return redirect(url_for("customers.listing"), 303)


@bp.get("/clientes/busca/<ticket>")
def results(ticket: str) -> Answer:
    """What the search of this ticket finds now, narrowed by the filters of the address, by pages.

    Back to the list when it is too long ago.
    """
    term = _kept(ticket)
    if term is None:
        return redirect(url_for("customers.listing"), 303)
    query = understand(term)
    matches = matching(shop().mirror, query)
    filters = asked_filters(None, everybody=True)
    found = _look(filters, matches)
    listed("browse", [name_of(one) for one in found.page.rows])
    unread_since = None if matches.ids else _unread_since(term, query)
    page = render_template(
        "customers/results.html",
        **_narrowing(ticket, filters, found),
        rows=_rows(found, matches.names),
        total=found.total,
        others=len(matches.ids) - found.total,
        is_cut=matches.cut,
        is_stopped=bool(matches.names and matches.names.stopped),
        narrowed=_narrowed(matches),
        unknown=matches.names.unknown if matches.names else [],
        tried=matches.names is not None,
        beside=matches.names is not None and len(matches.ids) > 1,
        heading=_heading(found.total, problem(query), unread_since),
        readings=[reading.shown for reading in query.readings],
        problem=problem(query),
        term=term,
        unread_since=unread_since,
        asking=None if matches.ids or unread_since else _asking(ticket, query, term),
        some_unread=not matches.ids and freshness.any_unread_customer(shop().mirror),
    )
    return _keep(make_response(page), ticket, term)


# The masters asked for whom the copy does not have: by a code, and by nothing of the person's.

_PERSONAL = ("cpf", "cnpj", "email", "phone", "phone_tail")


class Asking(NamedTuple):
    """Whether masters can be asked for what was searched, and what came of it."""

    url: str = ""
    """Where to ask; empty: they cannot be."""
    why_not: str = ""
    waits: bool = False
    answered: bool = False
    """Asked in this session, and nothing of this code came to the copy."""


@bp.post("/clientes/busca/<ticket>/origem")
def seek_origin(ticket: str) -> Answer:
    """Have the connector ask the masters for the code of this search; it costs what a miss does."""
    permit(ASKED_ORIGIN)
    term = _kept(ticket)
    if term is None:
        return redirect(url_for("customers.listing"), 303)
    query = understand(term)
    found = find(shop().mirror, query, _MOST_OPENED)
    sought, _ = _sought(query, term)
    if not sought:
        abort(422)
    if not found:
        seen = asked(shop().ledger.keys, query, found)
        account(ASKED_ORIGIN, detail=_detail(query, found), seen=seen)
        keep(sought=sought)
        for source, code in sought:
            hints.put(shop().ledger, source, code)
    return redirect(url_for("customers.results", ticket=ticket), 303)


def _asking(ticket: str, query: Query, term: str) -> Asking:
    sought, why_not = _sought(query, term)
    if not sought:
        return Asking(why_not=words.NOT_ASKED.get(why_not, ""))
    was = session_kept().sought == sought
    waits = was and any(code in hints.taken(shop().ledger, one).ids for one, code in sought)
    return Asking(url_for("customers.seek_origin", ticket=ticket), "", waits, was and not waits)


def _sought(query: Query, term: str) -> tuple[tuple[Name, ...], str]:
    """By which code each master that can be asked is asked; else, in a word, why not."""
    kinds = {reading.kind for reading in query.readings}
    codes = [_as_typed(one.value, term) for one in query.readings if one.kind == "code"]
    codes = [code for code in codes if "@" not in code and hints.is_id(code)]
    if not kinds:
        return (), ""
    if kinds & set(_PERSONAL):
        return (), "personal"
    if not codes:
        return (), "name"
    sources = shop().installed.asked_singly
    return tuple((one, code) for one in sources for code in codes), "" if sources else "source"


def _as_typed(code: str, term: str) -> str:
    """Searches ignore case, masters need not."""
    at = term.lower().find(code)
    return code if at < 0 else term[at : at + len(code)]


def _look(filters: Filters, matches: Matches) -> Look:
    number = request.args.get("pagina", 1, type=int)
    return ranked(shop().mirror, filters, matches.ids, min(number, _MOST_PAGES), PER_PAGE)


@dataclass(frozen=True)
class Hit(Row):
    """A line of results: besides what a list shows, why it is here and what tells it apart."""

    place: str = ""
    born: str = ""
    fits: tuple[tuple[str, str], ...] = ()
    """What was typed, and how a word of the name fits it, where it is not that word itself."""
    shared: bool = False
    """Whether another record has the same document."""


_HIDDEN = "****"
_FITS = {
    BEGINNING: "começa com",
    SOUND: "soa como",
    ERROR: "parecido com",
}
_NARROWED = {"ddd": "DDD {}", "city": "cidade {}", "state": "UF {}", "born": "nascimento em {}"}


def _rows(found: Look, fitting: Names | None) -> list[Row]:
    view, required = masks(), shop().settings.required
    shared = same_person(shop().mirror, found.page.rows)
    return [
        Hit(
            **vars(row(one, view, required)),
            place=_text(one, "address", view),
            born=_text(one, "birth_date", view),
            fits=_fits(one, fitting),
            shared=one.id in shared,
        )
        for one in found.page.rows
    ]


def _text(one: Found, field: str, view: Masks) -> str:
    masked = first(hidden(one.customer, field, view))
    return masked.text if masked and masked.text != _HIDDEN else ""


def _fits(one: Found, fitting: Names | None) -> tuple[tuple[str, str], ...]:
    if fitting is None or one.id not in fitting.meant:
        return ()
    told = fitting.told(one.id, one.customer)
    return tuple((_FITS[way], typed) for typed, _, way in told if way in _FITS)


def _narrowed(matches: Matches) -> list[str]:
    """By what of the term names were narrowed, in words."""
    ways = dict.fromkeys(matches.names.meant.values()) if matches.names else {}
    said = (one.partition(" ") for way in ways for one in way.narrow)
    ends = (f"documento com final {end}" for way in ways for end in way.ends)
    return list(dict.fromkeys([*(_NARROWED[what].format(value) for what, _, value in said), *ends]))


def _narrowing(ticket: str, filters: Filters, found: Look) -> dict[str, Any]:
    """What hits are narrowed and turned by: every address is the ticket's."""
    here = url_for("customers.results", ticket=ticket)
    offered, in_force = choices(options(), filters), chips(filters, here)
    newer, older = found.page.newer, found.page.older
    return {
        "here": here,
        "choices": offered,
        "kept": kept(filters, offered),
        "chips": in_force,
        "tabs": list(tabs(filters, found.kinds, here)),
        "filters_label": f"Filtros ({len(in_force)})" if in_force else "Filtros",
        "newer": newer and address(filters, here, pagina=newer),
        "older": older and address(filters, here, pagina=older),
    }


def understand(term: str) -> Query:
    """The readings of a term under this shop's settings."""
    return classify(term, shop().settings.default_ddd)


def problem(query: Query) -> str | None:
    """What was wrong with the term, in a sentence."""
    return query.problem and words.PROBLEMS.get(query.problem, words.PROBLEM_OTHER)


def _heading(many: int, problem: str | None, unread_since: datetime | None) -> str:
    if unread_since:
        return "Cadastro que não pôde ser lido"
    if not many:
        return "Confira o que foi digitado" if problem else "Ninguém encontrado"
    return "1 cliente encontrado" if many == 1 else f"{number(many)} clientes encontrados"


def _unread_since(term: str, query: Query) -> datetime | None:
    """Since when a record with this code waits in quarantine; identity there is by bytes."""
    typed = clean(term) or ""
    read = (one.value for one in query.readings if one.kind in ("code", "cpf", "cnpj"))
    since = freshness.unread_with_code(shop().mirror, (typed, typed.upper(), typed.lower(), *read))
    return None if since is None else instant_of(since)


def _detail(query: Query, found: list[Found]) -> str:
    kinds = "+".join(dict.fromkeys(reading.kind for reading in query.readings)) or "none"
    told = f"{kinds} hits={len(found)}"
    if not query.readings:
        return told
    likeliest = query.readings[0]
    return f"{told} mark={mark(shop().ledger.keys, likeliest.kind, likeliest.value)}"


def _exact(query: Query, found: list[Found]) -> Found | None:
    """The one customer to open at once: never by name, nor by a document with a wrong digit."""
    unsure = ("name", "cpf", "cnpj", "document") if query.problem else ("name",)
    sure = tuple(reading for reading in query.readings if reading.kind not in unsure)
    if len(found) != 1 or not sure:
        return None
    if len(sure) == len(query.readings):
        return found[0]
    by_key = find(shop().mirror, Query(sure, None), 1)
    return by_key[0] if by_key else None


def _row_name(ticket: str) -> str:
    return f"search {person().login} {ticket}"


def _keep(answer: Answer, ticket: str, term: str) -> Answer:
    sealed = shop().mirror.keys.seal(term[: LONGEST_TERM + 1].encode(), _row_name(ticket))
    answer.set_cookie(
        COOKIE,
        sealed.hex(),
        max_age=_KEEP_S,
        path=url_for("customers.search"),
        secure=shop().settings.secure_cookies,
        httponly=True,
        samesite="Lax",
    )
    return answer


def _kept(ticket: str) -> str | None:
    try:
        sealed = bytes.fromhex(request.cookies.get(COOKIE, ""))
        return shop().mirror.keys.open(sealed, _row_name(ticket)).decode()
    except (ValueError, SealBroken):
        return None
