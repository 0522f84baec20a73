"""Customers with two and three of everything, and what of them nobody may see in clear.

The same numbers are always the same customer; every text a master may write into holds some of the
customer's own numbers, spelled in one of several ways.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import quote

import msgspec

from mirror.identifiers import format_document, format_phone
from mirror.identifiers.documents import cnpj_valid
from mirror.records import (
    Address,
    Contact,
    Customer,
    Deal,
    Dependent,
    Document,
    Item,
    Loyalty,
    Order,
    Payment,
    Phone,
    Record,
    Visit,
)
from tests.fakes.somebody import cpf

MOST = 3
_FAMILY = ("Ubirajara", "Zuleica", "Quitéria", "Valdomiro", "Hermengarda", "Jocelino")
_SURNAMES = ("Wanzeller", "Quaresma", "Xavantino")
_STREETS = ("Travessa Jequitibá", "Ladeira Xangrilá", "Beco Quixabeira")
_DISTRICTS = ("Vila Zabelê", "Jardim Wenceslau", "Parque Quitandinha")
_CITIES = ("Campinas", "Santos", "Recife")


@dataclass(frozen=True)
class Numbers:
    """How many there are of each kind of thing, and which person it is."""

    person: int
    documents: int = MOST
    emails: int = MOST
    phones: int = MOST
    addresses: int = MOST
    contacts: int = MOST
    dependents: int = MOST
    extras: int = MOST
    labels: int = MOST
    doings: int = MOST
    spelling: int = 0


def cnpj(number: int) -> str:
    """A valid CNPJ made from ``number``."""
    root = f"{number % 10**8:08d}0001"
    return next(made for end in range(100) if cnpj_valid(made := f"{root}{end:02d}"))


def several(told: Numbers, kind: str = "PF", **more: Any) -> Customer:
    """The customer of these numbers."""
    documents, emails, phones = _documents(told), _emails(told, "dono"), _phones(told, 0)
    said = _Said(told.spelling, documents, emails, phones)
    usual: dict[str, Any] = {
        "external_id": f"S-{told.person}",
        "version": 1,
        "kind": kind,
        "registration": "active",
        "registration_received": said(0),
        "name": "Ana Souza",
        "trade_name": f"Souza {said(1)}",
        "documents": documents,
        "state_registration": f"45.{told.person:03}.678-9",
        "emails": emails,
        "phones": tuple(_labelled(phone, said(n)) for n, phone in enumerate(phones)),
        "category": said(2),
        "loyalty": Loyalty(1_250, said(3), said(4), 250, said(5)),
        "birth_date": date(1941, 4, 1 + told.person % 28),
        "gender": said(6),
        "customer_since": date(2019, 9, 12),
        "notes": "Anotado: " + "; ".join(said(n) for n in range(9)) + ".",
        "extras": {f"Campo {said(n)}": f"diz {said(n + 1)}" for n in range(told.extras)},
        "addresses": tuple(_address(told.person, n, said(n)) for n in range(told.addresses)),
        "contacts": tuple(_contact(told, n, said) for n in range(told.contacts)),
        "dependents": tuple(_dependent(told.person, n, said) for n in range(told.dependents)),
        "groups": tuple(f"grupo {said(n)}" for n in range(told.labels)),
        "tags": tuple(said(n + 1) for n in range(told.labels)),
        "seller": said(7),
        "profile": said(8),
        "payment_method": said(0),
        "payment_terms": said(3),
        "updated_at": datetime(2026, 11, 20, 17, 32, tzinfo=UTC),
        "master_url": f"https://origem.exemplo/{said(1)}",
        "standings": {"conta_base": said(2), "ploomes": said(0)},
    }
    return Customer(**(usual | more))


class _Said:
    """The customer's numbers in a row, without end, spelled as texts spell them."""

    def __init__(
        self,
        spelling: int,
        documents: tuple[Document, ...],
        emails: tuple[str, ...],
        phones: tuple[Phone, ...],
    ) -> None:
        spelled = _SPELLINGS[spelling % len(_SPELLINGS)]
        written = [spelled(format_document(one.kind, one.value)) for one in documents]
        written += [spelled(format_phone(one.number)) for one in phones]
        self._all = [*written, *emails] or ["nada"]

    def __call__(self, place: int) -> str:
        return self._all[place % len(self._all)]


