"""Readers for words with a meaning of ours: kind, registration, states, standings."""

from collections.abc import Callable, Mapping
from typing import Any

from connector.maps import values
from connector.maps.definition import Words
from connector.maps.expressions import Dialect
from connector.maps.fields import Reader
from mirror.standing.axes import AXES
from mirror.text import clean

Meaning = Callable[[dict[str, Any]], tuple[str, str | None]]
"""Our word for what a record says; with ``unknown`` the master's own, where there is one."""

_LONGEST = 40
"""Characters of a master's own word for a standing."""


def meaning(spec: Words, field: str, known: tuple[str, ...], dialect: Dialect) -> Meaning:
    """Reads one of our ``known`` words; raises Refused where there is no word at all."""
    get = dialect.getter(spec.path)
    meanings = {word: word for word in known} | spec.words

    def read(record: dict[str, Any]) -> tuple[str, str | None]:
        received = get(record)
        if type(received) is not str and received is not None:
            received = _written(received, field)
        found = meanings.get(received) if received else None
        return (found, None) if found else ("unknown", values.text(received, field))

    return read


def standings(specs: Mapping[str, Words], dialect: Dialect) -> Reader:
    """What the master says of the relationship, by axis; a word that means "" says nothing."""
    axes = [
        (axis, dialect.getter(spec.path), {one: one for one in AXES[axis].values} | spec.words)
        for axis, spec in specs.items()
    ]

    def read(record: dict[str, Any], flags: list[str]) -> dict[str, str]:
        found = {}
        for axis, get, meanings in axes:
            received = get(record)
            word = received if type(received) is str else _written(received, "standings")
            if word and (said := meanings.get(word, _cut(word))):
                found[axis] = said
        return found

    return read


def _cut(word: str) -> str:
    return (clean(word) or "")[:_LONGEST].rstrip()


def _written(received: Any, field: str) -> str | None:
    # true, false and numbers are words too, as TOML's keys have them.
    return str(received).lower() if type(received) is bool else values.text(received, field)
