"""Readers for the fields a customer has one of: texts, links, loyalty, extras."""

from collections.abc import Callable
from typing import Any

from connector.maps import values
from connector.maps.definition import Pairs, Parts
from connector.maps.expressions import Dialect, Expression, One
from connector.maps.paths import Getter
from connector.maps.values import Refused
from mirror.records import Loyalty

Reader = Callable[[dict[str, Any], list[str]], Any]
"""Reads one field of a record; may add flags; raises Refused."""

_NUMBERS = ("points", "points_to_next")


def notes(path: Expression, field: str, dialect: Dialect) -> Reader:
    """Free text with its line breaks."""
    get = dialect.getter(path)
    return lambda record, flags: values.notes(get(record), field)


def first(paths: list[One], field: str, dialect: Dialect) -> Reader:
    """The first of several texts that is there."""
    getters = [dialect.getter(path) for path in paths]

    def read(record: dict[str, Any], flags: list[str]) -> str | None:
        for get in getters:
            if found := values.text(get(record), field):
                return found
        return None

    return read


def texts(path: Expression, field: str, dialect: Dialect) -> Reader:
    """A list of words, at most fifty."""
    get = dialect.getter(path)

    def read(record: dict[str, Any], flags: list[str]) -> tuple[str, ...]:
        received = get(record)
        if not received:
            return ()
        found = [values.text(item, field) for item in values.items(received)[:50]]
        return tuple(text for text in found if text)

    return read


def extras(
    spec: str | dict[str, One] | None, pairs: Pairs | None, field: str, dialect: Dialect
) -> Reader:
    """The shop's own labels and values, each written out as text; at most a hundred."""
    ways = [_labelled(spec, dialect)] if spec else []
    if pairs:
        ways.append(_paired(pairs, dialect))

    def read(record: dict[str, Any], flags: list[str]) -> dict[str, str]:
        found: dict[str, str] = {}
        for way in ways:
            received = way(record)
            if not received:
                continue
            if type(received) is not dict or len(received) > 100:
                raise Refused(field, "not_up_to_100_labels")
            for received_label, value in received.items():
                label, shown = values.label(received_label, field), _shown(value, field)
                if label and shown:
                    found[label] = shown
        return found

    return read


def _labelled(spec: str | dict[str, One], dialect: Dialect) -> Getter:
    if isinstance(spec, str):
        return dialect.getter(spec)
    getters = [(label, dialect.getter(path)) for label, path in spec.items()]
    return lambda record: {label: get(record) for label, get in getters}


def _paired(pairs: Pairs, dialect: Dialect) -> Getter:
    at, label_of = dialect.getter(pairs.at), dialect.getter(pairs.label)
    value_of = dialect.getter(pairs.value)

    def read(record: dict[str, Any]) -> dict[str, list[Any]]:
        found: dict[str, list[Any]] = {}
        for item in values.items(at(record)):
            if type(item) is dict and type(label := label_of(item)) is str:
                found.setdefault(label, []).append(value_of(item))
        return found

    return read


def _shown(value: Any, field: str) -> str | None:
    if type(value) is bool:
        return "sim" if value else "não"
    if type(value) is list:
        return ", ".join(text for item in value[:50] if (text := _shown(item, field))) or None
    return values.text(value, field, values.LONG)


def link(path: Expression, field: str, dialect: Dialect) -> Reader:
    """A web address; anything but https is left out."""
    get = dialect.getter(path)

    def read(record: dict[str, Any], flags: list[str]) -> str | None:
        found = values.text(get(record), field, values.LONG)
        return found if found and found.startswith("https://") else None

    return read


def other_id(path: Expression, field: str, dialect: Dialect) -> Reader:
    """The master's id of another record; what is none is left out with a flag."""
    get = dialect.getter(path)

    def read(record: dict[str, Any], flags: list[str]) -> str | None:
        received = get(record)
        if received in (None, "", []):
            return None
        try:
            return values.external_id(received)
        except Refused:
            flags.append(f"{field}_invalid")
            return None

    return read


def loyalty(spec: Parts, field: str, dialect: Dialect) -> Reader:
    """The loyalty programme, None where the master says nothing of it."""
    get = dialect.getter(spec.at)
    numbers = [
        (name, dialect.getter(path)) for name, path in spec.parts.items() if name in _NUMBERS
    ]
    words = dialect.lines({name: p for name, p in spec.parts.items() if name not in _NUMBERS})

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
