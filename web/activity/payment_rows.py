"""A customer's payments as a page may show them: codes hidden, boletos without their address."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from mirror.activity.charges import state_on
from mirror.activity.opening import Seen
from mirror.activity.records import Payment, day_of
from mirror.activity.related import named
from mirror.masking import Texts
from mirror.opening import Found
from web.activity import words
from web.activity.records import Link, notes, order_link
from web.current import shop
from web.customers.fields import Hidden, masks
from web.customers.sheet import safe_link

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
