"""Turns a master's JSON into customers: the map is data, compiled once into plain functions.

Only what the map names is read; everything else a master sends is dropped unread (LGPD art. 6 III).
What a record can do without is left out with a flag; what would make it wrong is refused.
"""

from collections.abc import Callable
from datetime import datetime
from hashlib import blake2b
from typing import Any

import msgspec

from connector.mapping import Map, Parts, Words, fields, values
from connector.mapping.expressions import Dialect, One, nothing
from connector.mapping.fields import RULES, Reader, Whose
from connector.mapping.values import MOST_LISTED, Refused, listed, parts_of
from mirror.identifiers import IdentifierError, parse_document, parse_email, parse_phone
from mirror.records import (
    KINDS,
    Address,
    Contact,
    Customer,
    Dependent,
    Document,
    Phone,
)

_LINES = ("name", "trade_name", "category", "gender", "seller", "profile")


class Translator:
    """Reads customers by one map."""

    whose: Whose = staticmethod(nothing)
    """A customer is nobody's."""

    def __init__(self, map_: Map, dialect: Dialect, default_ddd: str | None = None) -> None:
        self._kind = fields.meaning(map_.kind, Map, "kind", dialect)
        self._registration = fields.meaning(map_.registration, Map, "registration", dialect)
        paths = {field: getattr(map_, field) for field in _LINES}
        self._lines = dialect.lines({field: path for field, path in paths.items() if path})
        self._readers = list(_readers(map_, dialect, default_ddd).items())
        seen = msgspec.json.encode([RULES, map_, str(dialect.zone), default_ddd])
        self.fingerprint = blake2b(seen, digest_size=4).digest()
        """Changes when the map or the rules change."""

    def __call__(
        self, record: dict[str, Any], external_id: str, version: int, updated_at: datetime | None
    ) -> Customer:
        """The customer a master's record stands for; raises Refused."""
        flags: list[str] = []
        kind, kind_received = self._kind(record)
        registration, received = self._registration(record)
        found: dict[str, Any] = values.lines(record, self._lines)
        if "trade_name" in found and found["trade_name"] == found.get("name"):
            del found["trade_name"]  # many masters write the name into both
        for name, read in self._readers:
            found[name] = read(record, flags)
        if "contacts" in found:  # many masters name the person there too
            same = found.get("name")
            found["contacts"] = tuple(one for one in found["contacts"] if one.name != same)
        if kind == "unknown":
            kind = "PJ" if any(d.kind == "cnpj" for d in found.get("documents", ())) else "PF"
        return Customer(
            external_id=external_id,
            version=version,
            updated_at=updated_at,
            kind=kind,
            kind_received=kind_received,
            registration=registration,
            registration_received=received,
            flags=tuple(dict.fromkeys(flags)) if flags else (),
            **found,
        )


def _readers(map_: Map, dialect: Dialect, default_ddd: str | None) -> dict[str, Reader]:
    makers: dict[str, Callable[[Any, str], Reader]] = {
        "notes": lambda spec, field: fields.notes(spec, field, dialect),
        "groups": lambda spec, field: fields.texts(spec, field, dialect),
        "tags": lambda spec, field: fields.texts(spec, field, dialect),
        "master_url": lambda spec, field: fields.link(spec, field, dialect),
        "state_registration": lambda spec, field: fields.first(spec, field, dialect),
        "loyalty": lambda spec, field: fields.loyalty(spec, field, dialect),
        "birth_date": lambda spec, field: fields.past_day(spec, field, dialect),
        "customer_since": lambda spec, field: fields.past_day(spec, field, dialect),
        "last_purchase_at": lambda spec, field: fields.bought(spec, field, dialect),
        "documents": lambda spec, _: documents(spec, map_.kind, dialect),
        "emails": lambda spec, _: emails(spec, dialect),
        "phones": lambda spec, _: phones(spec, dialect, default_ddd),
        "addresses": lambda spec, _: addresses(spec, dialect),
        "contacts": lambda spec, _: contacts(spec, dialect, default_ddd),
        "dependents": lambda spec, _: dependents(spec, dialect),
        "standings": lambda spec, _: fields.standings(spec, dialect),
        "company": lambda spec, field: fields.other_id(spec, field, dialect),
    }
    named = ((field, make, getattr(map_, field)) for field, make in makers.items())
    readers = {field: make(spec, field) for field, make, spec in named if spec}
    if map_.extras or map_.extra_pairs:
        readers["extras"] = fields.extras(map_, "extras", dialect)
    return readers


# What a customer has several of: telephones, from lists of objects or from fields of the record.


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


