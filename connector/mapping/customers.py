"""Turns a master's JSON into customers: the map is data, compiled once into plain functions.

Only what the map names is read; everything else a master sends is dropped unread (LGPD art. 6 III).
What a record can do without is left out with a flag; what would make it wrong is refused.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from hashlib import blake2b
from itertools import zip_longest
from typing import Any

import msgspec

from connector.mapping import Map, Parts, Words, fields, places_of, values
from connector.mapping.expressions import Dialect, One, carrier, keys_of, nothing, reading
from connector.mapping.fields import RULES, Reader, Whose
from connector.mapping.strict_json import absent
from connector.mapping.values import Refused, listed, parts_of, several
from mirror.identifiers import parse_document, parse_email, parse_emails, parse_phones
from mirror.identifiers.documents import restored_document
from mirror.identifiers.phones import plain_phone
from mirror.records import (
    KINDS,
    Address,
    Contact,
    Customer,
    Dependent,
    Document,
    Loyalty,
    Phone,
)
from mirror.standing.rules import AXES
from mirror.text import fold

_LINES = (
    "name", "trade_name", "category", "gender", "seller", "profile", "payment_method",
    "payment_terms",
)  # fmt: skip


class Translator:
    """Reads customers by one map."""

    whose: Whose = staticmethod(nothing)
    """A customer is nobody's."""

    def __init__(self, map_: Map, dialect: Dialect, default_ddd: str | None = None) -> None:
        self._kind = fields.meaning(map_.kind, Map, "kind", dialect)
        self._registration = fields.meaning(map_.registration, Map, "registration", dialect)
        named = {field: path for field in _LINES if (path := getattr(map_, field))}
        self._lines = values.lines(dialect.lines(named))
        readers = _readers(map_, dialect, default_ddd).items()
        keyed = ((field, keys_of(places_of(map_, field)), read) for field, read in readers)
        self._read = reading(keyed)
        self._numbers = values.numbers(map_, dialect)
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
        found: dict[str, Any] = self._lines(record, flags)
        if "trade_name" in found and found["trade_name"] == found.get("name"):
            del found["trade_name"]  # many masters write the name into both
        self._read(record, flags, found)
        if found.get("contacts"):  # many masters name the person there too
            same = found.get("name")
            found["contacts"] = tuple(one for one in found["contacts"] if one.name != same)
        if kind == "unknown":
            kind = "PJ" if any(map(_of_a_company, found.get("documents", ()))) else "PF"
        if flags and any(one.startswith(values.OF_NUMBERS) for one in flags):
            found["left_out"] = self._left_out(record)
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

    def _left_out(self, record: Any) -> tuple[str, ...]:
        from mirror.masking import numbers_in  # few records need it

        return numbers_in(self._numbers(record))


def _of_a_company(document: Document) -> bool:
    """A CNPJ; not what only has a CNPJ's length, letters among it."""
    return document.kind == "cnpj" and (document.valid or document.value.isdigit())


_SHORTEST_NAME = 4


def unknown_words(found: Customer) -> Iterable[tuple[str, str]]:
    """Each field in whose place is a word that the map does not know, and the word.

    The word is empty where it is of the customer's own name: that is no vocabulary.
    """
    # Everybody passes here, and of nearly all of them there is nothing to say.
    says = found.kind_received or found.registration_received or found.standings
    return _unknown_words(found) if says else ()


def _unknown_words(found: Customer) -> Iterator[tuple[str, str]]:
    if found.kind_received:
        yield "kind", _unless_a_name(found.kind_received, found)
    if found.registration_received:
        yield "registration", _unless_a_name(found.registration_received, found)
    for axis, word in found.standings.items():
        if word not in AXES[axis].values:
            yield f"standings.{axis}", _unless_a_name(word, found)


def _unless_a_name(word: str, whose: Customer) -> str:
    if len(word) < _SHORTEST_NAME:
        return word
    names = fold(f"{whose.name} {whose.trade_name}").split()
    return "" if set(fold(word).split()) <= set(names) else word


