"""The tab of payments: what is due, what was paid, and the codes to pay by, copied on record."""

from typing import NamedTuple

from flask import abort, request, url_for
from werkzeug.wrappers import Response as Answer

from mirror.activity.finding import get, of_customer
from mirror.activity.opening import Seen
from mirror.opening import Found
from web.accounting import account
from web.activity import bp
from web.activity.payment_rows import payment_rows, secret
from web.activity.records import is_of
from web.current import shop
from web.customers.frame import known, opened, rendered, texts
from web.customers.reveal import reason, shown

PER_PAGE = 20


class _Asked(NamedTuple):
    """A code that somebody wants: whose, its value, and what the journal calls it."""

    found: Found
    value: str
    field: str
    which: str


@bp.get("/clientes/<int:customer_id>/pagamentos")
def payments(customer_id: int) -> str:
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
def payment(customer_id: int, payment_id: int) -> str:
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


def _asked(customer_id: int, payment_id: int) -> _Asked:
    found, field = known(customer_id), request.form.get("field", "")
    seen = _payment(found, payment_id)
    value = secret(seen.record, field)
    if value is None:
        abort(404, "Este código não existe nesta cobrança. Volte e abra os pagamentos de novo.")
    which = f"pagamento {texts(found).code(seen.external_id)}"
    return _Asked(found, value, f"payment_{field}", which)


def _payment(found: Found, payment_id: int) -> Seen:
    seen = get(shop().mirror, "payments", payment_id)
    if seen is None or not is_of(seen, found):
        abort(404, "Este pagamento não está na cópia: pode ter saído do sistema de origem.")
    return seen


def _back(found: Found) -> str:
    return url_for("activity.payments", customer_id=found.id)


def _rendered(
    found: Found, page: list[Seen], older: int | None = None, *, paged: bool = False
) -> str:
    rows = payment_rows(found, page, texts(found))
    return rendered(
        "activity/payments.html", found, "payments", rows=rows, older=older, paged=paged
    )