_MOST_DEPENDENTS = 50
_DIGITS = {"PF": 11, "PJ": 14}


def documents(paths: list[One], person: Words, dialect: Dialect) -> Reader:
    """CPF and CNPJ, checked. Numbers that JSON stripped of zeros are padded; texts never are."""
    getters = [dialect.getter(path) for path in paths]
    kind_of = fields.meaning(person, Map, "kind", dialect)

    def read(record: dict[str, Any], flags: list[str]) -> tuple[Document, ...]:
        word, _ = kind_of(record)
        kind = word if word in KINDS else None
        found: list[Document] = []
        for get in getters:
            received = get(record)
            if received is None:
                continue
            for value in values.items(received)[:MOST_LISTED]:
                document = _document(value, kind)
                if document is None or document in found:
                    continue
                found.append(document)
                if not document.valid:
                    flags.append("document_invalid")
        return tuple(found)

    return read


def _document(value: Any, kind: str | None) -> Document | None:
    if type(value) is int:
        value = str(value).zfill(_DIGITS.get(kind or "", 0))
    shown = values.text(value, "documents")
    try:
        return parse_document(shown, kind) if shown else None
    except IdentifierError as error:
        raise Refused("documents", error.code) from None


def emails(paths: list[One], dialect: Dialect) -> Reader:
    """E-mail addresses in canonical form; what is not one is left out with a flag."""
    getters = [dialect.getter(path) for path in paths]

    def read(record: dict[str, Any], flags: list[str]) -> tuple[str, ...]:
        found: dict[str, None] = {}
        for get in getters:
            for value in values.items(get(record))[:MOST_LISTED]:
                if shown := values.text(value, "emails", values.LONG):
                    address = parse_email(shown)
                    if address is None:
                        flags.append("email_invalid")
                    else:
                        found[address] = None
        return tuple(found)

    return read


def addresses(spec: Parts, dialect: Dialect) -> Reader:
    """Postal addresses, the main one first."""
    get = dialect.getter(spec.at)
    main = dialect.getter(spec.parts["main"]) if "main" in spec.parts else None
    wanted = dialect.lines({name: path for name, path in spec.parts.items() if name != "main"})

    def read(record: dict[str, Any], flags: list[str]) -> tuple[Address, ...]:
        first, others = [], []
        for item in listed(get(record), "addresses", flags):
            found: dict[str, Any] = values.lines(item, wanted, "addresses")
            if not found:
                continue
            if "postal_code" in found:
                found["postal_code"] = _postal_code(found["postal_code"], flags)
            if main is not None and main(item) is True:
                first.append(Address(**found, main=True))
            else:
                others.append(Address(**found))
        return (*first, *others)

    return read


def _postal_code(received: str, flags: list[str]) -> str | None:
    digits = received.replace("-", "").replace(".", "").replace(" ", "")
    if len(digits) == 8 and digits.isdecimal():
        return digits
    flags.append("postal_code_invalid")
    return None


def contacts(spec: Parts, dialect: Dialect, default_ddd: str | None) -> Reader:
    """People to talk to in a company; those without a name are left out."""
    get = dialect.getter(spec.at)
    phone_of = dialect.getter(spec.parts["phone"]) if "phone" in spec.parts else None
    wanted = dialect.lines({name: path for name, path in spec.parts.items() if name != "phone"})

    def read(record: dict[str, Any], flags: list[str]) -> tuple[Contact, ...]:
        found = []
        for item in listed(get(record), "contacts", flags):
            one = values.lines(item, wanted, "contacts")
            if "name" in one:
                phone = phone_of and read_phone(phone_of(item), "contacts", default_ddd, flags)
                email = parse_email(one["email"]) if "email" in one else None
                found.append(Contact(one["name"], one.get("role"), email, phone))
        return tuple(found)

    return read


def dependents(spec: Parts, dialect: Dialect) -> Reader:
    """Dependents with a name; more than fifty are a fault of the record."""
    get, part = dialect.getter(spec.at), parts_of(spec.parts, dialect)
    birth_of = part.get("birth_date") or nothing
    relation_of = part.get("relation") or nothing

    def read(record: dict[str, Any], flags: list[str]) -> tuple[Dependent, ...]:
        received = get(record)
        if not received:
            return ()
        found = []
        for item in values.objects(received, "dependents", _MOST_DEPENDENTS):
            if name := values.text(part["name"](item), "dependents"):
                relation = values.text(relation_of(item), "dependents")
                found.append(Dependent(name, relation, values.day(birth_of(item), dialect.zone)))
        return tuple(found)

    return read
