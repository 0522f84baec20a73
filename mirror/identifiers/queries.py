"""The one search box: every way a typed text can be understood, and what is wrong with it."""

import re
from collections.abc import Iterable

import msgspec

from mirror.identifiers.documents import (
    canonical_document,
    format_document,
    number_like,
    parse_document,
    restored_document,
)
from mirror.identifiers.emails import parse_emails
from mirror.identifiers.phones import Numbers, format_phone, parse_phones, phone_tail
from mirror.identifiers.search_terms import PARTICLES, code_key, code_like, name_words
from mirror.records import Document, Phone
from mirror.text import clean, in_ascii

LONGEST_TERM = 200

_typed_control = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]").search
_is_number_text = re.compile(r"[0-9 +()./\\,;|-]+").fullmatch
_has_document_marks = re.compile(
    r"[0-9]{3}\.[0-9]{3}\.[0-9]{3}-[0-9]{2}|[0-9]{2}\.[0-9]{3}\.[0-9]{3}/[0-9]{4}-[0-9]{2}"
).fullmatch
_phone_label = re.compile(
    r"(?:tel|telefone|fone|cel|celular|whats|whatsapp|zap)[.:\s]+", re.IGNORECASE
).match
_WRAPPINGS = ('""', "''", "“”", "‘’", "«»", "[]", "()", "{}", "<>", "**", "||", "``")
_label = re.compile(
    r"(?:(?P<name>nome(?: completo| fantasia| social)?|raz[aã]o social)"
    r"|id|c[oó]d(?:igo)?\.?|cliente|matr[ií]cula)(?: do cliente)? ?(?:n[º°o.]{0,2} ?)?[:=#]"
    r"|(?:id|c[oó]d(?:igo)?\.?) (?=#?[0-9]+\Z)|#(?=[\w-]+\Z)",
    re.IGNORECASE,
).match
_chat_link = re.compile(
    r"(?:https?://)?(?:wa\.me/|(?:api|web)\.whatsapp\.com/send/?\?(?:[^#]*&)?phone=)"
    r"(?:\+|%2B)?([0-9]{8,15})(?![0-9])",
    re.IGNORECASE,
).match
_LETTERS_OF_A_LONE_NAME = 4
_LONGEST_SHORT_NAME = 2
"""3M, R7: with a digit in it a longer word of few letters is a code."""
_NO_NUMBERS = Numbers((), left_out=False)


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
    email_invalid cpf_check_digits cnpj_check_digits phone_area_code``.
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
    whole = clean(term) or ""
    text = _unwrapped(whole)
    if not text:
        return Query((), "empty")
    found = _classify_pasted(text, default_ddd)
    if text == whole or " " in whole or whole[0] not in "{[|":
        return found
    as_it_is = tuple(_code_readings(whole, document_too=False))  # {3F2504E0-…}: ids of Microsoft's
    return Query(as_it_is + found.readings, found.problem)


def _classify_pasted(text: str, default_ddd: str | None) -> Query:
    plain = in_ascii(text)
    link = _chat_link(plain)
    if link:
        return _classify_number(f"+{link[1]}", default_ddd)
    label = _label(plain)
    if label and (rest := text[label.end() :].strip()):
        return _classify_labelled(text, rest, default_ddd, named=bool(label["name"]))
    return _classify(text, plain, default_ddd)


def _classify(text: str, plain: str, default_ddd: str | None) -> Query:
    if "@" in plain:
        return _classify_email(plain)
    if _is_number_text(plain):
        return _classify_number(plain, default_ddd)
    return _classify_words(text, plain, default_ddd)


def _unwrapped(text: str) -> str:
    """The text without quotes or brackets around all of it, nor marks that end a cell."""
    text = text.strip().rstrip(";,").rstrip()
    inside = text[1:-1]
    if inside and text[0] + text[-1] in _WRAPPINGS and text[-1] not in inside:
        return _unwrapped(inside)
    return text


def _classify_labelled(text: str, rest: str, default_ddd: str | None, *, named: bool) -> Query:
    """What is pasted with its label: "ID: 100001" is the code behind it, or a code as it stands."""
    found = _classify(rest, in_ascii(rest), default_ddd)
    if named:
        return found
    readings = tuple(one for one in found.readings if one.kind != "name") or found.readings
    whole = tuple(one for one in _code_readings(text, document_too=False) if " " not in one.value)
    return Query(whole + readings, found.problem)


def _classify_email(text: str) -> Query:
    readings = tuple(Reading("email", key, f"e-mail {key}") for key in parse_emails(text).keys)
    readings = readings or tuple(_code_readings(text, document_too=False))
    return Query(readings, None if readings else "email_invalid")


