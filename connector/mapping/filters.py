"""The filters of maps: what is done to a value before its field reads it.

Each takes one value and gives one; a list is filtered element by element, except by those that
take lists. A value that a filter cannot read passes: the field that reads it says what is wrong.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal, InvalidOperation
from typing import Any

from connector.mapping.strict_json import absent, written
from connector.validation import meant
from mirror.text import fold

Filter = Callable[[Any], Any]
Lookups = Mapping[str, Mapping[str, Any]]
"""Tables of the master's own, by name: from an id to what it means."""

_DEEPEST = 8
"""Lists in lists that a path with as many ``[]`` brings; what lies deeper passes as it is."""
_NOT_DIGITS = re.compile("[^0-9]+")
_ODATA = re.compile(r"/Date\((-?\d{1,15})(?:[+-]\d{4})?\)/")
_EPOCH = re.compile(r"-?\d{1,17}(\.\d{1,9})?", re.ASCII)
_BEGINNING = datetime.fromtimestamp(0, UTC)
_DAY_OF_INSTANT = re.compile(r"(\d{4}-\d\d-\d\d)[T ]", re.ASCII)
_NAIVE = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?", re.ASCII)
_TRUE, _FALSE = ("true", "s", "sim", "y", "yes", "1"), ("false", "n", "nao", "não", "no", "0")


class BadFilter(ValueError):
    """A filter that does not exist, or lacks what it needs."""


def filter_of(text: str, zone: tzinfo, lookups: Lookups) -> Filter:
    """The filter written as ``name argument``; raises BadFilter."""
    name, _, argument = text.strip().partition(" ")
    if name in _LISTS:
        return _LISTS[name](argument)
    if name in _PLAIN:
        return _elementwise(_PLAIN[name])
    if name in _CODES:
        return _elementwise(_CODES[name](argument))
    if name == "lookup":
        return _elementwise(_looked_up(argument, lookups))
    if name in ("date", "datetime") and argument:
        return _elementwise(_dated(argument, zone, whole=name == "datetime"))
    if name == "const":
        return lambda value: argument
    known = sorted([*_LISTS, *_PLAIN, *_ASKING])
    if name in _ASKING:
        raise BadFilter(f"the filter {name} needs a format like %d/%m/%Y")
    guess = meant(name, known) or f" There are: {', '.join(known)}."
    raise BadFilter(f"{text.strip()!r} is not a filter.{guess}")


def _elementwise(one: Filter) -> Filter:
    def read(value: Any, deeper: int = _DEEPEST) -> Any:
        if value is None:
            return None
        if type(value) is not list:
            return one(value)
        return [read(item, deeper - 1) for item in value] if deeper else value

    return read


def _text(change: Callable[[str], str]) -> Filter:
    def read(value: Any) -> Any:
        if type(value) is int:
            value = str(value)
        return change(value) or None if type(value) is str else value

    return read


def _odata(value: Any) -> Any:
    match = _ODATA.fullmatch(value) if type(value) is str else None
    try:
        return datetime.fromtimestamp(int(match[1]) / 1000, UTC).isoformat() if match else value
    except (ValueError, OverflowError, OSError):
        return value


def _epoch(*, milliseconds: bool) -> Filter:
    """Seconds since 1970, or thousandths of them, as an instant; none of them says nothing."""

    def read(value: Any) -> Any:
        written = str(value).strip() if type(value) in (int, float, str) else ""
        if not _EPOCH.fullmatch(written):
            return value
        since = int(Decimal(written).scaleb(3 if milliseconds else 6))
        try:
            return (_BEGINNING + timedelta(microseconds=since)).isoformat() if since else None
        except OverflowError:
            return value

    return read


def _day(value: Any) -> Any:
    """The calendar day of ``1990-05-13T00:00:00Z`` as it is written: no zone moves a birthday."""
    match = _DAY_OF_INSTANT.match(value) if type(value) is str else None
    return match[1] if match else value


def _utc(value: Any) -> Any:
    """A time without an offset, ``2018-02-02 14:20:23``, as one in UTC."""
    naive = type(value) is str and _NAIVE.fullmatch(value)
    return f"{value}Z" if naive else value


_BREAK = re.compile(r"(?i)<br\s*/?>|</(?:p|div|li|tr|h[1-6])\s*>|\n")
_MARKUP = re.compile(r"(?s)<(?:!--.*?--|[a-zA-Z/!][^<>]*)>")


