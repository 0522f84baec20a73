"""The one search box: every way a typed text can be understood, and what is wrong with it."""

import re
from collections.abc import Iterable

import msgspec

from mirror.identifiers.documents import (
    canonical_document,
    format_document,
    number_like,
    parse_document,
)
from mirror.identifiers.emails import parse_email
from mirror.identifiers.phones import format_phone, parse_phone, phone_tail
from mirror.identifiers.search_terms import PARTICLES, code_key, name_words
from mirror.records import Document, Phone
from mirror.text import IdentifierError, clean

LONGEST_TERM = 200

_typed_control = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]").search
_is_token = re.compile("(?=.*[0-9])[A-Za-z0-9_.:-]{1,64}").fullmatch
_is_number_text = re.compile(r"[0-9 +()./\\,;|‐‑‒–—−-]+").fullmatch
_has_document_dots = re.compile(
    r"[0-9]{3}\.[0-9]{3}\.[0-9]{3}[-–][0-9]{2}|[0-9]{2}\.[0-9]{3}\.[0-9]{3}/[0-9]{4}[-–][0-9]{2}"
).fullmatch
_phone_label = re.compile(
    r"(?:tel|telefone|fone|cel|celular|whats|whatsapp|zap)[.:\s]+", re.IGNORECASE
).match
_LETTERS_OF_A_LONE_NAME = 4


class Reading(msgspec.Struct, frozen=True):
    """One way to understand a search; its ``(kind, value)`` is a pair of the blind index.

    A name's ``value`` is its words, one space between: every word must be found.
    """

    kind: str
    """``cpf cnpj document email phone phone_tail code name``."""
    value: str
    shown: str
    """What is said back, in pt-BR: ``CPF 123.456.789-09``. Personal data: never logged."""


class Query(msgspec.Struct, frozen=True):
    """All readings of a term, the likeliest first, and the problem to tell, if any.

    Problems: ``empty too_long control_characters too_short only_particles nothing_understood
    non_ascii_digits email_invalid cpf_check_digits cnpj_check_digits phone_area_code``.
    A problem may come with readings: the mirror keeps invalid documents as the master has them.
    """

    readings: tuple[Reading, ...]
    problem: str | None


def classify(term: str, default_ddd: str | None = None) -> Query:
    """Understand what was typed into the search box; never raises, whatever the text."""
    if len(term) > LONGEST_TERM:
        return Query((), "too_long")
    if _typed_control(term):
        return Query((), "control_characters")
    text = clean(term)
    if not text:
        return Query((), "empty")
    if "@" in text:
        return _classify_email(text)
    if _is_number_text(text):
        return _classify_number(text, default_ddd)
    return _classify_words(text, default_ddd)


def _classify_email(text: str) -> Query:
    email = parse_email(text)
    if not email:
        return Query((), "email_invalid")
    return Query((Reading("email", email, f"e-mail {email}"),), None)


def _classify_number(text: str, default_ddd: str | None) -> Query:
    """Digits and their punctuation: where it is a telephone's or a document's, it decides."""
    if "(" in text or "+" in text:
        return _classify_phone(text, default_ddd)
    phones = () if _has_document_dots(text) else _phone_readings(_phone(text, default_ddd))
    document = parse_document(text)
    if phones and document and not document.valid and not text.isdigit():
        document = None
    return _query(text, document, phones)


def _classify_phone(text: str, default_ddd: str | None) -> Query:
    phone = _phone(text, default_ddd)
    if phone and phone.kind == "invalid_ddd":
        as_kept = Reading("phone", phone.number, f"telefone {phone.number}")
        return Query((as_kept,), "phone_area_code")
    readings = _phone_readings(phone)
    return Query(readings, None if readings else _nothing_problem(text))


def _classify_words(text: str, default_ddd: str | None) -> Query:
    label = _phone_label(text)
    phones = _phone_readings(_phone(text[label.end() :] if label else text, default_ddd))
    if phones:
        return Query(phones, None)
    try:
        document = parse_document(text) if any(map(str.isdigit, text)) else None
    except IdentifierError as error:
        names = _name_readings(text)
        return Query(names, None if names else error.code)
    if document and document.kind == "cnpj" and not document.valid and " " in text:
        document = None  # a name and a year have fourteen characters too
    return _query(text, document, ())


def _phone(text: str, default_ddd: str | None) -> Phone | None:
    try:
        return parse_phone(text, default_ddd)
    except IdentifierError:
        return None


def _query(text: str, document: Document | None, phones: tuple[Reading, ...]) -> Query:
    known = document if document and document.kind != "other" else None
    wrong = known is not None and not known.valid
    documents = _document_readings(known)
    numbers = phones + documents if wrong else documents + phones  # what can be right comes first
    if known and (known.valid or text.isdigit() or not text.isalnum()):
        readings = numbers
    else:
        readings = (*numbers, *_code_readings(text, bool(phones)), *_name_readings(text))
    if known and wrong:
        return Query(readings, f"{known.kind}_check_digits")
    return Query(readings, None if readings else _nothing_problem(text))


def _document_readings(known: Document | None) -> tuple[Reading, ...]:
    if not known:
        return ()
    shown = f"{known.kind.upper()} {format_document(known.kind, known.value)}"
    return (Reading(known.kind, known.value, shown),)


def _phone_readings(phone: Phone | None) -> tuple[Reading, ...]:
    if not phone or phone.kind in ("invalid", "invalid_ddd"):
        return ()
    full = Reading("phone", phone.number, f"telefone {format_phone(phone.number)}")
    tail = phone_tail(phone.number)
    by_end = Reading("phone_tail", tail, f"telefone com final {format_phone(tail)}")
    if phone.kind == "local":
        return (by_end,)
    return (full, by_end) if {"default_ddd", "ddd_55"} & set(phone.flags) else (full,)


def _code_readings(text: str, phone_too: bool) -> Iterable[Reading]:
    """A customer code, and the document of neither length (a foreign one) it may be as well."""
    if phone_too and not text.isdigit():
        return
    if _is_token(text):
        yield Reading("code", code_key(text), f"código {text}")
    document = canonical_document(text)
    if number_like(document):
        yield Reading("document", document, f"documento {text}")


def _name_readings(text: str) -> tuple[Reading, ...]:
    words = name_words(text)
    letters = sum(map(str.isalpha, text))
    if not words or letters < 2 or (len(words) == 1 and letters < _LETTERS_OF_A_LONE_NAME):
        return ()
    value = " ".join(words)
    return (Reading("name", value, f"nome {value}"),)


def _nothing_problem(text: str) -> str:
    if set(text.casefold().split()) <= PARTICLES:
        return "only_particles"
    meaningful = sum(map(str.isalnum, text))
    return "too_short" if 0 < meaningful < _LETTERS_OF_A_LONE_NAME else "nothing_understood"