def _classify_number(text: str, default_ddd: str | None) -> Query:
    """Digits and their punctuation: where it is a telephone's or a document's, it decides."""
    # Where the marks are a document's it is no telephone, whatever its digits.
    numbers = _NO_NUMBERS if _has_document_marks(text) else parse_phones(text, default_ddd)
    if "(" in text or "+" in text:
        return _classify_phone(text, numbers, default_ddd)
    phones = _phone_readings(numbers, default_ddd)
    document = parse_document(text)
    if phones and document and not document.valid and not text.isdigit():
        document = None
    return _query(text, text, document, phones)


def _classify_phone(text: str, numbers: Numbers, default_ddd: str | None) -> Query:
    first = numbers.phones[0] if numbers.phones else None
    if first and first.kind == "invalid_ddd":
        as_kept = Reading("phone", first.number, f"telefone {first.number}")
        return Query((as_kept,), "phone_area_code")
    readings = _phone_readings(numbers, default_ddd)
    return Query(readings, None if readings else _nothing_problem(text))


def _classify_words(text: str, plain: str, default_ddd: str | None) -> Query:
    named = _phone_label(plain)
    # Digits inside of one word are part of a code, whatever their number.
    numbers = parse_phones(plain, default_ddd) if named or " " in plain else _NO_NUMBERS
    phones = _phone_readings(numbers, default_ddd)
    if phones and (named or not numbers.left_out):
        return Query(phones, None)
    document = parse_document(plain) if any(map(str.isdigit, plain)) else None
    if document and not document.valid and " " in plain:
        inside, _ = restored_document(plain, None)
        if inside and inside.valid:
            return Query((*_document_readings(inside), *phones, *_name_readings(text)), None)
        if document.kind == "cnpj":
            document = None  # a name and a year have fourteen characters too
    return _query(text, plain, document, phones)


def _query(text: str, plain: str, document: Document | None, phones: tuple[Reading, ...]) -> Query:
    known = document if document and document.kind != "other" else None
    wrong = known is not None and not known.valid
    documents = _document_readings(known)
    numbers = phones + documents if wrong else documents + phones  # what can be right comes first
    if known and (known.valid or plain.isdigit() or not plain.isalnum()):
        readings = numbers
    else:
        codes = _code_readings(text) if plain.isdigit() or not phones else ()
        readings = (*numbers, *codes, *_name_readings(text))
    if known and wrong:
        return Query(readings, f"{known.kind}_check_digits")
    return Query(readings, None if readings else _nothing_problem(text))


def _document_readings(known: Document | None) -> tuple[Reading, ...]:
    if not known:
        return ()
    shown = f"{known.kind.upper()} {format_document(known.kind, known.value)}"
    return (Reading(known.kind, known.value, shown),)


def _phone_readings(numbers: Numbers, default_ddd: str | None) -> tuple[Reading, ...]:
    known = (phone for phone in numbers.phones if phone.kind not in ("invalid", "invalid_ddd"))
    return tuple(one for phone in known for one in _one_phone(phone, default_ddd))


def _one_phone(phone: Phone, default_ddd: str | None) -> Iterable[Reading]:
    full = Reading("phone", phone.number, f"telefone {format_phone(phone.number)}")
    tail = phone_tail(phone.number)
    by_end = Reading("phone_tail", tail, f"telefone com final {format_phone(tail)}")
    if phone.kind == "local":
        return (by_end,)
    if {"default_ddd", "same_ddd", "ddd_55"} & set(phone.flags):
        return full, by_end
    if default_ddd and phone.number.startswith(f"+55{default_ddd}"):
        here = phone.number[5:]  # kept without its area code by a master of this area
        return full, Reading("phone", here, f"telefone sem DDD {format_phone(here)}")
    return (full,)


def _code_readings(text: str, *, document_too: bool = True) -> Iterable[Reading]:
    """A customer code, and the document of neither length (a foreign one) it may be as well."""
    if code_like(text):
        yield Reading("code", code_key(text), f"código {text}")
    document = canonical_document(text)
    if document_too and number_like(document):
        yield Reading("document", document, f"documento {text}")


def _name_readings(text: str) -> tuple[Reading, ...]:
    words = name_words(text)
    value = " ".join(words)
    letters = sum(map(str.isalpha, value))
    lone = len(words) == 1 and letters < _LETTERS_OF_A_LONE_NAME  # of a code it is a part
    if not letters or (lone and len(value) > _LONGEST_SHORT_NAME and not value.isalpha()):
        return ()
    return (Reading("name", value, f"nome {value}"),)


def _nothing_problem(text: str) -> str:
    if set(text.casefold().split()) <= PARTICLES:
        return "only_particles"
    meaningful = sum(map(str.isalnum, text))
    return "too_short" if 0 < meaningful < _LETTERS_OF_A_LONE_NAME else "nothing_understood"
