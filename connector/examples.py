"""Shows what a field holds without showing it: the shape of a value, its letters hidden.

Stricter than the masks of `mirror.masking`: a wrong map may put anything into any field.
"""

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import msgspec

from mirror.masking import mask_birth_date, mask_document, mask_email, mask_phone
from mirror.records import Document, Phone

_WORD = re.compile(r"\w+")
_LONG = 4
"""Of a shorter word even the first letter would be much of it."""
_MOST, _SHOWN = 8, 72


def example_of(field: str, value: Any) -> str:
    """One value of a field of a customer, hidden; a list shows its first."""
    first = value[0] if isinstance(value, tuple) else value
    shown = _WAYS.get(field, _hidden)(first)
    return shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}…"


def _hidden(value: Any) -> str:
    if isinstance(value, msgspec.Struct):
        return _parts(value)
    if isinstance(value, dict):
        return ", ".join(f"{_hidden(label)}: {_hidden(one)}" for label, one in value.items())
    if isinstance(value, date):
        return mask_birth_date(value)
    return _WORD.sub(_word, str(value))


def _word(match: re.Match[str]) -> str:
    word = match[0]
    begins = word[0] if len(word) >= _LONG and word[0].isalpha() else "*"
    return begins + "*" * (min(len(word), _MOST) - 1)


def _parts(value: msgspec.Struct) -> str:
    """The parts that are filled, each with its shape."""
    filled = ((name, getattr(value, name)) for name in value.__struct_fields__)
    return ", ".join(f"{name} {_part(name, one)}" for name, one in filled if one not in (None, ""))


def _part(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return _WAYS.get(f"{name}s", _hidden)(value)


def _document(value: Document) -> str:
    right = "" if value.valid else ", wrong check digits"
    return f"{mask_document(value, 'device')} ({value.kind}{right})"


def _phone(value: Phone) -> str:
    # A toll-free number is shown by the masks of pages; here it may be anybody's.
    masked = _hidden(value.number) if value.kind == "toll_free" else mask_phone(value)
    return f"{masked} ({value.kind})"


def _email(value: str) -> str:
    name, _, domain = mask_email(value).partition("@")
    first, dot, rest = domain.partition(".")
    return f"{name}@{_hidden(first)}{dot}{rest}"


def _plain(value: Any) -> str:
    return str(value)


_WAYS: dict[str, Callable[[Any], str]] = {
    "kind": _plain,
    "registration": _plain,
    "flags": _plain,
    "documents": _document,
    "phones": _phone,
    "emails": _email,
    "master_url": lambda value: "https://…",
}
"""How fields are shown that have a way of their own; the first three hold our words only."""
