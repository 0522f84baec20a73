"""The tab of payments: what is due, what was paid, and boletos and codes to pay by, on record."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from flask import Response, abort, redirect, request, url_for
from werkzeug.wrappers import Response as Answer

from mirror.masking import Texts
from mirror.reading.activity import SETTLED, get, named, of_customer
from mirror.reading.charges import state_on
from mirror.records import Payment, day_of
from mirror.store.sealing import Found, Seen
from web.activity import bp
from web.activity.names import Link, is_of, notes, order_link
from web.look import words
from web.look.customer_page import known, opened, reason, rendered, safe_link, shown, texts
from web.look.masked import Hidden, masks
from web.security import with_boletos
from web.shop import account, shop

# A customer's payments as a page may show them: codes hidden, boletos without their address.

_TONES = {"paid": "active", "overdue": "blocked", "cancelled": "deleted", "deleted": "deleted"}
_NOTHING_TO_PAY = ("paid", "cancelled", "deleted")
"""Nobody is to pay these any more: there is nothing to copy."""
_LONG_ENOUGH = 12
_SHOWN = 4


@dataclass(frozen=True)
class PaymentRow:
    """One payment, or a charge that is to become one."""

    id: int
    name: str
    description: str | None
    state: str
    situation: str
    tone: str
    due: date | None
    issued: date | None
    paid_at: datetime | None
    amount: int
    paid_amount: int | None
    currency: str
    order: Link | None
    boleto: bool
    """There is one to open, by an address of ours."""
    boleto_hidden: bool
    """There is one that may not be opened from here: its link names somebody or is not safe."""
    secrets: tuple[tuple[str, str, Hidden], ...]
    """Short label, whole label and the code, hidden."""
    notes: tuple[str, ...]

    @property
    def payable(self) -> bool:
        """Whether there is anything to pay it by, be it only in the master's own screens."""
        return bool(self.secrets or self.boleto or self.boleto_hidden)


def payment_rows(found: Found, page: Sequence[Seen], texts: Texts) -> list[PaymentRow]:
    """The payments of one customer, with what they are for."""
    names = {seen.record.order for seen in page if seen.record.order}
    orders = named(shop().mirror, "orders", found.source, names) if names else {}
    return [_row(found, seen, orders, texts) for seen in page]


def _row(found: Found, seen: Seen, orders: dict[str, Seen], texts: Texts) -> PaymentRow:
    record: Payment = seen.record
    state = _state(record)
    given = _to_pay(record) and bool(record.link)
    link = boleto_link(record, texts)
    return PaymentRow(
        id=seen.id,
        name=texts.code(seen.external_id),
        description=texts.text(record.description) if record.description else None,
        state=state,
        situation=_situation(state, record, texts),
        tone=_TONES.get(state, ""),
        due=record.due_on,
        issued=record.issued_on,
        paid_at=record.paid_at,
        amount=record.amount,
        paid_amount=record.paid_amount,
        currency=record.currency,
        order=order_link(found, record.order, orders, texts) if record.order else None,
        boleto=link is not None,
        boleto_hidden=given and link is None,
        secrets=_secrets(record),
        notes=notes(seen),
    )


def _state(record: Payment) -> str:
    return state_on(record.state, day_of(record), masks().today)


def _situation(state: str, record: Payment, texts: Texts) -> str:
    # Our words are the states of the screen; the master's own only where it is none of them.
    received = texts.maybe(record.state_received) if state == "unknown" else None
    return received or words.PAYMENT_STATES[state]


def _secrets(record: Payment) -> tuple[tuple[str, str, Hidden], ...]:
    return tuple(
        (*labels, Hidden(field, _masked(value)))
        for field, labels in words.SECRETS.items()
        if (value := secret(record, field))
    )


def secret(record: Payment, field: str) -> str | None:
    """The code of a charge by the name of its field; None where there is none, or none to pay."""
    known = field in words.SECRETS and _to_pay(record)
    value = getattr(record, field) if known else None
    return value if isinstance(value, str) else None


def boleto_link(record: Payment, texts: Texts) -> str | None:
    """Where the boleto of a charge is; None where there is none to pay or it may not be opened."""
    return safe_link(record.link, texts) if _to_pay(record) else None


def _to_pay(record: Payment) -> bool:
    return record.state not in _NOTHING_TO_PAY


def _masked(value: str) -> str:
    return "****" + (value[-_SHOWN:] if len(value) >= _LONG_ENOUGH else "")


PER_PAGE = 20
_MOST_OPEN = 100
"""What one customer is still to pay stands on the first page; of more all go by their day."""


class _Asked(NamedTuple):
    """A code that somebody wants: whose, its value, and what the journal calls it."""

    found: Found
    value: str
    field: str
    which: str


@bp.get("/clientes/<int:customer_id>/pagamentos")
def payments(customer_id: int) -> Response:
    """A page of a customer's payments by order: what is still to be paid, then the latest due."""
    found = opened(customer_id, "pagamentos")
    before = request.args.get("antes", type=int)
    whose = shop().mirror, "payments", found.source, found.external_id
    still = of_customer(*whose, limit=_MOST_OPEN, only=~SETTLED)
    apart = still.older is None
    page = of_customer(*whose, before=before, limit=PER_PAGE, only=SETTLED if apart else None)
    first = still.rows if apart and before is None else []
    rows = _by_order([*first, *page.rows])
    return _rendered(found, rows, older=page.older, paged=before is not None)


def _by_order(page: list[Seen]) -> list[Seen]:
    """Payments of one order side by side, at the place of its first."""
    orders: dict[str | int, list[Seen]] = {}
    for seen in page:
        orders.setdefault(seen.record.order or seen.id, []).append(seen)
    return [seen for some in orders.values() for seen in some]


@bp.get("/clientes/<int:customer_id>/pagamentos/<int:payment_id>")
def payment(customer_id: int, payment_id: int) -> Response:
    """One payment by itself: where a step of a standing leads."""
    found = opened(customer_id, "pagamentos")
    return _rendered(found, [_payment(found, payment_id)], paged=True)


@bp.post("/clientes/<int:customer_id>/pagamentos/<int:payment_id>/revelar")
def reveal(customer_id: int, payment_id: int) -> Answer:
    """One code of a charge: JSON for the page's script, a page that expires without it."""
    asked = _asked(customer_id, payment_id)
    account(
        "reveal", asked.found, field=asked.field, reason=reason(asked.found), detail=asked.which
    )
    return shown(asked.found, asked.value, asked.field, _back(asked.found))


@bp.post("/clientes/<int:customer_id>/pagamentos/<int:payment_id>/copiar")
def copy(customer_id: int, payment_id: int) -> Answer:
    """The same for the clipboard, recorded as a copy."""
    asked = _asked(customer_id, payment_id)
    account("copy", asked.found, field=asked.field, reason=reason(asked.found), detail=asked.which)
    return shown(asked.found, asked.value, asked.field, _back(asked.found))


@bp.post("/clientes/<int:customer_id>/pagamentos/<int:payment_id>/boleto")
def boleto(customer_id: int, payment_id: int) -> Answer:
    """Off to the boleto, recorded like a reveal: it says in full whom it is for."""
    found = known(customer_id)
    seen = _payment(found, payment_id)
    address = boleto_link(seen.record, texts(found))
    if address is None:
        abort(404, "Este boleto não se abre por aqui: veja a cobrança no sistema de origem.")
    account("boleto", found, reason=reason(found), detail=_which(found, seen))
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
