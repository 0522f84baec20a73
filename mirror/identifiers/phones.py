"""Brazilian telephones as people type them, words and all, read into E.164.

Rules: Anatel's 67 area codes; the ninth digit of Resolução 553/2010, added to the left of every
mobile number whatever its first digit; landlines and trunking keep eight digits. Numbers of no area
(0800, 0303, 4004) are dialled as they are.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from mirror.records import Phone
from mirror.text import clean, in_ascii

_ALL = "123456789"
_DDD_ENDS = ("", _ALL, "12478", "1234578", _ALL, "1345", _ALL, "134579", _ALL, _ALL)
DDDS = frozenset(f"{first}{end}" for first, ends in enumerate(_DDD_ENDS) for end in ends)
# 55 may be the country code, the others may be one digit repeated: they take the long way.
_CERTAIN_DDDS = DDDS - {"22", "33", "44", "55", "99"}

_LONGEST_TEXT = 300
"""A remark may be longer; nobody's number stands behind so much of it."""
_LONGEST_WRITTEN = 60
_LONGEST_NUMBER = 15  # E.164
_SHORTEST_NUMBER = 8
_AREA_AND_MORE = 5
_LONGEST_NATIONAL = 14  # with a zero, a carrier and eleven digits
_MOST = 20

_usual = re.compile(
    r"(?:\+?55 ?)?\(?([1-9][0-9])\)? ?(?:(9[0-9]{4})|([2-5][0-9]{3}))[- ]?([0-9]{4})"
).fullmatch
_placeholder = re.compile(r"\b0 ?x{2} ?(?=[0-9])", re.IGNORECASE)  # 0xx11: any carrier
_and = re.compile(r"(?<=[0-9]) (?:e|ou) (?=[0-9+(])", re.IGNORECASE)
_no_number = re.compile(
    # An e-mail, a date, a CPF, a CNPJ, a CEP: their digits are nobody's telephone.
    r"[^\s;,<>()]+@[^\s;,<>()]+|(?<![0-9-])[0-9]{1,2}/[0-9]{1,2}/(?:[0-9]{4}|[0-9]{2})(?![0-9])"
    r"|[0-9]{3}\.[0-9]{3}\.[0-9]{3}-[0-9]{2}(?![0-9])"
    r"|[0-9]{2}\.[0-9]{3}\.[0-9]{3}/[0-9]{4}-[0-9]{2}(?![0-9])"
    r"|\bCEP\W{0,3}[0-9]{5}-?[0-9]{3}(?![0-9])",
    re.IGNORECASE,
)
_fraction = re.compile(r"(?<=[0-9]{8})\.0(?![0-9])")  # of what was a number once
_digits_together = re.compile(r"[+(]*[0-9][0-9 +()./\\,;|-]*")
_extension = re.compile(
    r"[\s,;/-]*\b(?:ramal|ram\.?|r\.|ext(?:ens[aã]o|ension)?\.?|x)[\s:.]*([0-9]{1,6})(?![0-9])",
    re.IGNORECASE,
)
_mark = re.compile(r"[/\\,;|]")
_gap = re.compile(r" [-] |(?<=[0-9]) ?(?=[+(])|(?<=[0-9]{4}) (?=[0-9])")
_groups = re.compile("[0-9]+").findall
_not_digits = re.compile("[^0-9]+")
_no_area = re.compile(r" *\(00\)").match  # in brackets an area code is meant, not "abroad"
_area = re.compile(r"\( *0?[0-9]{2} *\)").search
_one_short = re.compile(r"[0-9]{4,5}[ .-]{1,3}[0-9]{3}[^0-9]*\Z").search
_toll_free = re.compile("0(?:[3589]00|303)[0-9]{6,7}").fullmatch
_nationwide = re.compile("(?:3003|4003|4004|4020)[0-9]{4}").fullmatch

_READ = ("mobile", "landline", "toll_free", "foreign", "local")


class Numbers(NamedTuple):
    """What a text holds of telephones."""

    phones: tuple[Phone, ...]
    """Each once, in the text's order; what has too few or too many digits with kind ``invalid``."""
    left_out: bool
    """Whether there were words too, or digits that are no number's."""


