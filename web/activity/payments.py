"""The tab of payments: what is due, what was paid, and boletos and codes to pay by, on record."""

from typing import NamedTuple

from flask import Response, abort, redirect, request, url_for
from werkzeug.wrappers import Response as Answer

from mirror.activity.finding import get, of_customer
from mirror.activity.opening import Seen
from mirror.opening import Found
from web.accounting import account
from web.activity import bp
from web.activity.payment_rows import boleto_link, payment_rows, secret
from web.activity.records import is_of
from web.current import shop
from web.customers.frame import known, opened, reason, rendered, shown, texts
from web.security import with_boletos

PER_PAGE = 20


class _Asked(NamedTuple):
    """A code that somebody wants: whose, its value, and what the journal calls it."""

    found: Found
    value: str
    field: str
    which: str


@bp.get("/clientes/<int:customer_id>/pagamentos")
def payments(customer_id: int) -> Response:
    """A page of a customer's payments, the latest due first."""
    found = opened(customer_id, "pagamentos")
    before = request.args.get("antes", type=int)
    page = of_customer(
        shop().mirror,
        "payments",
        found.source,
        found.external_id,
        before=before,
        limit=PER_PAGE,
    )
    return _rendered(found, page.rows, older=page.older, paged=before is not None)


@bp.get("/clientes/<int:customer_id>/pagamentos/<int:payment_id>")
def payment(customer_id: int, payment_id: int) -> Response:
    """One payment by itself: where a step of a standing leads."""
    found = opened(customer_id, "pagamentos")
    return _rendered(found, [_payment(found, payment_id)], paged=True)


@bp.post("/clientes/<int:customer_id>/pagamentos/<int:payment_id>/revelar")
def reveal(customer_id: int, payment_id: int) -> Answer:
    """One code of a charge: JSON for the page's script, a page that expires without it."""
    asked = _asked(customer_id, payment_id)
    account("reveal", asked.found, field=asked.field, reason=reason(), detail=asked.which)
    return shown(asked.found, asked.value, asked.field, _back(asked.found))


@bp.post("/clientes/<int:customer_id>/pagamentos/<int:payment_id>/copiar")
def copy(customer_id: int, payment_id: int) -> Answer:
    """The same for the clipboard, recorded as a copy."""
    asked = _asked(customer_id, payment_id)
    account("copy", asked.found, field=asked.field, reason=reason(), detail=asked.which)
    return shown(asked.found, asked.value, asked.field, _back(asked.found))


@bp.post("/clientes/<int:customer_id>/pagamentos/<int:payment_id>/boleto")
def boleto(customer_id: int, payment_id: int) -> Answer:
    """Off to the boleto, recorded like a reveal: it says in full whom it is for."""
    found = known(customer_id)
    seen = _payment(found, payment_id)
    address = boleto_link(seen.record, texts(found))
    if address is None:
        abort(404, "Este boleto não se abre por aqui: veja a cobrança no sistema de origem.")
    account("boleto", found, reason=reason(), detail=_which(found, seen))
    return redirect(address, 303)


def _asked(customer_id: int, payment_id: int) -> _Asked:
    found, field = known(customer_id), request.form.get("field", "")
    seen = _payment(found, payment_id)
    value = secret(seen.record, field)
    if value is None:
        abort(404, "Este código não existe nesta cobrança. Volte e abra os pagamentos de novo.")
    return _Asked(found, value, f"payment_{field}", _which(found, seen))


def _which(found: Found, seen: Seen) -> str:
    return f"pagamento {texts(found).code(seen.external_id)}"


def _payment(found: Found, payment_id: int) -> Seen:
    seen = get(shop().mirror, "payments", payment_id)
    if seen is None or not is_of(seen, found):
        abort(404, "Este pagamento não está na cópia: pode ter saído do sistema de origem.")
    return seen


def _back(found: Found) -> str:
    return url_for("activity.payments", customer_id=found.id)


def _rendered(
    found: Found, page: list[Seen], older: int | None = None, *, paged: bool = False
) -> Response:
    told = {"rows": payment_rows(found, page, texts(found)), "older": older, "paged": paged}
    return with_boletos(rendered("activity/payments.html", found, "payments", **told))
