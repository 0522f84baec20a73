"""Orders, payments, deals and visits as the master sends them: ids, words, money, dates."""

from typing import Any

from connector.sandbox import slips
from connector.sandbox.activity import Charge, Deal, Entry, Order, Visit
from connector.sandbox.dice import scatter
from connector.sandbox.story import FIRST_ID
from connector.sandbox.timeline import spell, spell_day, spell_short
from connector.sandbox.work import employer_id

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
        "pix": slips.pix(external_id, entry.amount) if entry.method == "Pix" else None,
    }


def _slip(external_id: int, entry: Charge) -> Record:
    bars = slips.barcode(external_id, entry.due, entry.amount)
    return {
        "boleto_url": f"https://boleto.example/{external_id}",
        "code": slips.typed_line(bars),
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
