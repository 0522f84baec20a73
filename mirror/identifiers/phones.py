"""Brazilian telephones as people type them, read into E.164.

Rules: Anatel's 67 area codes; the ninth digit of Resolução 553/2010, added to the left of every
mobile number whatever its first digit; landlines and trunking keep eight digits.
"""

import re
from collections.abc import Iterator

from mirror.records import Phone
from mirror.text import IdentifierError, clean

_ALL = "123456789"
_DDD_ENDS = ("", _ALL, "12478", "1234578", _ALL, "1345", _ALL, "134579", _ALL, _ALL)
DDDS = frozenset(f"{first}{end}" for first, ends in enumerate(_DDD_ENDS) for end in ends)
# 55 may be the country code, the others may be one digit repeated: they take the long way.
_CERTAIN_DDDS = DDDS - {"22", "33", "44", "55", "99"}

_LONGEST_TEXT = 120
_LONGEST_NUMBER = 15  # E.164
_LONGEST_NATIONAL = 14  # with a zero, a carrier and eleven digits

_usual = re.compile(
    r"(?:\+?55 ?)?\(?([1-9][0-9])\)? ?(?:(9[0-9]{4})|([2-5][0-9]{3}))[- ]?([0-9]{4})"
).fullmatch
_extension = re.compile(
    r"[\s,;/-]*\b(?:ramal|ram\.?|r\.|ext(?:ens[aã]o|ension)?\.?|x)[\s:.]*([0-9]{1,6})$",
    re.IGNORECASE,
).search
_placeholder = re.compile(r"\b0 ?x{2} ?(?=[0-9])", re.IGNORECASE)  # 0xx11: any carrier
_and = re.compile(r"(?<=[0-9]) (?:e|ou) (?=[0-9+(])", re.IGNORECASE)
_foreign_matter = re.compile(r"[^0-9 +()./\\,;|‐‑‒–—−-]").search
_mark = re.compile(r"[/\\,;|]")
_gap = re.compile(r" [-–—] |(?<=[0-9]) ?(?=[+(])|(?<=[0-9]{4}) (?=[0-9])")
_not_digits = re.compile("[^0-9]+")
_no_area = re.compile(r" *\(00\)").match  # in brackets an area code is meant, not "abroad"
_toll_free = re.compile("0[3589]00[0-9]{6,7}").fullmatch

_READ = ("mobile", "landline", "toll_free", "foreign", "local")


def parse_phone(raw: str, default_ddd: str | None = None) -> Phone | None:
    """Read the first number of a text; None when it holds no digit ("não tem").

    ``default_ddd`` completes a number typed without its area code (flag ``default_ddd``); without
    it such a number stays ``local``. An extension is split off: flag, and ``ramal 9`` as label.
    Raises IdentifierError: ``phone_not_a_number`` for other letters or signs, or more than 15
    digits; ``non_ascii_digits``.
    """
    usual = _usual(raw)
    if usual and usual[1] in _CERTAIN_DDDS:
        ddd, mobile, landline, end = usual.groups()
        if mobile:
            return Phone(f"+55{ddd}{mobile}{end}", "mobile")
        return Phone(f"+55{ddd}{landline}{end}", "landline")
    plain = raw.replace("-", "").replace(" ", "").replace("(", "").replace(")", "")
    digits = plain[1:] if plain[:1] == "+" else plain
    if len(digits) <= _LONGEST_NATIONAL and digits.isascii() and digits.isdigit():
        phone = _read(raw, digits, default_ddd)
        if phone.kind in _READ:
            return phone
    return _parse_unusual(raw, default_ddd)


def _parse_unusual(raw: str, default_ddd: str | None) -> Phone | None:
    if len(raw) > _LONGEST_TEXT:
        raise IdentifierError("phone_not_a_number")
    text = _placeholder.sub("0", clean(raw) or "")
    if not text or not any(map(str.isdigit, text)):
        return None
    if any(c.isdigit() and not c.isascii() for c in text):
        raise IdentifierError("non_ascii_digits")
    extension = _extension(text)
    if not extension:
        return _first_number(text, default_ddd)
    phone = _first_number(text[: extension.start()], default_ddd)
    flags = (*phone.flags, "extension")
    return Phone(phone.number, phone.kind, flags, f"ramal {extension[1]}")


def _first_number(text: str, default_ddd: str | None) -> Phone:
    text = _and.sub(";", text)
    if _foreign_matter(text):
        raise IdentifierError("phone_not_a_number")
    readings = [_read(part, _not_digits.sub("", part), default_ddd) for part in _parts(text)]
    for phone in readings:
        if phone.kind in _READ:
            return phone
    phone = next((p for p in readings if len(p.number) >= 8), readings[-1])
    if not 0 < len(phone.number) <= _LONGEST_NUMBER:
        raise IdentifierError("phone_not_a_number")
    return phone


def _parts(text: str) -> Iterator[str]:
    """Where the first number may end, likeliest first: whole, at a mark, at a gap within that."""
    for mark in (*_mark.finditer(text), None):
        part = text[: mark.start()] if mark else text
        yield part
        yield from (part[: gap.start()] for gap in _gap.finditer(part))


