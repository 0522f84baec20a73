"""CPF and CNPJ (with letters): canonical form, check digits, the form people read.

Rules: CPF by module 11; CNPJ by IN RFB 2.229/2024, where a character counts as its ASCII code
minus 48 and only the two check digits must be numeric.
"""

import re
from operator import mul

from mirror.records import Document
from mirror.text import IdentifierError, clean

_CNPJ_WEIGHTS = (6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2)
_CHECK_DIGITS = b"00987654321"  # by the remainder of module 11
# A character counts as its code minus 48; a sum over codes is too high by 48 times the weights.
_CPF_EXCESS = 48 * sum(range(2, 11)), 48 * sum(range(2, 12))
_CNPJ_EXCESS = 48 * sum(_CNPJ_WEIGHTS[1:]), 48 * sum(_CNPJ_WEIGHTS)

_is_cpf = re.compile("[0-9]{11}").fullmatch
_is_cnpj = re.compile("[0-9A-Z]{12}[0-9]{2}").fullmatch
_is_cnpj_long = re.compile("(?=[A-Z]*[0-9])[0-9A-Z]{14}").fullmatch
_label = re.compile(r"\s*(?:CPF|CNPJ)\b(?:\s*n[.ºª°]+)?[\s:.-]*", re.IGNORECASE).match


def parse_document(raw: str, kind: str | None = None) -> Document | None:
    """Read a CPF (11 digits), a CNPJ (14 characters) or something else; None where nothing is left.

    Punctuation and spaces of any alphabet go, letters become upper case, nothing is zero-padded.
    ``kind`` is whose document it is: a person's 14 characters with a letter in a check digit are
    somebody's foreign number (``other``), without the hint they are a CNPJ typed wrong.
    An ``other`` is kept as received and never ``valid``.
    Raises IdentifierError ``non_ascii_digits`` for digits that are not 0 to 9.
    """
    plain = raw.replace(".", "").replace("-", "").replace("/", "")
    if len(plain) == 11 and plain.isascii() and plain.isdigit():
        return Document("cpf", plain, plain != plain[0] * 11 and _cpf_checks(plain))
    if len(plain) == 14 and _is_cnpj(plain):
        return Document("cnpj", plain, cnpj_valid(plain))
    return _parse_unusual(raw, kind)


def _parse_unusual(raw: str, kind: str | None) -> Document | None:
    text = canonical_document(raw)
    if not text:
        return None
    if _is_cpf(text):
        return Document("cpf", text, cpf_valid(text))
    if _is_cnpj(text) or (kind != "PF" and _is_cnpj_long(text)):
        return Document("cnpj", text, cnpj_valid(text))
    return Document("other", clean(raw) or text, False)


def canonical_document(raw: str) -> str:
    """Letters and digits only, upper case, no leading "CPF:": what every document is searched by.

    Raises IdentifierError ``non_ascii_digits``.
    """
    label = _label(raw)
    text = "".join(filter(str.isalnum, raw[label.end() :] if label else raw))
    if not text.isascii() and any(c.isdigit() and not c.isascii() for c in text):
        raise IdentifierError("non_ascii_digits")
    return text.upper()


def number_like(canonical: str) -> bool:
    """Whether at least half of a canonical text is digits: what else is no document but words."""
    return 0 < len(canonical) <= 2 * sum(map(str.isdigit, canonical))


def cpf_valid(canonical: str) -> bool:
    """Whether 11 digits carry the right check digits and are not one digit repeated."""
    if not _is_cpf(canonical) or canonical == canonical[0] * 11:
        return False
    return _cpf_checks(canonical)


def _cpf_checks(digits: str) -> bool:
    # Written out because every record of a sync passes here: half the time of a loop.
    a, b, c, d, e, f, g, h, i, first, second = digits.encode()
    one = 10 * a + 9 * b + 8 * c + 7 * d + 6 * e + 5 * f + 4 * g + 3 * h + 2 * i
    two = one + a + b + c + d + e + f + g + h + i + 2 * first
    right = _CHECK_DIGITS[(one - _CPF_EXCESS[0]) % 11], _CHECK_DIGITS[(two - _CPF_EXCESS[1]) % 11]
    return (first, second) == right


def cnpj_valid(canonical: str) -> bool:
    """Whether 14 upper-case characters carry the right check digits and are not one repeated."""
    if not _is_cnpj(canonical) or canonical == canonical[0] * 14:
        return False
    codes = canonical.encode()
    one: int = sum(map(mul, codes, _CNPJ_WEIGHTS[1:])) - _CNPJ_EXCESS[0]
    two: int = sum(map(mul, codes, _CNPJ_WEIGHTS)) - _CNPJ_EXCESS[1]
    return codes[12] == _CHECK_DIGITS[one % 11] and codes[13] == _CHECK_DIGITS[two % 11]


def format_document(doc_kind: str, canonical: str) -> str:
    """``123.456.789-09``, ``12.ABC.345/01DE-35``; anything else unchanged."""
    c = canonical
    if doc_kind == "cpf" and len(c) == 11:
        return f"{c[:3]}.{c[3:6]}.{c[6:9]}-{c[9:]}"
    if doc_kind == "cnpj" and len(c) == 14:
        return f"{c[:2]}.{c[2:5]}.{c[5:8]}/{c[8:12]}-{c[12:]}"
    return c
