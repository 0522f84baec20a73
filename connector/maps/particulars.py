"""Readers for single fields of what customers do, by the name that the field has everywhere."""

from collections.abc import Callable
from typing import Any

from connector.maps import dates, fields, money, values
from connector.maps.definition import Parts, Words
from connector.maps.expressions import Dialect, Expression
from connector.maps.fields import Reader
from connector.maps.listed import listed, parts_of
from connector.maps.paths import nothing
from connector.maps.values import Refused
from connector.maps.words import Meaning, meaning
from mirror.activity.records import Item

_MOST_ITEMS = 100

LINES = ("number", "seller", "loss_reason", "stage", "pipeline", "code", "barcode")
"""Fields that are a short text."""


def word(spec: Words, field: str, known: tuple[str, ...], dialect: Dialect) -> Meaning:
    """Our word, and the master's own wherever that says something else."""
    get, meant = dialect.getter(spec.path), meaning(spec, field, known, dialect)

    def read(record: dict[str, Any]) -> tuple[str, str | None]:
        found, unknown = meant(record)
        received = get(record)
        if unknown or type(received) is not str or received == found:
            return found, unknown  # a number or true is a word to be understood, not to be shown
        return found, values.text(received, field)

    return read


def _customer(path: Expression, field: str, dialect: Dialect) -> Reader:
    get = dialect.getter(path)

    def read(record: dict[str, Any], flags: list[str]) -> str | None:
        received = get(record)
        if received is None or received == "":
            return None
        try:
            return values.external_id(received)
        except Refused as why:
            raise Refused(field, why.rule) from None

    return read


def _long(path: Expression, field: str, dialect: Dialect) -> Reader:
    get = dialect.getter(path)
    return lambda record, flags: values.text(get(record), field, values.LONG)


def _amount(path: Expression, field: str, dialect: Dialect) -> Reader:
    get = dialect.getter(path)
    return lambda record, flags: money.hundredths(get(record), field)


def _currency(path: Expression, field: str, dialect: Dialect) -> Reader:
    get = dialect.getter(path)
    return lambda record, flags: money.currency(get(record), flags)


def _items(spec: Parts, field: str, dialect: Dialect) -> Reader:
    get, part = dialect.getter(spec.at), parts_of(spec.parts, dialect)
    quantity_of = part.get("quantity") or nothing
    amount_of, total_of = part.get("amount") or nothing, part.get("total") or nothing

    def read(record: dict[str, Any], flags: list[str]) -> tuple[Item, ...]:
        found = []
        for item in listed(get(record), field, flags, _MOST_ITEMS):
            if name := values.text(part["name"](item), field, values.LONG):
                quantity = money.plain(quantity_of(item), field) or "1"
                amount = money.hundredths(amount_of(item), field)
                found.append(Item(name, quantity, amount, money.hundredths(total_of(item), field)))
        return tuple(found)

    return read


MAKERS: dict[str, Callable[[Any, str, Dialect], Reader]] = {
    "customer": _customer,
    "order": fields.other_id,
    "title": _long,
    "description": _long,
    "page": _long,
    "pix": _long,
    "link": fields.link,
    "amount": _amount,
    "paid_amount": _amount,
    "currency": _currency,
    "items": _items,
    "placed_at": dates.needed,
    "visited_at": dates.needed,
    "opened_at": dates.mentioned,
    "closed_at": dates.mentioned,
    "issued_on": dates.day,
    "due_on": dates.day,
}
"""How each of the others is read; a payment's ``paid_at`` counts only where it was made."""