def _read(text: str, digits: str, default_ddd: str | None) -> Phone:
    if text.lstrip(" (").startswith("+"):
        return _international(digits, digits, default_ddd)
    if len(digits) in (10, 11) and _no_area(text):
        return Phone(digits, "invalid_ddd")
    if digits.startswith("00"):
        return _international(digits, digits[2:], default_ddd)
    if digits.startswith("0"):
        return _trunk(digits)
    if len(digits) in (12, 13) and digits.startswith("55"):
        return _national(digits, digits[2:])
    if len(digits) in (10, 11):
        may_be_country = len(digits) == 11 and digits.startswith("55") and "(" not in text
        return _national(digits, digits, ("ddd_55",) if may_be_country else ())
    return _local(digits, digits, default_ddd)


def _international(received: str, number: str, default_ddd: str | None) -> Phone:
    """A number with its country code: Brazil's is read on, others pass by E.164's length alone."""
    if number.startswith("55"):
        national = number[2:].removeprefix("0")
        if len(national) in (11, 12) and national[2] == "0":  # 0 before the number, after its DDD
            national = national[:2] + national[3:]
        if len(national) in (10, 11):
            return _national(received, national)
        return _local(received, national, default_ddd)
    if 7 <= len(number) <= _LONGEST_NUMBER and number[0] != "0":
        return Phone("+" + number, "foreign")
    return Phone(received, "invalid")


def _trunk(received: str) -> Phone:
    """After a leading zero: a non-geographic number, an area code, or a carrier and one."""
    if _toll_free(received):
        return Phone(received, "toll_free")
    number = received[1:]
    if len(number) in (12, 13):
        return _national(received, number[2:], ("carrier_code",))
    if len(number) in (10, 11):
        return _national(received, number)
    return Phone(received, "invalid")


def _local(received: str, number: str, default_ddd: str | None) -> Phone:
    shaped = (len(number) == 9 and number[0] == "9") or (len(number) == 8 and number[0] > "1")
    if not shaped or _one_digit(number):
        return Phone(received, "invalid")
    if default_ddd:
        return _national(received, default_ddd + number, ("default_ddd",))
    return Phone(number, "local")


def _national(received: str, number: str, flags: tuple[str, ...] = ()) -> Phone:
    """Area code and subscriber, 10 or 11 digits: the ninth digit is added where it is missing."""
    ddd, first = number[:2], number[2]
    if _one_digit(number):
        return Phone(received, "invalid")
    if ddd not in DDDS:
        return Phone(received, "invalid_ddd")
    if len(number) == 11:
        return (
            Phone("+55" + number, "mobile", flags) if first == "9" else Phone(received, "invalid")
        )
    if first in "01":
        return Phone(received, "invalid")
    if first in "2345":
        return Phone("+55" + number, "landline", flags)
    assumed = ("ninth_digit", "sme_ambiguous") if first == "7" else ("ninth_digit",)
    return Phone(f"+55{ddd}9{number[2:]}", "mobile", assumed + flags)


def _one_digit(number: str) -> bool:
    return number == number[0] * len(number)


# A telephone's other forms: for the eye, for the search by its end, for WhatsApp.

_ONE_DIGIT_CODES = ("1", "7")
_TWO_DIGIT_CODES = frozenset(
    {20, 27, *range(30, 35), 36, *range(39, 42), *range(43, 50), *range(51, 59)}
    | {*range(60, 67), 81, 82, 84, 86, *range(90, 96), 98}
)
"""ITU-T E.164 country codes; every other code has three digits."""


def phone_tail(number: str) -> str:
    """The last eight digits: how a number typed without its area code or ninth digit is found."""
    return number[-8:]


def format_phone(number: str) -> str:
    """``(11) 91234-5678``, ``(11) 3123-4567``, foreign ``+1 2025550123``, local ``3123-4567``."""
    if number.startswith("+55") and len(number) in (13, 14):
        return f"({number[3:5]}) {_halves(number[5:])}"
    if number.startswith("+"):
        code = country_code(number)
        return f"+{code} {number[1 + len(code) :]}"
    if len(number) in (8, 9):
        return _halves(number)
    if number.startswith("0") and number[2:4] == "00":
        return f"{number[:4]} {number[4:7]} {number[7:]}"
    return number


def country_code(number: str) -> str:
    """The country code of an E.164 number, by ITU-T's list."""
    if number[1] in _ONE_DIGIT_CODES:
        return number[1]
    return number[1:3] if int(number[1:3]) in _TWO_DIGIT_CODES else number[1:4]


def _halves(subscriber: str) -> str:
    return f"{subscriber[:-4]}-{subscriber[-4:]}"


def whatsapp_url(phone: Phone) -> str | None:
    """``https://wa.me/<digits>`` of a mobile, None for every other kind."""
    return f"https://wa.me/{phone.number[1:]}" if phone.kind == "mobile" else None
