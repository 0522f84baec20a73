"""Reads amounts: whole hundredths out of JSON's numbers and texts, by decimal arithmetic."""

import re
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from connector.maps.values import Refused
from mirror.activity.records import BRL

_NUMBER = re.compile(
    r"[+-]?[0-9]{1,40}(\.[0-9]{1,40})?(e[+-]?[0-9]{1,3})?", re.ASCII | re.IGNORECASE
)
_CURRENCY = re.compile(r"[A-Z]{3}")
_MOST = 10**12
"""Beyond it, it is no price but a mistake, and sums would run over."""
_HUNDREDTH = Decimal("0.01")
_PLACES = Decimal("0.000001")
NO_CURRENCY = "XXX"
"""ISO 4217's own code for it."""


def hundredths(value: Any, field: str) -> int | None:
    """``1234.5`` and ``"1234.50"`` as 123450, None for nothing; half a hundredth goes up."""
    number = _number(value, field)
    return None if number is None else int(number.quantize(_HUNDREDTH, ROUND_HALF_UP).scaleb(2))


def plain(value: Any, field: str) -> str | None:
    """A quantity as people write it without a thousands separator: ``2``, ``1.5``."""
    number = _number(value, field)
    if number is None:
        return None
    written = f"{number.quantize(_PLACES, ROUND_HALF_UP) + 0:f}"  # and no minus before a zero
    return written.rstrip("0").rstrip(".")


def currency(value: Any, flags: list[str]) -> str:
    """A currency's three letters; nothing means BRL, what is none is told and never added to it."""
    if value is None or value == "":
        return BRL
    code = value.strip().upper() if type(value) is str else ""
    if code in (BRL, "R$"):
        return BRL
    flags.append("foreign_currency")
    if _CURRENCY.fullmatch(code):
        return str(code)
    flags.append("currency_invalid")
    return NO_CURRENCY


def _number(value: Any, field: str) -> Decimal | None:
    if value is None or value == "":
        return None
    text = value.strip() if type(value) is str else str(value)
    if type(value) is bool or not _NUMBER.fullmatch(text):
        raise Refused(field, "not_a_number")
    number = Decimal(text)
    if abs(number) >= _MOST:
        raise Refused(field, "too_large")
    return number