def parse_phone(raw: str, default_ddd: str | None = None) -> Phone | None:
    """The first number of a text as `parse_phones` reads it, None where there is none."""
    plain = plain_phone(raw, default_ddd)
    if plain:
        return plain
    return next(iter(_in_words(raw, default_ddd).phones), None)


def parse_phones(raw: str, default_ddd: str | None = None) -> Numbers:
    """Read every number of a text, whatever stands beside: "(11) 98765-4321 (Maria) ou 3123-4567".

    ``default_ddd`` completes a number typed without its area code (flag ``default_ddd``); one after
    another number has that one's area (``same_ddd``); without either it stays ``local``. An
    extension is split off: flag, and ``ramal 9`` as label.
    """
    plain = plain_phone(raw, default_ddd)
    return Numbers((plain,), False) if plain else _in_words(raw, default_ddd)


def plain_phone(raw: str, default_ddd: str | None) -> Phone | None:
    """The one number that a text is, None where it takes a longer look."""
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
    return None


def _in_words(raw: str, default_ddd: str | None) -> Numbers:
    text = in_ascii(clean(raw[:_LONGEST_TEXT]) or "")
    text = _no_number.sub(" _ ", _placeholder.sub("0", _fraction.sub("", text)))
    text = _and.sub(";", text)
    phones: list[Phone] = []
    unread: list[Phone] = []
    beside, at = [], 0
    while len(phones) < _MOST and (found := _digits_together.search(text, at)):
        beside.append(text[at : found.start()])
        at, before = found.end(), len(phones)
        _add_numbers(found[0], default_ddd, phones, unread)
        extension = _extension.match(text, at) if len(phones) > before else None
        if extension:
            at = extension.end()
            phones[-1] = _with_extension(phones[-1], extension[1])
    beside.append(text[at:])
    words = any(map(str.isalnum, "".join(beside))) or "_" in text
    each = tuple({phone.number: phone for phone in reversed(phones)}.values())[::-1]
    if not each and not words and len(unread) == 1 and len(unread[0].number) <= _LONGEST_NUMBER:
        return Numbers((unread[0],), False)  # as the master has it: too short, and nothing else
    return Numbers(each, words or bool(unread) or len(raw) > _LONGEST_TEXT)


def _with_extension(phone: Phone, extension: str) -> Phone:
    return Phone(phone.number, phone.kind, (*phone.flags, "extension"), f"ramal {extension}")


def _add_numbers(
    text: str, default_ddd: str | None, phones: list[Phone], unread: list[Phone]
) -> None:
    """The numbers of a text without words, one after the other; what is none goes to ``unread``."""
    while len(phones) < _MOST and any(map(str.isdigit, text)):
        last = phones[-1].number if phones else ""
        same = last[3:5] if last.startswith("+55") else None
        phone, end = _first_number(text, same or default_ddd)
        if same and "default_ddd" in phone.flags:
            flags = tuple("same_ddd" if one == "default_ddd" else one for one in phone.flags)
            phone = Phone(phone.number, phone.kind, flags)
        lengthy = _SHORTEST_NUMBER <= len(phone.number) <= _LONGEST_NUMBER
        (phones if phone.kind in _READ or lengthy else unread).append(phone)
        text = text[end:]


def _first_number(text: str, default_ddd: str | None) -> tuple[Phone, int]:
    """The number a text begins with and where it ends; what is none ends at the first mark."""
    ends = list(_ends(text))
    readings = [(_read(part, _not_digits.sub("", part), default_ddd), end) for part, end in ends]
    for phone, end in readings:
        if phone.kind in _READ:
            return phone, end
    # What cannot be read ends at the first mark that more than an area code stands before.
    likely = [one for one in readings if _AREA_AND_MORE <= len(one[0].number) <= _LONGEST_NUMBER]
    return (likely or [one for one in readings if one[0].number])[0]