def _html(value: Any) -> Any:
    """``<p>Paga <b>dia&nbsp;5</b></p>`` as people read it; a break is a new line."""
    if type(value) is not str:
        return value
    from html import unescape  # few masters write their texts so

    lines = _BREAK.sub("\n", value).split("\n")
    texts = (" ".join(unescape(_MARKUP.sub("", line)).split()) for line in lines)
    return "\n".join(text for text in texts if text) or None


def _decimal(value: Any) -> Any:
    """``1.234,56`` and ``1234.56`` as ``1234.56``."""
    if type(value) is not str:
        return value
    return value.replace(".", "").replace(",", ".") if "," in value else value


def _cents(value: Any) -> Any:
    """``123450``, a number of hundredths, as ``1234.50``."""
    if type(value) is bool:
        return value
    try:
        return f"{Decimal(str(value).strip()).scaleb(-2):f}"
    except InvalidOperation:
        return value


def _bool(value: Any) -> Any:
    written = str(value).strip().lower()
    return True if written in _TRUE else False if written in _FALSE else value


def _mapped(argument: str) -> Filter:
    pairs = dict(pair.split("=", 1) for pair in argument.split() if "=" in pair)
    if not pairs:
        raise BadFilter("map needs pairs like S=PF N=PJ")
    alike = {fold(word): meaning for word, meaning in pairs.items()}

    def read(value: Any) -> Any:
        found = pairs.get(word := written(value))
        return alike.get(fold(word)) if found is None else found

    return read


def _looked_up(argument: str, lookups: Lookups) -> Filter:
    if argument not in lookups:
        raise BadFilter(f"there is no lookup {argument!r}.{meant(argument, lookups)}")
    table = lookups[argument]
    return lambda value: table.get(written(value), value)  # an unknown id is shown as it is


def _excepted(argument: str) -> Filter:
    codes = argument.split()
    if not codes:
        raise BadFilter("except needs the codes that stand for nothing, like except 0 -1")
    alike = {fold(code) for code in codes}
    return lambda value: None if fold(written(value)) in alike else value


def _without(argument: str) -> Filter:
    if not argument:
        raise BadFilter("without needs what a text may begin with, like without BR")
    return lambda value: value.removeprefix(argument) if type(value) is str else value


def _dated(format_: str, zone: tzinfo, *, whole: bool) -> Filter:
    try:
        datetime.strptime("", format_)
    except ValueError as why:
        if "directive" in str(why) or "stray" in str(why):
            raise BadFilter(f"{format_!r} is no format of a date") from None

    def read(value: Any) -> Any:
        try:
            found = datetime.strptime(str(value).strip(), format_)
        except ValueError:
            return value
        return found.replace(tzinfo=zone).isoformat() if whole else found.date().isoformat()

    return read


def _split(argument: str) -> Filter:
    mark = "|" if argument == "'|'" else argument

    def read(value: Any) -> Any:
        if type(value) is list:  # several texts with several parts are one list of all of them
            parts = ([one] if type(one) is not str else read(one) for one in value)
            return [part for found in parts for part in found]
        return [part.strip() for part in value.split(mark)] if type(value) is str else value

    if not argument:
        raise BadFilter("split needs what to split at")
    return read


def _first(_: str) -> Filter:
    def read(value: Any) -> Any:
        found = value if type(value) is list else [value]
        return next((one for one in found if not absent(one)), None)

    return read


def _join(argument: str) -> Filter:
    def read(value: Any) -> Any:
        if type(value) is not list:
            return value
        return (argument or " ").join(str(one) for one in value if not absent(one)) or None

    return read


_PLAIN: dict[str, Filter] = {
    "trim": _text(str.strip),
    "lower": _text(str.lower),
    "digits": _text(lambda text: _NOT_DIGITS.sub("", text)),
    "ltrim0": _text(lambda text: text.lstrip("0")),
    "odata_date": _odata,
    "html": _html,
    "epoch": _epoch(milliseconds=False),
    "epoch_ms": _epoch(milliseconds=True),
    "decimal": _decimal,
    "cents": _cents,
    "bool": _bool,
    "day": _day,
    "utc": _utc,
    "cep": lambda value: str(value).zfill(8) if type(value) is int else value,
}
_ASKING = ("map", "lookup", "except", "without", "date", "datetime", "const")
_CODES: dict[str, Callable[[str], Filter]] = {
    "map": _mapped,
    "except": _excepted,
    "without": _without,
}
_LISTS: dict[str, Callable[[str], Filter]] = {"split": _split, "first": _first, "join": _join}
