"""The eye: one field, to one person, for one reason, written down before it is shown."""

from flask import (
    Response,
    abort,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from werkzeug.wrappers import Response as Answer

from mirror.opening import Found
from web import words
from web.accounting import account
from web.current import shop
from web.customers import bp
from web.customers.fields import full, whatsapp
from web.customers.frame import known
from web.customers.listing import masks
from web.customers.view import head
from web.errors import wants_json

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
    account("whatsapp", found, field=field, reason=reason())
    return redirect(address, 303)


def reason() -> str:
    """Why somebody looks, as chosen; 400 for what is not on the list."""
    chosen = request.form.get("reason", "atendimento")
    if chosen not in words.REASONS:
        abort(400, "Escolha um motivo da lista.")
    return chosen


def _shown(found: Found, action: str) -> Answer:
    field = request.form.get("field", "")
    value = full(found.customer, field)
    if value is None:
        abort(404, _UNKNOWN)
    account(action, found, field=field, reason=reason())
    return shown(found, value, field, url_for("customers.page", customer_id=found.id))


def shown(found: Found, value: str, field: str, back: str) -> Answer:
    """A value whose showing was recorded: JSON for the script, else a page that leads ``back``."""
    return _json(value, field) if wants_json() else _page(found, value, field, back)


def _json(value: str, field: str) -> Response:
    mail = f"mailto:{value}" if "email" in field else None
    return jsonify(value=value, mailto=mail, seconds=shop().settings.reveal_seconds)


def _page(found: Found, value: str, field: str, back: str) -> Answer:
    seconds = shop().settings.reveal_seconds
    answer = make_response(
        render_template(
            "customers/revealed.html",
            head=head(found, masks()),
            value=value,
            field=field,
            seconds=seconds,
            back=back,
        )
    )
    answer.headers["Refresh"] = f"{seconds}; url={back}"
    return answer
