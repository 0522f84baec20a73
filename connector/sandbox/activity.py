"""What a customer does, as the master sends it at one moment, and the mistakes of every register.

Made anew for every listing from the customer's past and story, so that none is ever remembered.
Instants in microseconds since 1970, days since 1970-01-01, money in hundredths.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import msgspec

from connector.sandbox import documents
from connector.sandbox.brazil import scatter
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


# The records and the activity no register is without: what cannot be read as it stands.
#
# They are spread evenly: a record in any 500 neighbours, the first entry of one customer in 150. A
# change sets them right.

Sent = dict[str, Any]
_RECORD_EVERY, _RECORD_AT = 1000, 777
_ARABIC_INDIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")


def _garbled_time(record: Sent, _lot: int) -> None:
    record["updated_at"] = "31/02/2025 25:61"


def _drifted_name(record: Sent, lot: int) -> None:
    record["name"] = 4711 if lot % 2 else {"primeiro": record["name"], "resto": "?"}


def _lost_id(record: Sent, _lot: int) -> None:
    record["id"] = None


def _linked_phone(record: Sent, _lot: int) -> None:
    record["phones"] = [{"number": "5511987654321?text=x", "label": "WhatsApp"}]


def _foreign_digits(record: Sent, _lot: int) -> None:
    field = "cpf" if record["person_type"] == "PF" else "cnpj"
    record[field] = (record[field] or "12345678909").translate(_ARABIC_INDIC)


def _crowd(record: Sent, _lot: int) -> None:
    record["dependents"] = [
        {"name": f"Aluno {number}", "relation": "Outro", "birth_date": "2015-02-01"}
        for number in range(300)
    ]


_RECORD_WAYS: tuple[Callable[[Sent, int], None], ...] = (
    _lost_id,
    _drifted_name,
    _garbled_time,
    _linked_phone,
    _foreign_digits,
    _crowd,
)


def spoil(record: Sent, index: int, version: int) -> None:
    """Break the record of customer ``index`` if it is one of the broken ones, never corrected."""
    if index % _RECORD_EVERY == _RECORD_AT and version == 1:
        lot = index // _RECORD_EVERY
        _RECORD_WAYS[lot % len(_RECORD_WAYS)](record, lot // len(_RECORD_WAYS))


# The activity no register is without: about one in five hundred is not what it should be.
#
# Spread evenly over the customers, the first entry of one in 150; a change sets it right.

_EVERY, _AT = 150, 77
_NOBODY = FIRST_ID - 1
_YEAR_0 = "0000-01-01T00:00:00-03:00"
_ODD_STATUS = "aguardando lua cheia"


def _of_nobody(record: Record) -> None:
    record["customer_id"] = _NOBODY


def _negative(record: Record) -> None:
    field = "total" if "total" in record else "amount"
    record[field] = -abs(record[field])


def _odd_status(record: Record) -> None:
    record["status"] = _ODD_STATUS


def _foreign(record: Record) -> None:
    record["currency"] = "USD"


def _year_0(record: Record) -> None:
    field = next(name for name in ("placed_at", "paid_at", "visited_at") if name in record)
    record[field] = _YEAR_0


def _closed_before_opened(record: Record) -> None:
    record["closed_at"] = "2015-01-01T09:00:00-03:00"
    if record["status"] == "aberto":
        record["status"] = "ganho"


_WAYS: dict[str, tuple[Callable[[Record], None], ...]] = {
    "orders": (_of_nobody, _negative, _odd_status, _foreign, _year_0),
    "payments": (_negative, _odd_status, _foreign, _year_0),
    "deals": (_closed_before_opened, _odd_status, _foreign, _negative),
    "visits": (_of_nobody, _year_0),
}
_FIRST_NUMBERS = {"orders": 1, "payments": 11, "deals": 1, "visits": 1}


def misstep(stream: str, record: Record, index: int, entry: Entry) -> None:
    """Break an entry of customer ``index`` if it is one of the broken ones, never corrected."""
    first = entry.number == _FIRST_NUMBERS[stream] and entry.version == 1
    if first and index % _EVERY == _AT:
        ways = _WAYS[stream]
        ways[index // _EVERY % len(ways)](record)