def _ends(text: str) -> Iterator[tuple[str, int]]:
    """Where the first number may end, likeliest first: whole, at a mark, at a gap within that."""
    for mark in _mark.finditer(text, 0, _LONGEST_WRITTEN):
        yield from _prefixes(text[: mark.start()])
    yield from _prefixes(text)


def _prefixes(part: str) -> Iterator[tuple[str, int]]:
    yield part, len(part)
    for gap in _gap.finditer(part, 0, _LONGEST_WRITTEN):
        yield part[: gap.start()], gap.start()


def _read(text: str, digits: str, default_ddd: str | None) -> Phone:
    phone = _read_digits(text, digits, default_ddd)
    if phone.kind in ("mobile", "landline", "local") and _one_short(text):
        return Phone(digits, "invalid")  # 98765-432: a digit is missing, whatever it might be
    return phone


def _read_digits(text: str, digits: str, default_ddd: str | None) -> Phone:
    if text.lstrip(" (").startswith("+"):
        return _international(text, digits, digits, default_ddd)
    if len(digits) in (10, 11) and _no_area(text):
        return Phone(digits, "invalid_ddd")
    if digits.startswith("00"):
        return _international(text, digits, digits[2:], default_ddd)
    if digits.startswith("0"):
        return _trunk(digits)
    with_zero = len(digits) == 14 and digits[4] == "0"
    if digits.startswith("55") and (len(digits) in (12, 13) or with_zero):
        return _national(digits, digits[2:])
    if len(digits) in (10, 11, 12):
        may_be_country = len(digits) == 11 and digits.startswith("55") and "(" not in text
        return _national(digits, digits, ("ddd_55",) if may_be_country else ())
    return _local(text, digits, digits, default_ddd)


def _international(text: str, received: str, number: str, default_ddd: str | None) -> Phone:
    """A number with its country code: Brazil's is read on, others pass by E.164's length alone."""
    if number.startswith("55"):
        national = number[2:]
        if _toll_free(national) or _nationwide(national):
            return Phone(national, "toll_free")
        national = national.removeprefix("0")
        if len(national) >= 10:
            return _national(received, national)
        if len(_groups(text)) < 2:
            return Phone(received, "invalid")  # the area code or a digit is missing: which?
        return _local(text, received, national, default_ddd, country=True)
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


def _local(
    text: str, received: str, number: str, default_ddd: str | None, *, country: bool = False
) -> Phone:
    shaped = (len(number) == 9 and number[0] == "9") or (len(number) == 8 and number[0] > "1")
    if not shaped or _one_digit(number) or _has_area(text, country=country):
        return Phone(received, "invalid")
    if _nationwide(number):
        return Phone(number, "toll_free")
    if default_ddd:
        return _national(received, default_ddd + number, ("default_ddd",))
    return Phone(number, "local")


def _has_area(text: str, *, country: bool) -> bool:
    """Whether the first two of eight or nine digits are set apart as an area code is."""
    if _area(text):
        return True
    first, *others = _groups(text)
    if country:
        first = first.lstrip("0")[2:]
        first, *others = (first, *others) if first else others
    return len(first) == 2 and any(len(group) != 2 for group in others)


def _national(received: str, number: str, flags: tuple[str, ...] = ()) -> Phone:
    """Area code and subscriber, 10 or 11 digits: the ninth digit is added where it is missing."""
    ddd = number[:2]
    if ddd in DDDS and number[2] == "0" and len(number) in (11, 12):
        number = ddd + number[3:]  # 11 0 98765-4321: the zero of who dials from afar
    if not 10 <= len(number) <= 11 or _one_digit(number):
        return Phone(received, "invalid")
    if ddd not in DDDS:
        zeroed = "0" + number.removeprefix("0")  # a table of numbers loses the zero of 0800
        free = _toll_free(zeroed)
        return Phone(zeroed, "toll_free") if free else Phone(received, "invalid_ddd")
    return _subscriber(received, number, flags)


def _subscriber(received: str, number: str, flags: tuple[str, ...]) -> Phone:
    ddd, first = number[:2], number[2]
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
    if _toll_free(number):
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
