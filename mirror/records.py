"""What a customer is and what it did: frozen records in the mirror's own words.

A record says what the master said, normalised; it never says how it was found or stored. Instants
are aware datetimes in UTC; dates are plain dates; missing is ``None`` or an empty tuple, never "".
The shapes are the sections of Omni OMS's customer screen.
"""

from datetime import date, datetime
from typing import Any

import msgspec

from mirror.instants import local_day, micros

REGISTRATIONS = ("active", "inactive", "blocked", "deleted", "unknown")
"""The master's own register state. ``unknown``: the master sent a word nobody here knows."""

KINDS = ("PF", "PJ")
"""Pessoa Física (a person, CPF) and Pessoa Jurídica (a company, CNPJ)."""


class Document(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A CPF or CNPJ in canonical form (no punctuation, upper case).

    ``valid`` is false when the check digits are wrong: the master is the authority, so the number
    is kept, shown with a warning and found by the same characters.
    """

    kind: str
    """``cpf``, ``cnpj`` or ``other`` (neither length fits; kept as received, trimmed)."""
    value: str
    valid: bool = True


class Phone(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A telephone: E.164 where it could be read, the digits as received where not."""

    number: str
    """``+5511987654321``; without ``+`` when no full number could be read."""
    kind: str
    """``mobile landline toll_free foreign local invalid_ddd invalid``."""
    flags: tuple[str, ...] = ()
    """What was assumed: ``ninth_digit sme_ambiguous default_ddd carrier_code ddd_55 extension``."""
    label: str | None = None


class Address(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One postal address; ``main`` marks the one that comes first."""

    label: str | None = None
    street: str | None = None
    number: str | None = None
    complement: str | None = None
    district: str | None = None
    city: str | None = None
    state: str | None = None
    postal_code: str | None = None
    """Eight digits, no hyphen."""
    country: str | None = None
    main: bool = False
    situation: str | None = None
    """Whether it is in use, in the master's words (Azata's *Situação*)."""


class Contact(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A person to talk to inside a company."""

    name: str
    role: str | None = None
    email: str | None = None
    phone: Phone | None = None


class Dependent(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A dependent, often a minor (LGPD art. 14): shown as initials and age until revealed."""

    name: str
    relation: str | None = None
    birth_date: date | None = None


class Loyalty(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The loyalty programme: the tier reached, the points, and what the next tier asks."""

    points: int | None = None
    tier: str | None = None
    next_tier: str | None = None
    points_to_next: int | None = None
    status: str | None = None
    """Activation status in the programme, in the master's words."""


class Customer(msgspec.Struct, frozen=True, kw_only=True, array_like=True, gc=False):
    """One customer as the master has it.

    Sealed documents hold the fields by position: append new ones at the end, never reorder.
    """

    external_id: str
    """The master's id: ``[A-Za-z0-9_.:-]{1,64}``, compared byte by byte."""
    version: int
    """The master's counter, or its timestamp in microseconds: higher wins."""
    kind: str = "PF"
    registration: str = "unknown"
    registration_received: str | None = None
    """The master's own word, kept where it is not one of ours."""
    name: str | None = None
    trade_name: str | None = None
    """A company's trade name; a person's social name, by which they are to be called."""
    documents: tuple[Document, ...] = ()
    state_registration: str | None = None
    """RG (PF) or Inscrição Estadual (PJ), as received."""
    emails: tuple[str, ...] = ()
    """Canonical: NFKC, lower case, trimmed."""
    phones: tuple[Phone, ...] = ()
    category: str | None = None
    loyalty: Loyalty | None = None
    birth_date: date | None = None
    gender: str | None = None
    customer_since: date | None = None
    last_purchase_at: datetime | None = None
    notes: str | None = None
    extras: dict[str, str] = {}
    """*Outros Dados*: the shop's own fields, label → text."""
    addresses: tuple[Address, ...] = ()
    contacts: tuple[Contact, ...] = ()
    dependents: tuple[Dependent, ...] = ()
    groups: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    seller: str | None = None
    profile: str | None = None
    updated_at: datetime | None = None
    """When the master last changed the record, by the master's clock."""
    master_url: str | None = None
    """Where a person edits this customer; https only."""
    flags: tuple[str, ...] = ()
    """What was wrong with the data but not wrong enough to refuse it: ``document_invalid
    birth_date_invalid last_purchase_future updated_at_future addresses_truncated …``"""
    standings: dict[str, str] = {}
    """What the master itself says of the relationship, by axis (`mirror.standing.rules`): a value
    of the axis, or the master's own word where it is none of them."""
    company: str | None = None
    """Of a person: the master's id of the company where they work."""
    kind_received: str | None = None
    """The master's own word for a kind that is none of ours."""
    payment_method: str | None = None
    """How they usually pay (Azata's *Forma de Pagamento*), in the master's words."""
    payment_terms: str | None = None
    """In how long (Azata's *Prazo de Pagamento*), in the master's words."""
    standing_days: dict[str, date] = {}
    """Since when the master says so of a standing, by axis, where it tells."""
    left_out: tuple[str, ...] = ()
    """Numbers that stood in fields of theirs and could not be read, without the words around
    (`mirror.masking.numbers_in`): shown nowhere, hidden wherever a text repeats them."""


# What a customer did: frozen records of orders, payments, deals and visits.
#
# An activity names its customer by the master's id and never says who that is: it may arrive
# first. Money is a whole number of the currency's hundredths. Instants are aware datetimes in UTC.
# Sealed documents hold the fields by position: append new ones at the end, never reorder.

UNDATED = -(2**62)
"""The version of a record of which nobody knows how old it is: below every other."""

STREAMS = ("orders", "payments", "deals", "visits")
"""The streams a master may serve besides its customers, in the order they are read."""

CUSTOMERS = "customers"
"""The stream that comes first."""

ORDER_KINDS = ("order", "quote", "return", "receipt", "unknown")
"""Azata's *pedido, orçamento, devolução, recibo de pagamento*."""

ORDER_STATES = ("open", "done", "cancelled", "unknown")


def is_purchase(kind: Any, state: Any) -> Any:
    """Whether an order is one: no quote, return or receipt, and not cancelled.

    A situation of the shop's own is one unless the map calls it cancelled. Of columns it is the
    condition: rules, totals and pages count by this and by nothing else.
    """
    return (kind == "order") & (state != "cancelled")


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
    kind_received: str | None = None
    """The shop's own name for its type, where it has one."""


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
