"""Readers for what a customer has several of: documents, e-mails, phones, addresses, people."""

from datetime import tzinfo
from typing import Any

from connector.maps import values
from connector.maps.definition import Each, Words
from connector.maps.fields import Reader
from connector.maps.paths import Getter, getter
from connector.maps.values import Refused
from mirror.identifiers import IdentifierError, parse_document, parse_email, parse_phone
from mirror.records import Address, Contact, Dependent, Document, Phone

_MOST_LISTED = 20
"""Phones, e-mails and addresses shown; a master's longer list is cut and flagged."""
_MOST_RECEIVED = 1_000
_MOST_DEPENDENTS = 50
_DIGITS = {"PF": 11, "PJ": 14}


def documents(paths: list[str], person: Words) -> Reader:
    """CPF and CNPJ, checked. Numbers that JSON stripped of zeros are padded; texts never are."""
    getters, kind_of = [getter(path) for path in paths], getter(person.path)

    def read(record: dict[str, Any], flags: list[str]) -> tuple[Document, ...]:
        received = kind_of(record)
        kind = person.words.get(received, received) if type(received) is str else None
        found: list[Document] = []
        for get in getters:
            for value in values.items(get(record), "documents")[:_MOST_LISTED]:
                document = _document(value, kind)
                if document is not None and document not in found:
                    found.append(document)
        if not all(document.valid for document in found):
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


def emails(paths: list[str]) -> Reader:
    """E-mail addresses in canonical form; what is not one is left out with a flag."""
    getters = [getter(path) for path in paths]

    def read(record: dict[str, Any], flags: list[str]) -> tuple[str, ...]:
        found: dict[str, None] = {}
        for get in getters:
            for value in values.items(get(record), "emails")[:_MOST_LISTED]:
                if shown := values.text(value, "emails", values.LONG):
                    address = parse_email(shown)
                    if address is None:
                        flags.append("email_invalid")
                    else:
                        found[address] = None
        return tuple(found)

    return read


def phones(spec: Each, default_ddd: str | None) -> Reader:
    """Telephones in E.164 where they can be read; a text that is no number refuses the record."""
    get, part = getter(spec.each), _parts(spec.parts)

    def read(record: dict[str, Any], flags: list[str]) -> tuple[Phone, ...]:
        received = values.objects(get(record), "phones", _MOST_RECEIVED)
        found: dict[str, Phone] = {}
        for item in _cut(received, "phones", flags):
            phone = _phone(part["number"](item), "phones", default_ddd, flags)
            if phone is not None and phone.number not in found:
                label = values.text(part["label"](item), "phones") if "label" in part else None
                found[phone.number] = Phone(phone.number, phone.kind, phone.flags, label)
        return tuple(found.values())

    return read


def _phone(value: Any, field: str, default_ddd: str | None, flags: list[str]) -> Phone | None:
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


def addresses(spec: Each) -> Reader:
    """Postal addresses, the main one first."""
    get, part = getter(spec.each), _parts(spec.parts)
    main = part.pop("main", None)

    def read(record: dict[str, Any], flags: list[str]) -> tuple[Address, ...]:
        received = values.objects(get(record), "addresses", _MOST_RECEIVED)
        found = []
        for item in _cut(received, "addresses", flags):
            lines = {name: values.text(get(item), "addresses") for name, get in part.items()}
            code = "".join(c for c in lines.pop("postal_code", None) or "" if c.isdecimal())
            if code and len(code) != 8:
                flags.append("postal_code_invalid")
            first = main is not None and main(item) is True
            found.append(Address(**lines, postal_code=code if len(code) == 8 else None, main=first))
        return tuple(sorted(found, key=lambda address: not address.main))

    return read


def contacts(spec: Each, default_ddd: str | None) -> Reader:
    """People to talk to in a company; those without a name are left out."""
    get, part = getter(spec.each), _parts(spec.parts)

    def read(record: dict[str, Any], flags: list[str]) -> tuple[Contact, ...]:
        received = values.objects(get(record), "contacts", _MOST_RECEIVED)
        found = []
        for item in _cut(received, "contacts", flags):
            one = {name: get(item) for name, get in part.items()}
            if name := values.text(one.get("name"), "contacts"):
                email = values.text(one.get("email"), "contacts")
                phone = _phone(one.get("phone"), "contacts", default_ddd, flags)
                role = values.text(one.get("role"), "contacts")
                found.append(Contact(name, role, email and parse_email(email), phone))
        return tuple(found)

    return read


def dependents(spec: Each, zone: tzinfo) -> Reader:
    """Dependents with a name; more than fifty are a fault of the record."""
    get, part = getter(spec.each), _parts(spec.parts)

    def read(record: dict[str, Any], flags: list[str]) -> tuple[Dependent, ...]:
        found = []
        for item in values.objects(get(record), "dependents", _MOST_DEPENDENTS):
            one = {name: get(item) for name, get in part.items()}
            if name := values.text(one.get("name"), "dependents"):
                relation = values.text(one.get("relation"), "dependents")
                found.append(Dependent(name, relation, values.day(one.get("birth_date"), zone)))
        return tuple(found)

    return read


def _parts(parts: dict[str, str]) -> dict[str, Getter]:
    return {name: getter(path) for name, path in parts.items()}


def _cut(received: list[dict[str, Any]], field: str, flags: list[str]) -> list[dict[str, Any]]:
    if len(received) > _MOST_LISTED:
        flags.append(f"{field}_truncated")
    return received[:_MOST_LISTED]
