"""What a customer did: frozen records of orders, payments, deals and visits.

An activity names its customer by the master's id and never says who that is: it may arrive first.
Money is a whole number of the currency's hundredths. Instants are aware datetimes in UTC.
Sealed documents hold the fields by position: append new ones at the end, never reorder.
"""

from datetime import date, datetime

import msgspec

from mirror.instants import local_day, micros

STREAMS = ("orders", "payments", "deals", "visits")
"""The streams a master may serve besides its customers, in the order they are read."""

CUSTOMERS = "customers"
"""The stream that comes first."""

ORDER_KINDS = ("order", "quote", "return", "receipt", "unknown")
"""Azata's *pedido, orçamento, devolução, recibo de pagamento*."""

ORDER_STATES = ("open", "done", "cancelled", "unknown")

PAYMENT_STATES = ("scheduled", "issued", "overdue", "paid", "cancelled", "deleted", "unknown")
"""Conta Base's *agendadas, emitidas, em atraso, pagas, canceladas, excluídas*."""

DEAL_STATES = ("open", "won", "lost", "unqualified", "unknown")
"""Sell's stage categories; Ploomes knows the first three."""

BRL = "BRL"


class Item(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One line of an order."""

    name: str
    quantity: str = "1"
    """A plain decimal number, as text: ``1.5``."""
    amount: int | None = None
    """Of one, in hundredths."""
    total: int | None = None
    """Of the line, in hundredths."""


class Activity(msgspec.Struct, frozen=True, kw_only=True, array_like=True, gc=False):
    """What all of them have."""

    external_id: str
    version: int
    customer: str | None = None
    """The master's id of the customer; None where the master names nobody."""
    state: str = "unknown"
    state_received: str | None = None
    """The master's own word, where it has one."""
    currency: str = BRL
    amount: int = 0
    flags: tuple[str, ...] = ()
    """What was wrong but not wrong enough to refuse it: ``foreign_currency closed_before_opened
    paid_without_date items_truncated …``"""
    updated_at: datetime | None = None


class Order(Activity, frozen=True, kw_only=True, array_like=True, gc=False):
    """An order, quote, return or receipt."""

    kind: str = "order"
    number: str | None = None
    """What people call it by, where that is not the id."""
    placed_at: datetime
    items: tuple[Item, ...] = ()
    seller: str | None = None


class Payment(Activity, frozen=True, kw_only=True, array_like=True, gc=False):
    """A payment or a charge that is to become one."""

    order: str | None = None
    """The order's id."""
    description: str | None = None
    issued_on: date | None = None
    due_on: date | None = None
    paid_at: datetime | None = None
    paid_amount: int | None = None
    link: str | None = None
    """Where the boleto can be had again; https only."""
    code: str | None = None
    """The payment code people type (*linha digitável*, or the shop's own)."""
    barcode: str | None = None
    pix: str | None = None
    """*Pix copia e cola*."""


class Deal(Activity, frozen=True, kw_only=True, array_like=True, gc=False):
    """A sales opportunity; its ``customer`` is the primary contact."""

    title: str | None = None
    opened_at: datetime | None = None
    closed_at: datetime | None = None
    loss_reason: str | None = None
    stage: str | None = None
    pipeline: str | None = None


class Visit(Activity, frozen=True, kw_only=True, array_like=True, gc=False):
    """A page of the shop's site that the customer looked at."""

    page: str
    visited_at: datetime
    order: str | None = None
    """The order it led to."""


Record = Order | Payment | Deal | Visit


def day_of(payment: Payment) -> str:
    """The day by which a charge belongs to a month: due, or else issued, paid, changed; or ""."""
    day = payment.due_on or payment.issued_on
    if day is None and (instant := payment.paid_at or payment.updated_at) is not None:
        day = local_day(micros(instant))
    return day.isoformat() if day else ""
