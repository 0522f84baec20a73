"""Checks a [map]: that its paths and filters can be read, and that its words are ours."""

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from connector.maps.activity import VOCABULARY, ActivityMap
from connector.maps.definition import Map, Pairs, Parts, Words
from connector.maps.expressions import Concat, Dialect, Expression
from connector.maps.filters import BadFilter
from connector.maps.paths import BadPath
from connector.sources.standing import no_axis
from connector.validation import Mistake, Place, meant
from mirror.activity.records import Item
from mirror.records import KINDS, REGISTRATIONS, Address, Contact, Dependent, Loyalty
from mirror.standing.axes import AXES

_PARTS: dict[str, tuple[tuple[str, ...], str | None]] = {
    "phones": (("number", "label"), "number"),
    "addresses": (Address.__struct_fields__, None),
    "contacts": (Contact.__struct_fields__, "name"),
    "dependents": (Dependent.__struct_fields__, "name"),
    "loyalty": (Loyalty.__struct_fields__, None),
    "items": (Item.__struct_fields__, "name"),
}
"""The parts that each list of a record has, and the one it cannot do without."""
_WORDS = VOCABULARY | {(Map, "kind"): KINDS, (Map, "registration"): REGISTRATIONS}


def mistakes_of_map(map_: Map | ActivityMap, dialect: Dialect, at: Place) -> Iterator[Mistake]:
    """Everything that the types of the map ``at`` a place cannot say."""
    for field in map_.__struct_fields__:
        spec, place = getattr(map_, field), (*at, field)
        for inner, one in _expressions(spec, place):
            yield from unreadable(one, dialect, inner)
        if isinstance(spec, Parts):
            yield from _of_parts(spec, field, (*place, "parts"))
        if isinstance(spec, Words):
            yield from _of_words(spec.words, _WORDS[type(map_), field], (*place, "words"))
    if isinstance(map_, Map):
        yield from _of_standings(map_.standings, (*at, "standings"))


def _of_standings(specs: dict[str, Words], at: Place) -> Iterator[Mistake]:
    for name, spec in specs.items():
        place = (*at, name)
        if name not in AXES:
            yield no_axis(name, place)
            continue
        said = {word: meaning for word, meaning in spec.words.items() if meaning}
        yield from _of_words(said, AXES[name].values, (*place, "words"))


def unreadable(spec: Expression, dialect: Dialect, place: Place) -> Iterator[Mistake]:
    """A mistake where the expression cannot be read."""
    try:
        dialect.getter(spec)
    except (BadPath, BadFilter) as why:
        told = str(why)
        yield Mistake(place, f"cannot be read: {told}{'' if told[-1] in '.?' else '.'}")


def _expressions(spec: Any, place: Place) -> Iterator[tuple[Place, Expression]]:
    """Every path and filter within, alone, so that each is told at its own place."""
    if isinstance(spec, str) and spec:
        yield place, spec
    elif isinstance(spec, Concat) and spec.filter:
        yield (*place, "filter"), msgspec.structs.replace(spec, concat=[])
    for name, one in _within(spec):
        yield from _expressions(one, (*place, name))


def _within(spec: Any) -> Iterable[tuple[str | int, Any]]:
    if isinstance(spec, (Parts, Pairs)):
        return [(name, getattr(spec, name)) for name in spec.__struct_fields__]
    if isinstance(spec, Words):
        return [("path", spec.path)]
    if isinstance(spec, Concat):
        return [("concat", spec.concat)]
    if isinstance(spec, dict):
        return list(spec.items())
    return list(enumerate(spec)) if isinstance(spec, list) else []


def _of_parts(spec: Parts, field: str, place: Place) -> Iterator[Mistake]:
    known, needed = _PARTS[field]
    for part in spec.parts:
        if part not in known:
            guess = meant(part, known) or f" There are {', '.join(known)}."
            yield Mistake((*place, part), f"is no part of {field}.{guess}")
    if needed and needed not in spec.parts:
        yield Mistake((*place, needed), f"is missing: without it there are no {field}.")


def _of_words(words: dict[str, str], known: Iterable[str], place: Place) -> Iterator[Mistake]:
    for word, meaning in words.items():
        if meaning not in known:
            guess = meant(meaning, known)
            yield Mistake((*place, word), f"must be one of {', '.join(known)}.{guess}")
