"""Holds a source file against the types of its definition and tells every deviation at once.

No value of the file is repeated: it could be a secret written into the wrong place.
"""

import operator
import re
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
from msgspec import inspect

from connector.maps.meant import meant

Place = tuple[str | int, ...]
"""Keys from the top of the source's table down, numbers within lists."""

_NOTHING = object()
_WORDS: dict[type, str] = {
    inspect.StrType: "a text",
    inspect.IntType: "a whole number",
    inspect.FloatType: "a number",
    inspect.BoolType: "true or false",
    inspect.ListType: "a list",
    inspect.DictType: "a table",
    inspect.StructType: "a table",
}
_TYPES: dict[type, tuple[type, ...]] = {
    inspect.StrType: (str,),
    inspect.IntType: (int,),
    inspect.FloatType: (float, int),
    inspect.BoolType: (bool,),
    inspect.ListType: (list,),
    inspect.DictType: (dict,),
    inspect.StructType: (dict,),
    inspect.NoneType: (type(None),),
}
_PATTERNS = {
    "^/": "begin with /",
    "^[1-9][1-9]$": 'be an area code like "11"',
    "^(empty|short|(total|total_pages|more):.+)$": (
        "be empty, short, total:path, total_pages:path or more:path"
    ),
}
_BOUNDS = (("ge", "{} or more"), ("gt", "more than {}"), ("le", "{} or less"), ("lt", "below {}"))


class Mistake(msgspec.Struct, frozen=True):
    """Something of a source file that cannot be used: where, and what it must be."""

    place: Place
    sentence: str

    def __str__(self) -> str:
        return f"{written(self.place)} {self.sentence}".strip()


def written(place: Place) -> str:
    """A place as people write it: ``stream.page.stop[0]``."""
    parts = (f"[{one}]" if isinstance(one, int) else f".{one}" for one in place)
    return "".join(parts).removeprefix(".")


def fitted(
    value: dict[str, Any], kind: type, also: Iterable[str] = ()
) -> tuple[Any, list[Mistake]]:
    """The table as a ``kind``, and every mistake; what is mistaken is left out or made up.

    ``also``: names that may have been meant besides the kind's own.
    """
    told: list[Mistake] = []
    whole = inspect.type_info(kind)
    assert isinstance(whole, inspect.StructType)  # noqa: S101 -- for the type checker
    found = _table(value, whole, (), told, also)
    return msgspec.convert(found, kind), told


def _fitted(value: Any, kind: inspect.Type, place: Place, told: list[Mistake]) -> Any:
    if isinstance(kind, inspect.AnyType):
        return value
    if isinstance(kind, inspect.LiteralType):
        return _word(value, [str(one) for one in kind.values], place, told)
    alternatives = kind.types if isinstance(kind, inspect.UnionType) else (kind,)
    chosen = [one for one in alternatives if type(value) in _TYPES.get(type(one), ())]
    if not chosen:
        told.append(Mistake(place, f"must be {_named(alternatives)}."))
        return _NOTHING
    if len(chosen) > 1:
        return _tagged(value, chosen, place, told)
    return _inner(value, chosen[0], place, told)


def _inner(value: Any, kind: inspect.Type, place: Place, told: list[Mistake]) -> Any:
    if isinstance(kind, inspect.StructType):
        return _table(value, kind, place, told)
    if isinstance(kind, inspect.DictType):
        pairs = ((k, _fitted(v, kind.value_type, (*place, k), told)) for k, v in value.items())
        return {key: one for key, one in pairs if one is not _NOTHING}
    if isinstance(kind, inspect.ListType):
        ones = (_fitted(v, kind.item_type, (*place, n), told) for n, v in enumerate(value))
        return [one for one in ones if one is not _NOTHING]
    if wrong := next(_bounds(value, kind), None):
        told.append(Mistake(place, f"must {wrong}."))
        return _NOTHING
    return value


def _table(
    value: dict[str, Any],
    kind: inspect.StructType,
    place: Place,
    told: list[Mistake],
    also: Iterable[str] = (),
) -> dict[str, Any]:
    fields = {one.encode_name: one for one in kind.fields}
    tag = {str(kind.tag_field): kind.tag} if kind.tag_field else {}
    known = {*fields, *tag, *also}
    for key in (key for key in value if key not in fields and key not in tag):
        told.append(Mistake((*place, key), f"is not a setting.{meant(key, known)}"))
    found: dict[str, Any] = dict(tag)
    for name, field in fields.items():
        here = (*place, name)
        if name not in value and field.required:
            told.append(Mistake(here, "is missing."))
        one = _fitted(value[name], field.type, here, told) if name in value else _NOTHING
        if one is _NOTHING and field.required:
            one = _made_up(field.type)
        if one is not _NOTHING:
            found[name] = one
    return found


def _tagged(value: Any, kinds: list[Any], place: Place, told: list[Mistake]) -> Any:
    """A table of one of several kinds, by the word that says which."""
    tags = {str(one.tag): one for one in kinds}
    name = str(kinds[0].tag_field)
    if name not in value:
        told.append(Mistake((*place, name), f"is missing: {_listed(tags)}."))
        return _NOTHING
    tag = _word(value[name], list(tags), (*place, name), told)
    return _NOTHING if tag is _NOTHING else _table(value, tags[tag], place, told)


def _word(value: Any, known: list[str], place: Place, told: list[Mistake]) -> Any:
    if value in known:
        return value
    guess = meant(value, known) if isinstance(value, str) else ""
    told.append(Mistake(place, f"must be {_listed(known)}.{guess}"))
    return _NOTHING


def _bounds(value: Any, kind: inspect.Type) -> Iterator[str]:
    for name, words in _BOUNDS:
        bound = getattr(kind, name, None)
        if bound is not None and not getattr(operator, name)(value, bound):
            yield f"be {words.format(f'{bound:g}')}"
    pattern = getattr(kind, "pattern", None)
    if pattern is not None and not re.search(pattern, value):
        yield _PATTERNS.get(pattern, f"look like {pattern}")


def _named(kinds: Iterable[inspect.Type]) -> str:
    words = (_WORDS[type(one)] for one in kinds if type(one) in _WORDS)
    return " or ".join(dict.fromkeys(words))


def _listed(words: Iterable[str]) -> str:
    *others, last = (f'"{word}"' for word in words)
    return f"{', '.join(others)} or {last}" if others else last


def _made_up(kind: inspect.Type) -> Any:
    """Something of that type, so that the rest of the table can still be looked at."""
    if isinstance(kind, inspect.StructType):
        needed = {one.encode_name: one.type for one in kind.fields if one.required}
        return {name: _made_up(one) for name, one in needed.items()}
    if isinstance(kind, inspect.UnionType):
        return _made_up(kind.types[0])
    if isinstance(kind, inspect.LiteralType):
        return kind.values[0]
    if isinstance(kind, inspect.StrType):
        return "/" if kind.pattern else "x"
    return {} if isinstance(kind, inspect.DictType) else []
