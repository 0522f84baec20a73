"""CPF and CNPJ (with letters): canonical form, check digits, the form people read.

Rules: CPF by module 11; CNPJ by IN RFB 2.229/2024, where a character counts as its ASCII code
minus 48 and only the two check digits must be numeric.
"""

import re
from operator import mul

from mirror.records import Document
from mirror.text import clean, in_ascii

_CNPJ_WEIGHTS = (6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2)
_CHECK_DIGITS = b"00987654321"  # by the remainder of module 11
# A character counts as its code minus 48; a sum over codes is too high by 48 times the weights.
_CPF_EXCESS = 48 * sum(range(2, 11)), 48 * sum(range(2, 12))
_CNPJ_EXCESS = 48 * sum(_CNPJ_WEIGHTS[1:]), 48 * sum(_CNPJ_WEIGHTS)

_is_cpf = re.compile("[0-9]{11}").fullmatch
_is_cnpj = re.compile("[0-9A-Z]{12}[0-9]{2}").fullmatch
_is_cnpj_long = re.compile("(?=[A-Z]*[0-9])[0-9A-Z]{14}").fullmatch
_NAMES = r"C\.?P\.?F|C\.?N\.?P\.?J|C\.?G\.?C|C\.?I\.?C|(?P<other>R\.?G)|DOC(?:UMENTO)?"
_label = re.compile(
    rf"[\s:(]*(?:{_NAMES})(?![A-Z])(?:[\s./(]*(?:MF|CPF|CNPJ)(?![A-Z]))*[\s.):]*"
    r"(?:n(?:[.ºª°]+|o[.ºª°]*|[uú]mero)(?![A-Z]))?[\s:.=#-]*",
    re.IGNORECASE,
).match
_label_behind = re.compile(r"(?<=[0-9])[\s,;(-]*(?:CPF|CNPJ)[\s.)]*\Z", re.IGNORECASE).search
_with_fraction = re.compile(r"[0-9]{8,14}\.0").fullmatch
_number_in_words = re.compile(r"(?<![0-9A-Z])[0-9](?:[\s./-]{0,3}[0-9]){10,13}(?![0-9A-Z])").findall


def parse_document(raw: str, kind: str | None = None) -> Document | None:
    """Read a CPF (11 digits), a CNPJ (14 characters) or something else; None where nothing is left.

    Punctuation, spaces, names ("CPF:", "C.P.F. nº") and the fraction of a number (``.0``) go,
    letters become upper case, digits of any alphabet are digits, nothing is zero-padded.
    ``kind`` is whose document it is: a person's 14 characters with a letter in a check digit are
    somebody's foreign number (``other``), without the hint they are a CNPJ typed wrong.
    An ``other`` is kept as received and never ``valid``.
    """
    plain = raw.replace(".", "").replace("-", "").replace("/", "")
    if raw[-2:] != ".0":
        if len(plain) == 11 and plain.isascii() and plain.isdigit():
            return Document("cpf", plain, plain != plain[0] * 11 and _cpf_checks(plain))
        if len(plain) == 14 and _is_cnpj(plain) and plain.isdigit():
            return Document("cnpj", plain, cnpj_valid(plain))
    return _parse_unusual(raw, kind)


def _parse_unusual(raw: str, kind: str | None) -> Document | None:
    text, named_other = _unlabelled(raw)
    if not text:
        return None
    if named_other:
        return Document("other", clean(raw) or text, False)
    if _is_cpf(text):
        return Document("cpf", text, cpf_valid(text))
    if _is_cnpj(text) or (kind != "PF" and _is_cnpj_long(text)):
        return Document("cnpj", text, cnpj_valid(text))
    return Document("other", clean(raw) or text, False)


def canonical_document(raw: str) -> str:
    """Letters and digits, upper case, no leading "CPF:": what every document is searched by."""
    return _unlabelled(raw)[0]


def _unlabelled(raw: str) -> tuple[str, bool]:
    """A document's letters and digits, and whether it is named as one that is no CPF nor CNPJ."""
    text = in_ascii(raw)
    whole = _letters_and_digits(text)
    label = _label(text)
    behind = None if label else _label_behind(text)
    if not label and not behind:
        return (whole[:-1] if _with_fraction(text.strip()) else whole), False
    left = text[label.end() :] if label else text[: behind.start()] if behind else text
    rest = _letters_and_digits(left)
    if not any(map(str.isdigit, rest)) or (cnpj_valid(whole) and not cpf_valid(rest)):
        return whole, False  # CPF is also how a CNPJ with letters may begin
    return (rest[:-1] if _with_fraction(left.strip()) else rest), bool(label and label["other"])


def _letters_and_digits(text: str) -> str:
    return "".join(filter(str.isalnum, text)).upper()


# What became of documents on their way through spreadsheets and forms.

_LENGTHS = {"cpf": 11, "cnpj": 14}
_FEWEST = {"cpf": 9, "cnpj": 11}
"""One number in a hundred has right check digits: what lost more zeros than that may be any."""
_like_an_rg = re.compile(r"[0-9]{1,2}\.[0-9]{3}\.[0-9]{3}-[0-9Xx]").fullmatch


def restored_document(
    raw: str, kind: str | None, *, number: bool = False
) -> tuple[Document | None, str | None]:
    """A field's document, and the flag of what was done to it, where that took a second look.

    Zeros that a number has lost or too many are mended (``document_zeros``), and a number among
    words is found (``document_words``): both only where the check digits then agree. ``number``:
    it came as one, so all of a known kind's zeros may be lost.
    """
    document = parse_document(raw, kind)
    if document is None or document.valid:
        return document, None
    digits = canonical_document(raw)
    if digits.isdigit():
        mended = None if _like_an_rg(raw.strip()) else _mended(digits, kind, number=number)
        return (mended, "document_zeros") if mended else (document, None)
    inside = {_letters_and_digits(one) for one in _number_in_words(in_ascii(raw).upper())}
    found = [one for one in map(parse_document, inside) if one and one.valid]
    if document.kind == "other" and len(found) == 1:
        return found[0], "document_words"
    return document, None


def _mended(digits: str, kind: str | None, *, number: bool) -> Document | None:
    own = {"PF": "cpf", "PJ": "cnpj"}.get(kind or "")
    bare = digits.lstrip("0")
    for name in ("cnpj", "cpf") if own == "cnpj" else ("cpf", "cnpj"):
        fewest = 1 if number and name == own else _FEWEST[name]
        if own != name and len(digits) <= _LENGTHS["cpf"] and (own or name == "cnpj"):
            continue  # a CPF typed wrong is no company's, nor a company's number a person's
        value = bare.zfill(_LENGTHS[name])
        if len(bare) >= fewest and (cpf_valid if name == "cpf" else cnpj_valid)(value):
            return Document(name, value)
    return None


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