_SPELLINGS: tuple[Callable[[str], str], ...] = (
    lambda text: text,
    lambda text: "".join(filter(str.isalnum, text)),
    lambda text: text.replace(".", " ").replace("/", " ").replace("-", " "),
)


def _documents(told: Numbers) -> tuple[Document, ...]:
    made = (
        Document("cpf", cpf(204_000_000 + told.person)),
        Document("cnpj", cnpj(31_000_000 + told.person)),
        Document("cpf", f"{832_000_000 + told.person}00", False),
    )
    return made[: told.documents]


def _emails(told: Numbers, of: str) -> tuple[str, ...]:
    names = (f"{of}{place}.{told.person}@correio{place}.exemplo" for place in range(MOST))
    return tuple(names)[: told.emails]


def _phones(told: Numbers, of: int) -> tuple[Phone, ...]:
    made = (
        Phone(f"+55119{61_000_000 + of * 10_000 + told.person}", "mobile"),
        Phone(f"+5521{32_000_000 + of * 10_000 + told.person}", "landline"),
        Phone(f"+1415{5_550_000 + of * 1_000 + told.person}", "foreign"),
    )
    return made[: told.phones]


def _labelled(phone: Phone, label: str) -> Phone:
    return Phone(phone.number, phone.kind, phone.flags, label)


def _address(person: int, place: int, label: str) -> Address:
    return Address(
        label=label,
        street=_STREETS[place],
        number=f"{person}{place}",
        complement=f"fundos {person}{place}",
        district=_DISTRICTS[place],
        city=_CITIES[place],
        state="SP",
        postal_code=f"13{person:03}{700 + place}",
        main=place == 1,
        situation=label,
    )


def _contact(told: Numbers, place: int, said: _Said) -> Contact:
    emails, phones = _emails(told, f"contato{place}x"), _phones(told, place + 1)
    return Contact(
        f"Ivo {said(place)}",
        f"compras {said(place + 1)}",
        emails[place % len(emails)] if emails else None,
        phones[place % len(phones)] if phones else None,
    )


def _dependent(person: int, place: int, said: _Said) -> Dependent:
    name = f"{_FAMILY[(person + place) % len(_FAMILY)]} {_SURNAMES[place]}"
    return Dependent(name, f"Filha {said(place)}", date(2013, 5, 1 + (person + place) % 28))


def as_sent(customer: Customer) -> dict[str, Any]:
    """How a master of the preset ``omni`` tells of the customer."""
    first, second, *others = map(_shown, customer.documents)
    return {
        "cpf": [first, *others],
        "cnpj": second,
        "emails": [{"address": one} for one in customer.emails],
        "phones": [{"number": one.number, "label": one.label} for one in customer.phones],
        "addresses": [msgspec.structs.asdict(one) for one in customer.addresses],
        "contacts": [
            {"name": one.name, "role": one.role, "email": one.email,
             "phone": one.phone and one.phone.number}
            for one in customer.contacts
        ],
        "dependents": [
            {"name": one.name, "relation": one.relation, "birth_date": f"{one.birth_date}"}
            for one in customer.dependents
        ],
        "birth_date": f"{customer.birth_date}",
        "rg": customer.state_registration,
        "notes": customer.notes,
        "groups": [*customer.groups],
        "tags": [*customer.tags],
        "seller": customer.seller,
        "extra": {
            label: text.split(", ") if ", " in text else text
            for label, text in customer.extras.items()
        },
        "ploomes_status": customer.standings["ploomes"],
    }  # fmt: skip