def _readers(map_: Map, dialect: Dialect, default_ddd: str | None) -> dict[str, Reader]:
    makers: dict[str, Callable[[Any, str], Reader]] = {
        "notes": lambda spec, field: fields.notes(spec, field, dialect),
        "groups": lambda spec, field: fields.texts(spec, field, dialect),
        "tags": lambda spec, field: fields.texts(spec, field, dialect),
        "master_url": lambda spec, field: fields.link(spec, field, dialect),
        "state_registration": lambda spec, field: fields.first(spec, field, dialect),
        "loyalty": lambda spec, field: loyalty(spec, field, dialect),
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
    if any(spec.since for spec in map_.standings.values()):
        readers["standing_days"] = fields.standing_days(map_.standings, dialect)
    if map_.extras or map_.extra_pairs:
        readers["extras"] = fields.extras(map_, "extras", dialect)
    return readers


# What a customer has several of: telephones, from lists of objects or from fields of the record.


def phones(spec: Parts | list[One], dialect: Dialect, default_ddd: str | None) -> Reader:
    """Telephones in E.164 where they can be read, every number of every text; words stay out."""
    numbers = _objects(spec, dialect) if isinstance(spec, Parts) else _singles(spec, dialect)

    def read(record: dict[str, Any], flags: list[str]) -> tuple[Phone, ...]:
        found: dict[str, Phone] = {}
        for number, received_label in numbers(record, flags):
            for phone in read_phones(number, default_ddd, flags):
                if phone.number not in found:
                    label = received_label and values.spared(received_label, "phones", flags)
                    found[phone.number] = Phone(
                        phone.number, phone.kind, phone.flags, label or phone.label
                    )
        return tuple(found.values())

    return read


_Listed = Callable[[dict[str, Any], list[str]], list[tuple[Any, Any]]]


def _objects(spec: Parts, dialect: Dialect) -> _Listed:
    get, part = dialect.getter(spec.at), parts_of(spec.parts, dialect)
    number_of, label_of = part["number"], part.get("label") or nothing
    carry = carrier(spec.parts["number"])

    def read(record: dict[str, Any], flags: list[str]) -> list[tuple[Any, Any]]:
        found = listed(get(record), "phones", flags, carry=carry)
        return [(number_of(item), label_of(item)) for item in found]

    return read


def _singles(spec: list[One], dialect: Dialect) -> _Listed:
    getters = [dialect.getter(one) for one in spec]

    def read(record: dict[str, Any], flags: list[str]) -> list[tuple[Any, Any]]:
        return [(one, None) for get in getters for one in several(get(record), "phones", flags)]

    return read


def read_phones(value: Any, default_ddd: str | None, flags: list[str]) -> tuple[Phone, ...]:
    """The telephones in a value; what is none of them is left out with a flag."""
    if type(value) is str and (usual := plain_phone(value, default_ddd)):
        return (usual,)
    shown = _identifier(value, "phone_invalid", flags)
    if shown is None:
        return ()
    numbers = parse_phones(shown, default_ddd)
    if not numbers.phones or any(one.kind.startswith("invalid") for one in numbers.phones):
        flags.append("phone_invalid")
    if numbers.phones and numbers.left_out:
        flags.append("phone_words")
    return numbers.phones


def read_emails(value: Any, flags: list[str]) -> tuple[str, ...]:
    """The e-mail addresses in a value; what is none of them is left out with a flag."""
    if type(value) is str and (usual := parse_email(value)):
        return (usual,)
    shown = _identifier(value, "email_invalid", flags)
    if shown is None:
        return ()
    found = parse_emails(shown)
    if found.left_out:
        flags.append("email_words" if found.keys else "email_invalid")
    return found.keys


def _identifier(value: Any, flag: str, flags: list[str]) -> str | None:
    try:
        return values.whole_text(value, "")
    except Refused:
        flags.append(flag)
        return None


_MOST_DEPENDENTS = 50


def documents(paths: list[One], person: Words, dialect: Dialect) -> Reader:
    """CPF and CNPJ, checked; zeros that were lost come back where the check digits agree."""
    getters = [dialect.getter(path) for path in paths]
    kind_of = fields.meaning(person, Map, "kind", dialect)

    def read(record: dict[str, Any], flags: list[str]) -> tuple[Document, ...]:
        found: list[Document] = []
        for get in getters:
            received = get(record)
            if received is None:
                continue
            for value in several(received, "documents", flags):
                document = _right(value) or _document(value, kind_of(record)[0], flags)
                if document is None or document in found:
                    continue
                found.append(document)
                if not document.valid:
                    flags.append("document_invalid")
        return tuple(found)

    return read


_LONGEST_USUAL = 18  # of a CNPJ with its punctuation


def _right(value: Any) -> Document | None:
    """A document as nearly all are: whoever's it is, its check digits agree."""
    if type(value) is not str or len(value) > _LONGEST_USUAL:
        return None
    document = parse_document(value)
    return document if document and document.valid else None


def _document(value: Any, kind: str | None, flags: list[str]) -> Document | None:
    shown = _identifier(value, "document_invalid", flags)
    if shown is None:
        return None
    if len(shown) > values.SHORT or not any(map(str.isdigit, shown)):  # ISENTO, "não tem"
        flags.append("document_invalid")
        return None
    number = type(value) is not str
    document, mended = restored_document(shown, kind if kind in KINDS else None, number=number)
    if mended:
        flags.append(mended)
    return document


def emails(paths: list[One], dialect: Dialect) -> Reader:
    """E-mail addresses in canonical form, every one of every text."""
    getters = [dialect.getter(path) for path in paths]

    def read(record: dict[str, Any], flags: list[str]) -> tuple[str, ...]:
        found: dict[str, None] = {}
        for get in getters:
            for value in several(get(record), "emails", flags):
                for email in read_emails(value, flags):
                    found[email] = None
        return tuple(found)

    return read


def addresses(spec: Parts, dialect: Dialect) -> Reader:
    """Postal addresses, the main one first."""
    get = dialect.getter(spec.at)
    main = dialect.getter(spec.parts["main"]) if "main" in spec.parts else None
    named = {name: path for name, path in spec.parts.items() if name != "main"}
    lines = values.lines(dialect.lines(named), "addresses")
    carry = carrier(spec.parts.get("street"))

    def read(record: dict[str, Any], flags: list[str]) -> tuple[Address, ...]:
        first, others = [], []
        for item in listed(get(record), "addresses", flags, carry=carry):
            found: dict[str, Any] = lines(item, flags)
            if not found:
                continue
            if "postal_code" in found:
                found["postal_code"] = values.postal_code(found["postal_code"], flags)
            if main is not None and main(item) is True:
                first.append(Address(**found, main=True))
            else:
                others.append(Address(**found))
        return (*first, *others)

    return read


def contacts(spec: Parts, dialect: Dialect, default_ddd: str | None) -> Reader:
    """People to talk to in a company; those without a name are left out.

    Whoever has several telephones or addresses is there once for each.
    """
    get = dialect.getter(spec.at)
    apart = ("phone", "email")
    phone_of, email_of = (dialect.getter(spec.parts.get(name, "")) for name in apart)
    named = {name: path for name, path in spec.parts.items() if name not in apart}
    lines = values.lines(dialect.lines(named), "contacts")
    carry = carrier(spec.parts.get("name"))

    def read(record: dict[str, Any], flags: list[str]) -> tuple[Contact, ...]:
        found = []
        for item in listed(get(record), "contacts", flags, carry=carry):
            one = lines(item, flags)
            if "name" in one:
                phones = read_phones(phone_of(item), default_ddd, flags)
                emails = read_emails(email_of(item), flags)
                for email, phone in list(zip_longest(emails, phones)) or [(None, None)]:
                    found.append(Contact(one["name"], one.get("role"), email, phone))
        return tuple(found)

    return read


def dependents(spec: Parts, dialect: Dialect) -> Reader:
    """Dependents with a name, at most fifty."""
    get, part = dialect.getter(spec.at), parts_of(spec.parts, dialect)
    relation_of, carry = part.get("relation") or nothing, carrier(spec.parts["name"])
    birth_of = (
        fields.past_day(spec.parts["birth_date"], "dependents", dialect)
        if ("birth_date" in spec.parts)
        else None
    )

    def read(record: dict[str, Any], flags: list[str]) -> tuple[Dependent, ...]:
        found = []
        for item in listed(get(record), "dependents", flags, _MOST_DEPENDENTS, carry):
            if name := values.spared(part["name"](item), "dependents", flags):
                relation = values.spared(relation_of(item), "dependents", flags)
                birth = birth_of(item, flags) if birth_of else None
                found.append(Dependent(name, relation, birth))
        return tuple(found)

    return read


_NUMBERS = ("points", "points_to_next")


def loyalty(spec: Parts, field: str, dialect: Dialect) -> Reader:
    """The loyalty programme, None where the master says nothing of it."""
    get = dialect.getter(spec.at)
    numbers = [
        (name, dialect.getter(path)) for name, path in spec.parts.items() if name in _NUMBERS
    ]
    named = {name: path for name, path in spec.parts.items() if name not in _NUMBERS}
    words = values.lines(dialect.lines(named), field)

    def read(record: dict[str, Any], flags: list[str]) -> Loyalty | None:
        received = get(record)
        if received is None or absent(received):
            return None
        if type(received) is list:
            received = next((one for one in received if type(one) is dict), received)
        if type(received) is not dict:
            flags.append(f"{field}_invalid")
            return None
        found: dict[str, Any] = words(received, flags)
        for name, part in numbers:
            found[name] = _number(part(received), field, flags)
        return Loyalty(**found)

    return read


def _number(value: Any, field: str, flags: list[str]) -> int | None:
    if value is None or (type(value) is int and abs(value) < 10**15):
        return value
    try:
        return None if absent(value) else values.whole(value, field)
    except Refused:
        flags.append(f"{field}_invalid")
        return None
