"""What every tab of a customer's page begins with: who it is about, written down, and the head."""

from typing import Any

from flask import Response, abort, jsonify, make_response, render_template, request
from werkzeug.wrappers import Response as Answer

from mirror.finding import get
from mirror.masking import Texts, texts_of
from mirror.opening import Found
from web import words
from web.accounting import account
from web.current import shop
from web.customers.fields import masks
from web.customers.sheet import sheet
from web.customers.tabs import tabs
from web.customers.unread import unread_of
from web.customers.view import head
from web.errors import wants_json


def known(customer_id: int) -> Found:
    """The customer of this id; 404 where the mirror has none (any more)."""
    found = get(shop().mirror, customer_id)
    if found is None:
        abort(404, "Este cliente não está na cópia: pode ter saído do sistema de origem.")
    return found


def opened(customer_id: int, tab: str | None = None) -> Found:
    """The customer a tab is about; opening it is recorded first, with the tab's name."""
    found = known(customer_id)
    account("open", found, detail=tab)
    return found


def texts(found: Found) -> Texts:
    """The masks of everything the master says about a customer."""
    return texts_of(found.customer, shop().settings.document_mask)


def rendered(template: str, found: Found, tab: str, **shown: Any) -> str:
    """A tab's page, with the head and the other tabs."""
    one = sheet(found, masks())
    return render_template(
        template,
        one=one,
        origin=one.master_url or shop().settings.master_url,
        tabs=tabs(found),
        here=tab,
        unread=unread_of(found),
        **shown,
    )


def reason() -> str:
    """Why somebody looks, as chosen; 400 for what is not on the list."""
    chosen = request.form.get("reason", "atendimento")
    if chosen not in words.REASONS:
        abort(400, "Escolha um motivo da lista.")
    return chosen


def shown(found: Found, value: str, field: str, back: str) -> Answer:
    """A value whose showing was recorded: JSON for the script, else a page that leads ``back``."""
    return _json(value, field) if wants_json() else _page(found, value, field, back)


def _json(value: str, field: str) -> Response:
    seconds = shop().settings.reveal_seconds
    return jsonify(value=value, mailto=_mailto(value, field), seconds=seconds)


def _mailto(value: str, field: str) -> str | None:
    return f"mailto:{value}" if "email" in field else None


def _page(found: Found, value: str, field: str, back: str) -> Answer:
    seconds = shop().settings.reveal_seconds
    answer = make_response(
        render_template(
            "customers/revealed.html",
            head=head(found, masks()),
            value=value,
            mailto=_mailto(value, field),
            field=field,
            seconds=seconds,
            back=back,
        )
    )
    answer.headers["Refresh"] = f"{seconds}; url={back}"
    return answer
