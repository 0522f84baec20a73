"""A telephone's other forms: for the eye, for the search by its end, for WhatsApp."""

from mirror.records import Phone

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
