"""The one search box: says what it understood, opens a single exact hit, lists several.

A term is sent by POST and never stands in an address. So that the browser's Back works after a
result was opened, it waits a quarter of an hour in a cookie that only this program can open.
"""

import secrets
from datetime import datetime

from flask import make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from mirror.identifiers import LONGEST_TERM, Query, classify
from mirror.instants import instant_of
from mirror.ledger.journal import search_mark
from mirror.reading import freshness
from mirror.reading.find import find
from mirror.store.sealed_rows import Found
from mirror.store.sealing import SealBroken
from mirror.text import clean
from web.customers import bp
from web.look import words
from web.look.masked import masks, row
from web.shop import account, person, shop

COOKIE = "busca"
MOST_HITS = 40
_KEEP_S = 900


@bp.post("/clientes/busca")
def search() -> Answer:
    """Record the search; open the customer it names exactly, or show what it found."""
    term = request.form.get("q", "").strip()
    if not term:
        return redirect(url_for("customers.listing"), 303)
    query = understand(term)
    found = find(shop().mirror, query, MOST_HITS)
    account("search", detail=_detail(query, found))
    only = _exact(query, found)
    if only:
        return redirect(url_for("customers.page", customer_id=only.id), 303)
    return _keep(term)


@bp.get("/clientes/busca")
def searched() -> Answer:
    """The search box's own address, typed or reloaded: start again from the list."""
    return redirect(url_for("customers.listing"), 303)


@bp.get("/clientes/busca/<ticket>")
def results(ticket: str) -> Answer | str:
    """What the search of this ticket finds now; back to the list when it is too long ago."""
    term = _kept(ticket)
    if term is None:
        return redirect(url_for("customers.listing"), 303)
    query = understand(term)
    found = find(shop().mirror, query, MOST_HITS)
    view, unread_since = masks(), None if found else _unread_since(term, query)
    return render_template(
        "customers/results.html",
        rows=[row(one, view, shop().settings.required) for one in found],
        heading=_heading(len(found), problem(query), unread_since),
        readings=[reading.shown for reading in query.readings],
        problem=problem(query),
        term=term,
        full=len(found) == MOST_HITS,
        unread_since=unread_since,
        some_unread=not found and freshness.any_unread_customer(shop().mirror),
    )


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
    if many == MOST_HITS:
        return f"Os primeiros {many} clientes"
    return "1 cliente encontrado" if many == 1 else f"{many} clientes encontrados"


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
    return f"{told} mark={search_mark(shop().ledger.keys, likeliest.kind, likeliest.value)}"


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


def _keep(term: str) -> Answer:
    ticket = secrets.token_urlsafe(6)
    sealed = shop().mirror.keys.seal(term[: LONGEST_TERM + 1].encode(), _row_name(ticket))
    answer = make_response(redirect(url_for("customers.results", ticket=ticket), 303))
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
