"""The charges of a month (*Cobranças*): Conta Base's list, its filters and their totals."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from flask import Blueprint, redirect, render_template
from werkzeug.wrappers import Response as Answer

from mirror.ledger.guard import Name
from mirror.masking import Texts, mask_text, texts_of
from mirror.reading.charges import NO_MONTH, Cursor, Listed, Look, Part, Total, look
from mirror.records import BRL, Payment
from mirror.store.sealing import ERASED
from web.look import formats, words
from web.look.addresses import (
    BASES,
    NO_MONTH_SLUG,
    asked,
    basis_slug,
    charges_address,
    state_slug,
)
from web.look.formats import local_day, money, number
from web.look.words import PAYMENT_STATES
from web.shop import listed, permit, shop

# What the page of charges may show: names and texts masked, sums by currency.


@dataclass(frozen=True)
class Row:
    """A charge on the list."""

    due: date | None
    issued: date | None
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
        issued=record.issued_on,
        customer=listed.whose.id if listed.whose else None,
        payment=listed.seen.id,
        name=_name(listed, texts),
        description=_text(record.description, texts, style),
        amount=money(record.amount, record.currency),
        state=listed.state,
        situation=_situation(listed, texts, style),
        tone=words.CHARGE_TONES.get(listed.state, "unknown"),
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


bp = Blueprint("charges", __name__)


@dataclass(frozen=True)
class Said:
    """How it is said by which day a month's charges are listed."""

    name: str
    by: str
    lede: str
    none: str


_SAID = {
    "due": Said(
        "Vencimento",
        "pelo vencimento",
        "As que vencem no mês. Uma cobrança emitida fica em atraso no dia seguinte ao do "
        "vencimento.",
        "nada vence neste mês",
    ),
    "issued": Said(
        "Emissão",
        "pela emissão",
        "As que foram emitidas no mês, com a situação de hoje, qualquer que seja o vencimento.",
        "nada foi emitido neste mês",
    ),
}


# The list of a month's charges, its filters with number and sum, page by page, earliest first.
#
# Everything on the page is of one snapshot and as of one day, so the list of a filter is exactly
# what its number and sum count.

PER_PAGE = 40  # a page and all it loads stay under 20 KB
_VOID = ("cancelled", "deleted")


@dataclass(frozen=True)
class Filter:
    """One of the states to choose from."""

    label: str
    url: str
    here: bool
    sum: Sum


@bp.get("/cobrancas")
def listing() -> str | Answer:
    """One page of the charges that fall due in a month, or were issued in it."""
    permit("charges")
    today = formats.today()
    now = formats.of_day(today)
    part = asked(now)
    found = look(shop().mirror, part, today, PER_PAGE)
    if not found.page.rows and (part.after or part.before):
        return redirect(_address(part, part.state), 303)  # the page is gone meanwhile
    listed("charges", _names(found.page.rows))
    month = words.NO_DATE if part.month == NO_MONTH else formats.named(part.month)
    basis = _SAID[part.by]
    sum_of_all = _sum(found, part.state)
    style = shop().settings.document_mask
    return render_template(
        "charges/list.html",
        month=month,
        heading=month.capitalize(),
        caption=f"{words.FILTERS[part.state]}, {month}, {basis.by}",
        basis=basis,
        bases=_bases(part),
        kept={"situacao": state_slug(part.state), "por": basis_slug(part.by)},
        empty=words.EMPTY[part.state],
        today=today,
        rows=[row(one, style) for one in found.page.rows],
        filters=_filters(found, part),
        sum=sum_of_all,
        valid=None if part.state else _valid(found, sum_of_all),
        any_at_all=bool(found.months),
        picker=_picker(found, part, now),
        earlier=found.page.earlier and _address(part, part.state, before=found.page.earlier),
        later=found.page.later and _address(part, part.state, after=found.page.later),
    )


def _names(rows: Iterable[Listed]) -> list[Name]:
    return [(one.seen.source, one.whose.customer.external_id) for one in rows if one.whose]


def _address(part: Part, state: str | None, **where: Cursor) -> str:
    return charges_address(part.month, state, by=part.by, **where)


def _bases(part: Part) -> list[tuple[str, str, bool]]:
    """By which days charges can be listed: what it is called, its address, whether it is so now."""
    return [
        (_SAID[by].name, charges_address(part.month, part.state, by=by), by == part.by)
        for by in BASES.values()
    ]


def _valid(found: Look, all_of_them: Sum) -> str | None:
    """What is not void, ``3, R$ 30,00 e, à parte, US$ 5,00``; None where that is all."""
    valid = summed(one for one in found.totals if one.state not in _VOID)
    if valid.charges == all_of_them.charges:
        return None
    told = f"{number(valid.charges)}, {valid.amount}"
    return f"{told} e, à parte, {' · '.join(valid.apart)}" if valid.apart else told


def _filters(found: Look, part: Part) -> list[Filter]:
    there = {one.state for one in found.totals} | {part.state}
    return [
        Filter(label, _address(part, state), state == part.state, _sum(found, state))
        for state, label in words.FILTERS.items()
        if state != "unknown" or state in there
    ]


def _sum(found: Look, state: str | None) -> Sum:
    return summed(one for one in found.totals if state in (None, one.state))


def _picker(found: Look, part: Part, now: str) -> formats.Picker:
    """The months there are and this one; charges without a date are a choice of their own."""
    there = {one for one in found.months if one != NO_MONTH} | {now}
    undated = part.month == NO_MONTH
    made = formats.picker(
        now if undated else part.month,
        there,
        lambda one: charges_address(one, part.state, by=part.by),
    )
    if not undated and NO_MONTH not in found.months:
        return made
    options = [replace(one, here=one.here and not undated) for one in made.options]
    last = formats.Option(NO_MONTH_SLUG, words.NO_DATE.capitalize(), undated)
    return replace(made, options=[*options, last])
