"""Readers for the fields a customer has one of: texts, dates, loyalty, extras."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any

from connector.maps import values
from connector.maps.definition import Parts
from connector.maps.paths import getter, is_key
from connector.maps.values import Lines, Refused
from mirror.records import Loyalty

Reader = Callable[[dict[str, Any], list[str]], Any]
"""Reads one field of a record; may add flags; raises Refused."""

_OLDEST = date(1890, 1, 1)
_NUMBERS = ("points", "points_to_next")


def lines_of(paths: dict[str, str]) -> Lines:
    """What `values.lines` reads: each field with its key or its function."""
    return [(field, path if is_key(path) else getter(path)) for field, path in paths.items()]


def notes(path: str, field: str) -> Reader:
    """Free text with its line breaks."""
    get = getter(path)
    return lambda record, flags: values.notes(get(record), field)


def first(paths: list[str], field: str) -> Reader:
    """The first of several texts that is there."""
    getters = [getter(path) for path in paths]

    def read(record: dict[str, Any], flags: list[str]) -> str | None:
        for get in getters:
            if found := values.text(get(record), field):
                return found
        return None

    return read


def texts(path: str, field: str) -> Reader:
    """A list of words, at most fifty."""
    get = getter(path)

    def read(record: dict[str, Any], flags: list[str]) -> tuple[str, ...]:
        received = get(record)
        if not received:
            return ()
        found = [values.text(item, field) for item in values.items(received)[:50]]
        return tuple(text for text in found if text)

    return read


def extras(path: str, field: str) -> Reader:
    """An object of the shop's own labels and values, each written out as text."""
    get = getter(path)

    def read(record: dict[str, Any], flags: list[str]) -> dict[str, str]:
        received = get(record)
        if not received:
            return {}
        if type(received) is not dict or len(received) > 100:
            raise Refused(field, "not_up_to_100_labels")
        found = {}
        for received_label, value in received.items():
            label, shown = values.label(received_label, field), _shown(value, field)
            if label and shown:
                found[label] = shown
        return found

    return read


def _shown(value: Any, field: str) -> str | None:
    if type(value) is bool:
        return "sim" if value else "não"
    if type(value) is list:
        return ", ".join(text for item in value[:50] if (text := _shown(item, field))) or None
    return values.text(value, field, values.LONG)


def link(path: str, field: str) -> Reader:
    """A web address; anything but https is left out."""
    get = getter(path)

    def read(record: dict[str, Any], flags: list[str]) -> str | None:
        found = values.text(get(record), field, values.LONG)
        return found if found and found.startswith("https://") else None

    return read


def loyalty(spec: Parts, field: str) -> Reader:
    """The loyalty programme, None where the master says nothing of it."""
    get = getter(spec.at)
    numbers = [(name, getter(path)) for name, path in spec.parts.items() if name in _NUMBERS]
    words = lines_of({name: path for name, path in spec.parts.items() if name not in _NUMBERS})

    def read(record: dict[str, Any], flags: list[str]) -> Loyalty | None:
        received = get(record)
        if not received:
            return None
        if type(received) is not dict:
            raise Refused(field, "not_an_object")
        found: dict[str, Any] = values.lines(received, words, field)
        for name, part in numbers:
            found[name] = values.whole(part(received), field)
        return Loyalty(**found)

    return read


def day(path: str, field: str, zone: tzinfo) -> Reader:
    """A calendar day between 1890 and tomorrow; any other is left out with a flag."""
    get, latest = getter(path), datetime.now(UTC).date() + timedelta(days=1)

    def read(record: dict[str, Any], flags: list[str]) -> date | None:
        received = get(record)
        if received is None or received == "":
            return None
        found = values.day(received, zone)
        if found is None or not _OLDEST <= found <= latest:
            flags.append(f"{field}_invalid")
            return None
        return found

    return read


def bought(path: str, field: str, zone: tzinfo) -> Reader:
    """The instant of the last purchase; one in the future is kept with a flag."""
    get, latest = getter(path), datetime.now(UTC) + timedelta(days=1)

    def read(record: dict[str, Any], flags: list[str]) -> datetime | None:
        received = get(record)
        if received is None or received == "":
            return None
        try:
            found = values.instant(received, field, zone)
        except Refused:
            flags.append("last_purchase_invalid")
            return None
        if found.date() < _OLDEST:
            flags.append("last_purchase_invalid")
            return None
        if found > latest:
            flags.append("last_purchase_future")
        return found

    return read
