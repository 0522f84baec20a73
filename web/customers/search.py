"""The one search box: says what it understood, opens a single exact hit, lists several.

A term is sent by POST and never stands in an address. So that what was found can be narrowed by
filters, turned page by page, and come back to, it waits in a cookie that only this program can
open, until a quarter of an hour after the last look; addresses hold its ticket and filters alone.
"""

import secrets
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from flask import make_response, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as Answer

from mirror.identifiers import LONGEST_TERM, Query, classify
from mirror.instants import instant_of
from mirror.ledger.guard import asked, name_of
from mirror.ledger.journal import mark
from mirror.reading import freshness
from mirror.reading.find import MOST_HITS, find, matching
from mirror.reading.listing import Filters, Look, look
from mirror.store.sealing import Found, SealBroken
from mirror.text import clean
from web.customers import bp
from web.customers.listing import PER_PAGE, chips, kept, tabs
from web.look import words
from web.look.addresses import address
from web.look.filters import asked_filters, choices, options
from web.look.formats import number
from web.look.masked import Row, masks, row
from web.shop import account, listed, person, shop

COOKIE = "busca"
_MOST_OPENED = 40
_KEEP_S = 900


@bp.post("/clientes/busca")
def search() -> Answer:
    """Record the search; open the customer it names exactly, or show what it found.

    From a list that is filtered the hits are narrowed by the same filters.
    """
    term = request.form.get("q", "").strip()
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
    ids = matching(shop().mirror, query)
    filters = asked_filters(None, everybody=True)
    found = _look(filters, ids)
    listed("browse", [name_of(one) for one in found.page.rows])
    unread_since = None if ids else _unread_since(term, query)
    page = render_template(
        "customers/results.html",
        **_narrowing(ticket, filters, found),
        rows=_rows(found),
        total=found.total,
        others=len(ids) - found.total,
        is_cut=len(ids) >= MOST_HITS,
        heading=_heading(found.total, problem(query), unread_since),
        readings=[reading.shown for reading in query.readings],
        problem=problem(query),
        term=term,
        unread_since=unread_since,
        some_unread=not ids and freshness.any_unread_customer(shop().mirror),
    )
    return _keep(make_response(page), ticket, term)


def _look(filters: Filters, ids: list[int]) -> Look:
    return look(
        shop().mirror,
        filters,
        before=request.args.get("antes", type=int),
        after=request.args.get("depois", type=int),
        limit=PER_PAGE,
        within=ids,
    )


def _rows(found: Look) -> list[Row]:
    view, required = masks(), shop().settings.required
    return [row(one, view, required) for one in found.page.rows]


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
        "newer": newer and address(filters, here, depois=newer),
        "older": older and address(filters, here, antes=older),
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
