"""Checks a source file as a whole: every mistake at once, each with its place."""

import re
from collections.abc import Container, Iterable, Iterator, Mapping
from string import Template
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, available_timezones

from connector.auth import OAuth2, Static
from connector.mapping.expressions import Dialect
from connector.sources.source_file import (
    BadDefinition,
    Definition,
    Errors,
    SellDefinition,
    mistakes_of_standing,
)
from connector.sources.stream_checks import (
    mistakes_of_lookups,
    mistakes_of_map,
    mistakes_of_stream,
    unreadable_path,
)
from connector.validation import Mistake, Place, fitted, meant
from mirror.records import CUSTOMERS

Declared = Definition | SellDefinition
_Kind = TypeVar("_Kind", Definition, SellDefinition)
PROTOCOLS: dict[str, type[Declared]] = {"rest": Definition, "sell": SellDefinition}
"""What a source file may be, by its ``protocol``."""

_PUT = ("header", "query", "body")
_UTC = ZoneInfo("UTC")


def definition(merged: Mapping[str, Any], name: str) -> Definition:
    """The checked definition of the source ``name``; raises BadDefinition with every mistake."""
    return _of_kind(Definition, merged, name)


def sell_definition(merged: Mapping[str, Any], name: str) -> SellDefinition:
    """The same of a source that speaks Sell's protocol."""
    return _of_kind(SellDefinition, merged, name)


def _of_kind(kind: type[_Kind], merged: Mapping[str, Any], name: str) -> _Kind:
    found, mistakes = checked(merged)
    if mistakes or not isinstance(found, kind):
        listed = "".join(f"\n  - {mistake}" for mistake in mistakes)
        raise BadDefinition(f"The source {name!r} is not right:{listed}")
    return found


def checked(merged: Mapping[str, Any], also: Iterable[str] = ()) -> tuple[Declared, list[Mistake]]:
    """What the file says by its protocol, and every mistake; with one it must not be used.

    ``also``: names that an unknown one may have been meant to be, besides the definition's own.
    """
    protocol = merged.get("protocol", "rest")
    kind = PROTOCOLS.get(protocol if isinstance(protocol, str) else "")
    if kind is None:
        known = " or ".join(f'"{one}"' for one in PROTOCOLS)
        told = Mistake(("protocol",), f"must be {known}.{meant(str(protocol), PROTOCOLS)}")
        found, mistakes = checked({**merged, "protocol": "rest"}, also)
        return found, [told, *mistakes]
    found, mistakes = fitted(dict(merged), kind, also)
    places = [mistake.place for mistake in mistakes]
    others = _mistakes(found, places)
    later = (one for one in others if not any(_touch(one.place, p) for p in places))
    return found, [*mistakes, *later]


def secrets_of(merged: Mapping[str, Any]) -> dict[str, str]:
    """The secrets that a source file names, each with the place it goes to."""
    if merged.get("protocol") == "sell":
        return {"token": "header:Authorization"}
    return {name: place[-1] for place, text in _texts(merged.get("auth"), ()) for name in _in(text)}


def _in(text: str) -> list[str]:
    return Template(text).get_identifiers()


def _texts(value: Any, place: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(value, str):
        yield place, value
    if isinstance(value, Mapping):
        for key, one in value.items():
            yield from _texts(one, (*place, str(key)))


def _touch(one: Place, other: Place) -> bool:
    """Whether a place lies within the other: then the one mistake may follow from the other."""
    shared = min(len(one), len(other))
    return one[:shared] == other[:shared]


def _mistakes(found: Declared, told_of: Container[Place]) -> Iterator[Mistake]:
    zone = _zone(found.timezone)
    if zone is None:
        told = f"names no time zone there is: {found.timezone!r}."
        yield Mistake(("timezone",), told + meant(found.timezone, available_timezones()))
    if isinstance(found, Definition):
        dialect = Dialect(zone or _UTC, {name: {} for name in found.lookups})
        yield from _of_streams(found, dialect, told_of)
        yield from mistakes_of_lookups(found.lookups, dialect)
        yield from _of_errors(found.errors)
        yield from _of_auth(found)
    else:
        yield from mistakes_of_map(found.map, Dialect(zone or _UTC), ("map",))
        if found.deals:
            from connector.sources.sell.lists import NO_TABLES  # only where a master is Sell

            yield from mistakes_of_map(found.deals, Dialect(zone or _UTC, NO_TABLES), ("deals",))
    yield from mistakes_of_standing(found.standing)
    for number, name in enumerate(found.streams or ()):
        if name not in found.further:
            yield Mistake(("streams", number), f"names {name}, which this master does not serve.")


def _of_streams(
    found: Definition, dialect: Dialect, told_of: Container[Place]
) -> Iterator[Mistake]:
    for name, (stream, map_) in found.lists.items():
        customers = name == CUSTOMERS
        place: Place = ("stream",) if customers else ("activity", name)
        known = (*place, "page", "kind") not in told_of
        yield from mistakes_of_stream(stream, dialect, place, kind_known=known)
        yield from mistakes_of_map(map_, dialect, ("map",) if customers else (*place, "map"))


def _of_errors(errors: Errors) -> Iterator[Mistake]:
    for name in ("code", "message"):
        if path := getattr(errors, name):
            yield from unreadable_path(path, ("errors", name))
    for number, sign in enumerate(errors.failed):
        path = sign if isinstance(sign, str) else sign.path
        yield from unreadable_path(path, ("errors", "failed", number))
    if errors.wait and errors.wait.pattern:
        place: Place = ("errors", "wait", "pattern")
        try:
            if re.compile(errors.wait.pattern).groups != 1:
                yield Mistake(place, "needs one group: the number.")
        except re.error as why:
            yield Mistake(place, f"is no regular expression: {why}.")


def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


def _of_auth(found: Definition) -> Iterator[Mistake]:
    auth = found.auth
    if auth is None:
        return
    if isinstance(auth, Static):
        for key in auth.put:
            where, _, name = key.partition(":")
            if where not in _PUT or not name:
                yield Mistake(
                    ("auth", "put", key), "must be like header:Name, query:name or body:key."
                )
    if isinstance(auth, OAuth2) and not auth.token_url.startswith(("https://", "http://", "$")):
        yield Mistake(("auth", "token_url"), "must be an address that begins with https://.")
    fields = {name: getattr(auth, name) for name in auth.__struct_fields__}
    for place, text in _texts(fields, ("auth",)):
        if not Template(text).is_valid():
            yield Mistake(place, "has a $ that names no secret: write ${name}, or $$ for a $.")
