"""The eye: one field, to one person, for one reason, written down before it is shown."""

from flask import abort, redirect, request, url_for
from werkzeug.wrappers import Response as Answer

from mirror.store.sealing import Found
from web.customers import bp
from web.look.customer_page import known, reason, shown
from web.look.masked import full, whatsapp
from web.shop import account

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


def _shown(found: Found, action: str) -> Answer:
    field = request.form.get("field", "")
    value = full(found.customer, field)
    if value is None:
        abort(404, _UNKNOWN)
    account(action, found, field=field, reason=reason())
    return shown(found, value, field, url_for("customers.page", customer_id=found.id))
