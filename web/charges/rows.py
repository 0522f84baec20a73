"""What the page of charges may show: names and texts masked, sums by currency."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from mirror.activity.charges import Listed
from mirror.activity.opening import ERASED
from mirror.activity.records import BRL, Payment
from mirror.activity.summing import Total
from mirror.masking import Texts, mask_text, texts_of
from web.activity.words import PAYMENT_STATES
from web.charges import words
from web.money import money
from web.presenting import local_day


@dataclass(frozen=True)
class Row:
    """A charge on the list."""

    due: date | None
    customer: int | None
    """The mirror's number of the customer; None where there is none to open."""
    payment: int
    """The mirror's number of the charge itself."""
    name: str
    """Or why there is none."""
    description: str | None
    amount: str
    state: str
    situation: str
    tone: str
    paid_on: date | None
    paid_amount: str | None
    """What was paid, where that is not what was charged."""


@dataclass(frozen=True)
class Sum:
    """So many charges, and what they come to."""

    charges: int
    amount: str
    """In reais."""
    apart: tuple[str, ...]
    """In every other currency: never added to the reais."""


def row(listed: Listed, style: str) -> Row:
    """A charge as it may be shown; ``style`` is the document's mask."""
    record: Payment = listed.seen.record
    texts = texts_of(listed.whose.customer, style) if listed.whose else None
    return Row(
        due=record.due_on,
        customer=listed.whose.id if listed.whose else None,
        payment=listed.seen.id,
        name=_name(listed, texts),
        description=_text(record.description, texts, style),
        amount=money(record.amount, record.currency),
        state=listed.state,
        situation=_situation(listed, texts, style),
        tone=words.TONES.get(listed.state, "unknown"),
        paid_on=local_day(record.paid_at) if record.state == "paid" else None,
        paid_amount=_paid_amount(record),
    )


def summed(totals: Iterable[Total]) -> Sum:
    """Totals of several states and currencies in one."""
    charges, amounts = 0, {BRL: 0}
    for one in totals:
        charges += one.charges
        amounts[one.currency] = amounts.get(one.currency, 0) + one.amount
    reais = money(amounts.pop(BRL))
    return Sum(charges, reais, tuple(money(amounts[name], name) for name in sorted(amounts)))


def _name(listed: Listed, texts: Texts | None) -> str:
    if listed.whose and texts:
        customer = listed.whose.customer
        return texts.text(customer.name or customer.trade_name or words.NAMELESS)
    if ERASED in listed.seen.record.flags:
        return words.REMOVED
    return words.NOT_YET if listed.seen.record.customer else words.NOBODY


def _situation(listed: Listed, texts: Texts | None, style: str) -> str:
    # Our words are the filters of this page; the master's own only where it is none of them.
    received = listed.seen.record.state_received if listed.state == "unknown" else None
    return _text(received, texts, style) or PAYMENT_STATES[listed.state]


def _text(text: str | None, texts: Texts | None, style: str) -> str | None:
    if not text:
        return None
    return texts.text(text) if texts else mask_text(text, style, strict=True)


def _paid_amount(record: Payment) -> str | None:
    if record.state != "paid" or record.paid_amount in (None, record.amount):
        return None
    return money(record.paid_amount, record.currency)
