"""Months as addresses and people write them: ``2026-10``, *outubro de 2026*."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime

from babel.dates import format_date
from flask import request

from web.presenting import CLOCK

_MONTHS = 12
_LAST_YEAR = 9999
_MOST_OPTIONS = 60
is_month = re.compile(r"(?!0000)\d{4}-(?:0[1-9]|1[0-2])", re.ASCII).fullmatch


@dataclass(frozen=True)
class Option:
    """A month to choose."""

    slug: str
    label: str
    here: bool


@dataclass(frozen=True)
class Picker:
    """The months to choose from, latest first, and the pages of the two beside the one shown."""

    options: list[Option]
    earlier: str | None
    later: str | None


def today() -> date:
    """The day it is here: one request asks once, and everything on its page is as of that day."""
    return datetime.now(UTC).astimezone(CLOCK).date()


def of_day(day: date) -> str:
    """``2026-10``."""
    return day.isoformat()[:7]


def asked(usual: str) -> str:
    """The month that this request's address names; the usual one where it names none."""
    told = request.args.get("mes", "")
    return told if is_month(told) else usual


def moved(month: str, by: int) -> str | None:
    """So many months later, or before; None beyond the calendar."""
    year, place = divmod(_place(month) + by, _MONTHS)
    return f"{year:04d}-{place + 1:02d}" if 1 <= year <= _LAST_YEAR else None


def up_to(month: str, number: int) -> list[str]:
    """So many months in their order, the last of them ``month``; fewer where time begins."""
    found = (moved(month, place - number + 1) for place in range(number))
    return [one for one in found if one]


def named(month: str) -> str:
    """*outubro de 2026*."""
    return str(format_date(_first(month), "MMMM 'de' y", locale="pt_BR"))


def shortly(month: str) -> str:
    """*out/26*: where there is little room."""
    return str(format_date(_first(month), "MMM/yy", locale="pt_BR")).replace(".", "")


def picker(
    month: str, there: Iterable[str], page_of: Callable[[str], str], latest: str | None = None
) -> Picker:
    """Of very many months the nearest to the one shown; ``page_of`` makes a month's address.

    After ``latest`` there is none to go on to.
    """
    nearest = sorted({*there, month}, key=lambda one: abs(_place(one) - _place(month)))
    chosen = sorted(nearest[:_MOST_OPTIONS], reverse=True)
    earlier, later = moved(month, -1), moved(month, 1) if month != latest else None
    return Picker(
        [Option(one, named(one), one == month) for one in chosen],
        earlier and page_of(earlier),
        later and page_of(later),
    )


def _place(month: str) -> int:
    return int(month[:4]) * _MONTHS + int(month[5:]) - 1


def _first(month: str) -> date:
    return date(int(month[:4]), int(month[5:]), 1)
