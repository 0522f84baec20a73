"""Readers for the fields a customer has one of: texts, dates, loyalty, extras."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any

from connector.maps import values
from connector.maps.paths import getter
from connector.maps.values import Refused
from mirror.records import Loyalty

Reader = Callable[[dict[str, Any], list[str]], Any]
"""Reads one field of a record; may add flags; raises Refused."""

_OLDEST = date(1890, 1, 1)


def text(path: str, field: str) -> Reader:
    """One line of text."""
    get = getter(path)
    return lambda record, flags: values.text(get(record), field)


def notes(path: str, field: str) -> Reader:
    """Free text with its line breaks."""
    get = getter(path)
    return lambda record, flags: values.notes(get(record), field)


def first(paths: list[str], field: str) -> Reader:
    """The first of several texts that is there."""
    getters = [getter(path) for path in paths]

    def read(record: dict[str, Any], flags: list[str]) -> str | None:
        found = (values.text(get(record), field) for get in getters)
        return next((text for text in found if text), None)

    return read


def texts(path: str, field: str) -> Reader:
    """A list of words, at most fifty."""
    get = getter(path)

    def read(record: dict[str, Any], flags: list[str]) -> tuple[str, ...]:
        found = (values.text(item, field) for item in values.items(get(record), field)[:50])
        return tuple(text for text in found if text)

    return read


def extras(path: str, field: str) -> Reader:
    """An object of the shop's own labels and values, each written out as text."""
    get = getter(path)

    def read(record: dict[str, Any], flags: list[str]) -> dict[str, str]:
        found = get(record)
        if found is None:
            return {}
        if type(found) is not dict or len(found) > 100:
            raise Refused(field, "not_up_to_100_labels")
        shown = ((_label(label), _shown(value)) for label, value in found.items())
        return {label: value for label, value in shown if label and value}

    return read


def _label(label: str) -> str | None:
    return values.text(label, "extras")


def _shown(value: Any) -> str | None:
    if type(value) is bool:
        return "sim" if value else "não"
    if type(value) is list:
        return ", ".join(text for text in map(_shown, value[:50]) if text) or None
    return values.text(value, "extras", values.LONG)


def link(path: str, field: str) -> Reader:
    """A web address; anything but https is left out."""
    get = getter(path)

    def read(record: dict[str, Any], flags: list[str]) -> str | None:
        found = values.text(get(record), field, values.LONG)
        return found if found and found.startswith("https://") else None

    return read


def loyalty(parts: dict[str, str], field: str) -> Reader:
    """The loyalty programme, None where the master says nothing of it."""
    points = {n: getter(p) for n, p in parts.items() if n in ("points", "points_to_next")}
    words = {n: getter(p) for n, p in parts.items() if n not in points}

    def read(record: dict[str, Any], flags: list[str]) -> Loyalty | None:
        numbers = {n: values.whole(get(record), f"{field}.{n}") for n, get in points.items()}
        texts = {n: values.text(get(record), f"{field}.{n}") for n, get in words.items()}
        found = Loyalty(**numbers, **texts)  # type: ignore[arg-type]
        return None if found == Loyalty() else found

    return read


def day(path: str, field: str, zone: tzinfo) -> Reader:
    """A calendar day between 1890 and tomorrow; any other is left out with a flag."""
    get = getter(path)

    def read(record: dict[str, Any], flags: list[str]) -> date | None:
        received = get(record)
        if received is None or received == "":
            return None
        found = values.day(received, zone)
        if found is None or not _OLDEST <= found <= datetime.now(UTC).date() + timedelta(days=1):
            flags.append(f"{field}_invalid")
            return None
        return found

    return read


def bought(path: str, field: str, zone: tzinfo) -> Reader:
    """The instant of the last purchase; one in the future is kept with a flag."""
    get = getter(path)

    def read(record: dict[str, Any], flags: list[str]) -> datetime | None:
        received = get(record)
        if received is None or received == "":
            return None
        try:
            found = values.instant(received, field, zone)
        except Refused:
            flags.append("last_purchase_invalid")
            return None
        if found > datetime.now(UTC) + timedelta(days=1):
            flags.append("last_purchase_future")
        return found

    return read
