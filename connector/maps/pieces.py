"""Readers for what a customer has several of: documents, e-mails, phones, addresses, people."""

from datetime import tzinfo
from typing import Any

from connector.maps import values
from connector.maps.definition import Parts, Words
from connector.maps.fields import Reader, lines_of
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
            received = get(record)
            if received is None:
                continue
            for value in values.items(received)[:_MOST_LISTED]:
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


def emails(paths: list[str]) -> Reader:
    """E-mail addresses in canonical form; what is not one is left out with a flag."""
    getters = [getter(path) for path in paths]

    def read(record: dict[str, Any], flags: list[str]) -> tuple[str, ...]:
        found: dict[str, None] = {}
        for get in getters:
            for value in values.items(get(record))[:_MOST_LISTED]:
                if shown := values.text(value, "emails", values.LONG):
                    address = parse_email(shown)
                    if address is None:
                        flags.append("email_invalid")
                    else:
                        found[address] = None
        return tuple(found)

    return read


def phones(spec: Parts, default_ddd: str | None) -> Reader:
    """Telephones in E.164 where they can be read; a text that is no number refuses the record."""
    get, part = getter(spec.at), _parts(spec.parts)
    number_of, label_of = part["number"], part.get("label")

    def read(record: dict[str, Any], flags: list[str]) -> tuple[Phone, ...]:
        found: dict[str, Phone] = {}
        for item in _listed(get(record), "phones", flags):
            phone = _phone(number_of(item), "phones", default_ddd, flags)
            if phone is not None and phone.number not in found:
                label = values.text(label_of(item), "phones") if label_of else None
                found[phone.number] = Phone(
                    phone.number, phone.kind, phone.flags, label or phone.label
                )
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


def addresses(spec: Parts) -> Reader:
    """Postal addresses, the main one first."""
    get = getter(spec.at)
    main = getter(spec.parts["main"]) if "main" in spec.parts else None
    wanted = lines_of({name: path for name, path in spec.parts.items() if name != "main"})

    def read(record: dict[str, Any], flags: list[str]) -> tuple[Address, ...]:
        first, others = [], []
        for item in _listed(get(record), "addresses", flags):
            found: dict[str, Any] = values.lines(item, wanted, "addresses")
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


def contacts(spec: Parts, default_ddd: str | None) -> Reader:
    """People to talk to in a company; those without a name are left out."""
    get = getter(spec.at)
    phone_of = getter(spec.parts["phone"]) if "phone" in spec.parts else None
    wanted = lines_of({name: path for name, path in spec.parts.items() if name != "phone"})

    def read(record: dict[str, Any], flags: list[str]) -> tuple[Contact, ...]:
        found = []
        for item in _listed(get(record), "contacts", flags):
            one = values.lines(item, wanted, "contacts")
            if "name" in one:
                phone = phone_of and _phone(phone_of(item), "contacts", default_ddd, flags)
                email = parse_email(one["email"]) if "email" in one else None
                found.append(Contact(one["name"], one.get("role"), email, phone))
        return tuple(found)

    return read


def dependents(spec: Parts, zone: tzinfo) -> Reader:
    """Dependents with a name; more than fifty are a fault of the record."""
    get, part = getter(spec.at), _parts(spec.parts)
    nothing: Getter = lambda item: None  # noqa: E731 - a getter like the others
    birth_of = part.get("birth_date", nothing)
    relation_of = part.get("relation", nothing)

    def read(record: dict[str, Any], flags: list[str]) -> tuple[Dependent, ...]:
        received = get(record)
        if not received:
            return ()
        found = []
        for item in values.objects(received, "dependents", _MOST_DEPENDENTS):
            if name := values.text(part["name"](item), "dependents"):
                relation = values.text(relation_of(item), "dependents")
                found.append(Dependent(name, relation, values.day(birth_of(item), zone)))
        return tuple(found)

    return read


def _parts(parts: dict[str, str]) -> dict[str, Getter]:
    return {name: getter(path) for name, path in parts.items()}


def _listed(received: Any, field: str, flags: list[str]) -> list[dict[str, Any]]:
    if not received:
        return []
    found = values.objects(received, field, _MOST_RECEIVED)
    if len(found) > _MOST_LISTED:
        flags.append(f"{field}_truncated")
    return found[:_MOST_LISTED]
