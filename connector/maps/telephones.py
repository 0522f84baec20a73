"""Readers for telephones, from lists of objects or from fields of the record."""

from collections.abc import Callable
from typing import Any

from connector.maps import values
from connector.maps.definition import Parts
from connector.maps.expressions import Dialect, One
from connector.maps.fields import Reader
from connector.maps.listed import MOST_LISTED, listed, parts_of
from connector.maps.paths import nothing
from connector.maps.values import Refused
from mirror.identifiers import IdentifierError, parse_phone
from mirror.records import Phone


def phones(spec: Parts | list[One], dialect: Dialect, default_ddd: str | None) -> Reader:
    """Telephones in E.164 where they can be read; a text that is no number refuses the record."""
    numbers = _objects(spec, dialect) if isinstance(spec, Parts) else _singles(spec, dialect)

    def read(record: dict[str, Any], flags: list[str]) -> tuple[Phone, ...]:
        found: dict[str, Phone] = {}
        for number, received_label in numbers(record, flags):
            phone = read_phone(number, "phones", default_ddd, flags)
            if phone is not None and phone.number not in found:
                label = received_label and values.text(received_label, "phones")
                found[phone.number] = Phone(
                    phone.number, phone.kind, phone.flags, label or phone.label
                )
        return tuple(found.values())

    return read


_Listed = Callable[[dict[str, Any], list[str]], list[tuple[Any, Any]]]


def _objects(spec: Parts, dialect: Dialect) -> _Listed:
    get, part = dialect.getter(spec.at), parts_of(spec.parts, dialect)
    number_of, label_of = part["number"], part.get("label") or nothing

    def read(record: dict[str, Any], flags: list[str]) -> list[tuple[Any, Any]]:
        found = listed(get(record), "phones", flags)
        return [(number_of(item), label_of(item)) for item in found]

    return read


def _singles(spec: list[One], dialect: Dialect) -> _Listed:
    getters = [dialect.getter(one) for one in spec]

    def read(record: dict[str, Any], flags: list[str]) -> list[tuple[Any, Any]]:
        return [(one, None) for get in getters for one in values.items(get(record))[:MOST_LISTED]]

    return read


def read_phone(value: Any, field: str, default_ddd: str | None, flags: list[str]) -> Phone | None:
    """The telephone in a value, None where there is none; raises Refused."""
    shown = values.text(value, field)
    if shown is None:
        return None
    try:
        phone = parse_phone(shown, default_ddd)
    except IdentifierError as error:
        raise Refused(field, error.code) from None
    if phone is None or phone.kind.startswith("invalid"):
        flags.append("phone_invalid")
    return phone
