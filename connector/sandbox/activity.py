"""What a customer does, as it stands at one moment, and as the master sends it.

Made anew for every listing from the customer's past and story, so that none is ever remembered.
Instants in microseconds since 1970, days since 1970-01-01, money in hundredths.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import msgspec

from connector.sandbox import documents
from connector.sandbox.draws import scatter
from connector.sandbox.habits import employer_id
from connector.sandbox.timeline import FIRST_ID, Event, Story, spell, spell_day, spell_short


class Line(msgspec.Struct, frozen=True):
    """One line of an order."""

    name: str
    quantity: int
    price: int


class Entry(msgspec.Struct, kw_only=True):
    """What all of them have: a number among the customer's own, when it was, how it changed."""

    number: int
    at: int
    updated_at: int
    version: int = 1

    def touch(self, now: int) -> None:
        """It changes, or is listed again, at ``now``."""
        self.version += 1
        self.updated_at = now


class Order(Entry, kw_only=True):
    """An order, quote, return or receipt."""

    kind: str = "pedido"
    status: str
    lines: tuple[Line, ...]
    method: str = "Pix"
    parts: int = 1
    """In how many instalments it is paid."""
    seller: str | None = None

    @property
    def total(self) -> int:
        """What its lines come to; less than nothing for a return."""
        due = sum(line.quantity * line.price for line in self.lines)
        return -due if self.kind == "devolução" else due


class Charge(Entry, kw_only=True):
    """One instalment of an order."""

    order: int
    part: int
    parts: int
    method: str
    status: str
    amount: int
    issued: int
    due: int
    paid_at: int = 0


class Deal(Entry, kw_only=True):
    """A sale being talked about; ``closed_at`` is 0 while it is."""

    title: str
    amount: int
    pipeline: str
    status: str = "aberto"
    stage: str = "Contato"
    closed_at: int = 0
    loss_reason: str | None = None


class Visit(Entry, kw_only=True):
    """A page of the shop's site that was looked at; ``order`` is 0 when it led to none."""

    page: str
    order: int = 0


Told = TypeVar("Told", bound=Entry)
Deeds = Mapping[str, Callable[[list[Told], Event], object]]


def told(past: list[Told], story: Story, deeds: Deeds[Told]) -> list[Told]:
    """What has become of the entries of the past; ``deeds`` by kind of event.

    Whoever returns brings everything back, listed as of then.
    """
    for event in story.events:
        if event.kind == "return":
            for entry in past:
                entry.touch(event.at)
        elif event.kind in deeds:
            deeds[event.kind](past, event)
    return past


# Orders, payments, deals and visits as the master sends them: ids, words, money, dates.

ROOM = 1_000_000
"""How many numbers a customer's activity has: ids are the customer's times this and a number."""

Record = dict[str, Any]
_CURRENCY = "BRL"
_NO_SLIP = {"boleto_url": None, "code": None, "barcode": None}


def identifier(index: int, number: int) -> int:
    """The id, within its stream, of an entry of customer ``index``."""
    return (FIRST_ID + index) * ROOM + number


def owner(external_id: int) -> int:
    """The index of the customer an id belongs to."""
    return external_id // ROOM - FIRST_ID


def order(seed: int, index: int, entry: Order) -> Record:
    """One order, its lines adding up to its total."""
    sign = -1 if entry.kind == "devolução" else 1
    return {
        **_shared(seed, index, entry),
        "type": entry.kind,
        "number": f"{FIRST_ID + index}-{entry.number}",
        "status": entry.status,
        "placed_at": spell_short(entry.at),
        "items": [
            {
                "name": line.name,
                "quantity": line.quantity,
                "price": line.price / 100,
                "total": sign * line.quantity * line.price / 100,
            }
            for line in entry.lines
        ],
        "total": entry.total / 100,
        "currency": _CURRENCY,
        "seller": entry.seller,
    }


def payment(seed: int, index: int, entry: Charge) -> Record:
    """One instalment; only a boleto has a bar code, only a Pix its text."""
    external_id = identifier(index, entry.number)
    return {
        **_shared(seed, index, entry),
        "order_id": identifier(index, entry.order),
        "description": f"{entry.method} {entry.part}/{entry.parts}",
        "status": entry.status,
        "issued_on": spell_day(entry.issued),
        "due_on": spell_day(entry.due),
        "paid_at": spell_short(entry.paid_at) if entry.paid_at else None,
        "amount": entry.amount / 100,
        "paid_amount": entry.amount / 100 if entry.paid_at else None,
        "currency": _CURRENCY,
        **(_slip(external_id, entry) if entry.method == "Boleto" else _NO_SLIP),
        "pix": documents.pix(external_id, entry.amount) if entry.method == "Pix" else None,
    }


def _slip(external_id: int, entry: Charge) -> Record:
    bars = documents.barcode(external_id, entry.due, entry.amount)
    return {
        "boleto_url": f"https://boleto.example/{external_id}",
        "code": documents.typed_line(bars),
        "barcode": bars,
    }


def deal(seed: int, index: int, entry: Deal) -> Record:
    """One deal; ``company_id`` is where its customer works."""
    return {
        **_shared(seed, index, entry),
        "title": entry.title,
        "status": entry.status,
        "opened_at": spell_short(entry.at),
        "closed_at": spell_short(entry.closed_at) if entry.closed_at else None,
        "amount": entry.amount / 100,
        "currency": _CURRENCY,
        "loss_reason": entry.loss_reason,
        "stage": entry.stage,
        "pipeline": entry.pipeline,
        "company_id": employer_id(seed, index),
    }


def visit(seed: int, index: int, entry: Visit) -> Record:
    """One page, once."""
    return {
        **_shared(seed, index, entry),
        "page": entry.page,
        "visited_at": spell_short(entry.at),
        "order_id": identifier(index, entry.order) if entry.order else None,
    }


def _shared(seed: int, index: int, entry: Entry) -> Record:
    external_id = identifier(index, entry.number)
    return {
        "id": external_id,
        "v": entry.version,
        "updated_at": spell(entry.updated_at, scatter(seed, external_id ^ entry.version)),
        "customer_id": FIRST_ID + index,
        "created_at": spell_short(entry.at),
    }