def doings(told: Numbers, customer: Customer) -> Iterator[Record]:
    """Orders, payments, deals and visits, ``told.doings`` of each."""
    said = _Said(told.spelling, customer.documents, customer.emails, customer.phones)
    for place in range(told.doings):
        same: dict[str, Any] = {
            "version": 1,
            "customer": customer.external_id,
            "state_received": said(place),
            "amount": 1_000 + place,
        }
        name, when = f"{told.person}-{place}", datetime(2026, 10, 5 + place, 15, tzinfo=UTC)
        items = tuple(Item(f"Peça {said(n)}", said(n + 1), 500, 500) for n in range(MOST))
        code, barcode, pix = codes(told, place)
        yield Order(
            external_id=f"O{name}", state="done", number=said(place), placed_at=when,
            items=items, seller=said(place + 1), **same,
        )  # fmt: skip
        yield Payment(
            external_id=f"P{name}", state=("issued", "unknown", "overdue")[place % 3],
            order=f"O{told.person}-0", description=f"Parcela {said(place)}",
            due_on=when.date(), link=f"https://origem.exemplo/boleto/{said(place)}",
            code=code, barcode=barcode, pix=pix, **same,
        )  # fmt: skip
        yield Deal(
            external_id=f"D{name}", title=f"Negócio {said(place)}", opened_at=when,
            loss_reason=said(place + 1), stage=said(place + 2), pipeline=said(place), **same,
        )  # fmt: skip
        yield Visit(
            external_id=f"V{name}", page=_page(place, said), visited_at=when,
            order=f"O{told.person}-0", **same,
        )  # fmt: skip


def _page(place: int, said: _Said) -> str:
    """Encoded as often as its place says: an address may hide a number twice."""
    words = said(place), said(place + 1), said(place + 3)
    for _ in range(place):
        words = quote(words[0]), quote(words[1]), quote(words[2])
    return "https://loja.exemplo/{}?q={}&r={}".format(*words)


def codes(told: Numbers, place: int) -> tuple[str, str, str]:
    """The three codes of a payment: to type, to scan, and of Pix."""
    mark = f"{told.person:04}{place}"
    return f"23793.38128 6000{mark}3", f"2379996490{mark}018990", f"00020126br.gov.bcb.pix{mark}x"


def secrets(told: Numbers, customer: Customer) -> set[str]:
    """Every value of the customer that is masked, in each of the forms it could be shown in."""
    found = {value for one in customer.documents for value in (one.value, _shown(one))}
    phones = (*customer.phones, *(one.phone for one in customer.contacts if one.phone))
    found |= {form for phone in phones for form in _forms(phone)}
    found |= {*customer.emails, *(one.email for one in customer.contacts if one.email)}
    found |= {f"{address.partition('@')[0]}@" for address in found if "@" in address}
    for place in customer.addresses:
        code = place.postal_code or ""
        told_of = (place.street, place.complement, place.district, code, f"{code[:5]}-{code[5:]}")
        found |= {text for text in told_of if text}
    for person in customer.dependents:
        found |= {person.name, *person.name.split(), *_days(person.birth_date)}
    found |= {customer.state_registration or "-" * 9, *_days(customer.birth_date)}
    found |= {code for n in range(told.doings) for code in codes(told, n)}
    return found


def _shown(one: Document) -> str:
    return format_document(one.kind, one.value)


def _forms(phone: Phone) -> tuple[str, ...]:
    digits, shown = phone.number.removeprefix("+"), format_phone(phone.number)
    if not phone.number.startswith("+55"):
        return digits, shown
    return digits, digits[2:], shown, shown.partition(") ")[2]


def _days(day: date | None) -> tuple[str, ...]:
    return (day.isoformat(), f"{day:%d/%m/%Y}") if day else ()
