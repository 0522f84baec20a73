"""The tabs of one customer's page: which there are, how many things are under each."""

from dataclasses import dataclass

from flask import url_for

from mirror.activity.finding import numbers, served
from mirror.activity.records import STREAMS
from mirror.activity.related import deals_number
from mirror.kinship import staff_number
from mirror.opening import Found
from mirror.progress import now_us
from mirror.standing.reading import standings
from web.current import shop

_STREAM_TABS = {
    "orders": ("Pedidos", "activity.orders"),
    "payments": ("Pagamentos", "activity.payments"),
    "deals": ("Negócios", "activity.deals"),
    "visits": ("Visitas", "activity.visits"),
}


@dataclass(frozen=True)
class Tab:
    """One tab; ``number`` is None where there is nothing to count."""

    name: str
    label: str
    address: str
    number: int | None


def tabs(found: Found) -> list[Tab]:
    """The tabs that make sense for this customer and mirror; one alone is none."""
    person = found.customer
    everybody = staff_number(shop().mirror, found) if person.kind == "PJ" else 0
    made = [_tab(found, "summary", "Resumo", "customers.page"), *_streams(found, everybody)]
    if standings(shop().mirror, found.id, now_us()):
        made.append(_tab(found, "history", "Relacionamento", "activity.history"))
    people = len(person.contacts) + everybody
    if people or person.company:
        label = "Contatos" if people or person.kind == "PJ" else "Empresa"
        made.append(_tab(found, "contacts", label, "customers.contacts", people or None))
    if person.dependents:
        number = len(person.dependents)
        made.append(_tab(found, "dependents", "Dependentes", "customers.dependents", number))
    return made if len(made) > 1 else []


def _streams(found: Found, everybody: int) -> list[Tab]:
    here = numbers(shop().mirror, found.source, found.external_id)
    if everybody:
        here["deals"] = deals_number(shop().mirror, found.source, found.external_id)
    there = set(STREAMS) if all(here.values()) else served(shop().mirror)
    return [
        _tab(found, stream, *_STREAM_TABS[stream], here[stream])
        for stream in STREAMS
        if here[stream] or stream in there
    ]


def _tab(found: Found, name: str, label: str, endpoint: str, number: int | None = None) -> Tab:
    return Tab(name, label, url_for(endpoint, customer_id=found.id), number)
