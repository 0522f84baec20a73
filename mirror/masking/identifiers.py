"""Masks of documents, telephones and e-mail addresses.

A CPF shows as the public sector shows it (art. 129 § 2º of Lei 13.473/2017, followed by Receita
Federal): without its first three digits and without the check digits. That leaves a thousand
candidates, so devices, which nobody watches, get less: only of what staff see as well, for whoever
has both a session and a token must not learn more by the second.
"""

import json
from typing import Any

from mirror.identifiers.phones import country_code
from mirror.records import Document, Phone

STYLES = ("staff", "device")
_HIDDEN = "****"
_LONG_ENOUGH = 8
"""Of a shorter number even the end would be most of it."""


def mask_document(document: Document, style: str = "staff") -> str:
    """``***.456.789-**`` and ``**.222.333/****-**``; for ``device`` only the end.

    ``device``: ``***.***.*89-**`` and ``**.***.*33/****-**``, digits that staff see too, never a
    check digit. Other documents show their last two characters in both styles. Raises ValueError
    for any other style.
    """
    if style not in STYLES:
        raise ValueError(f"A document mask is one of {', '.join(STYLES)}.")
    value, device = document.value, style == "device"
    if document.kind == "cpf" and len(value) == 11:
        return f"***.***.*{value[7:9]}-**" if device else f"***.{value[3:6]}.{value[6:9]}-**"
    if document.kind == "cnpj" and len(value) == 14:
        return (
            f"**.***.*{value[6:8]}/****-**" if device else f"**.{value[2:5]}.{value[5:8]}/****-**"
        )
    return _ending(value, 2)


def mask_phone(phone: Phone) -> str:
    """``(11) 9****-4321``, ``(11) ****-4567``: area code and the last four digits.

    Without an area code ``****-4567``, foreign ``+1 ****0123``; a number that could not be read
    may be anything, so it shows two digits at most. A toll-free number is nobody's and is shown.
    """
    number = phone.number
    if phone.kind == "mobile":
        return f"({number[3:5]}) 9{_HIDDEN}-{number[-4:]}"
    if phone.kind == "landline":
        return f"({number[3:5]}) {_HIDDEN}-{number[-4:]}"
    if phone.kind == "local":
        return f"{'9' if len(number) == 9 else ''}{_HIDDEN}-{number[-4:]}"
    if phone.kind == "foreign":
        return f"+{country_code(number)} {_HIDDEN}{number[-4:]}"
    if phone.kind == "toll_free":
        return f"{number[:4]} {number[4:7]} {number[7:]}"
    return _ending(number, 2)


def mask_email(email: str) -> str:
    """``m***@dominio.com.br``; a name of one letter is hidden whole: ``*@dominio.com.br``."""
    name, at, domain = email.rpartition("@")
    if not at:
        return _HIDDEN
    return f"*@{domain}" if len(name) < 2 else f"{name[0]}***@{domain}"


_LONGEST_SHAPE = 40


def mask_shape(value: Any) -> str:
    """What a value looks like, and nothing of it: ``999.999.999-99``, ``aaa@aaa.aaa``, ``["aaa"]``.

    Digits are nines, every other letter is an ``a``; marks and blanks stay.
    """
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False)
    shown = "".join(map(_alike, text[: _LONGEST_SHAPE + 1]))
    return f"{shown[:_LONGEST_SHAPE]}…" if len(shown) > _LONGEST_SHAPE else shown


def _alike(letter: str) -> str:
    if letter.isdigit():
        return "9"
    return letter if letter.isascii() and not letter.isalnum() and letter.isprintable() else "a"


def _ending(value: str, shown: int) -> str:
    return _HIDDEN + value[-shown:] if len(value) >= _LONG_ENOUGH else _HIDDEN
