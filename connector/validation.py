"""Holds what a TOML file says against the types of a definition and tells every mistake at once.

msgspec judges. It tells the first mistake only, with its value, so that where it refuses each place
is looked at here. No value of the file is repeated: it could be a secret written into the wrong
place. Where the numbers of a bound do not say what is asked for, words stand beside it:
``Meta(pattern="^/", extra={"must": "begin with /"})``.
"""

import operator
import re
from collections.abc import Iterable
from typing import Any, TypeVar

import msgspec
from msgspec import inspect

Place = tuple[str | int, ...]
"""Keys from the top of a file or of a table down, numbers within lists."""

_Kind = TypeVar("_Kind")
_NOTHING = object()
_TYPES: dict[type, tuple[str, tuple[type, ...]]] = {
    inspect.StrType: ("a text", (str,)),
    inspect.IntType: ("a whole number", (int,)),
    inspect.FloatType: ("a number", (float, int)),
    inspect.BoolType: ("true or false", (bool,)),
    inspect.ListType: ("a list", (list,)),
    inspect.VarTupleType: ("a list", (list,)),
    inspect.DictType: ("a table", (dict,)),
    inspect.StructType: ("a table", (dict,)),
}
"""How a type is called, and what TOML has for it."""
_BOUNDS = {"ge": "{:g} or more", "gt": "more than {:g}", "le": "{:g} or less", "lt": "below {:g}"}


class Mistake(msgspec.Struct, frozen=True):
    """Something of a file that cannot be used: where, and what it must be."""

    place: Place
    sentence: str
    """What is said of the place; one that begins with a colon stands for itself."""

    def __str__(self) -> str:
        between = "" if self.sentence.startswith(":") else " "
        return f"{written(self.place)}{between}{self.sentence}".strip()


def written(place: Place) -> str:
    """A place as people write it: ``stream.page.stop[0]``."""
    parts = (f"[{one}]" if isinstance(one, int) else f".{one}" for one in place)
    return "".join(parts).removeprefix(".")


def meant(word: str, known: Iterable[str], before: str = "") -> str:
    """A question to put behind a sentence, with the nearest known word; empty without one."""
    from difflib import get_close_matches  # for who mistyped something

    close = get_close_matches(word, sorted(known), n=1)
    return f" Did you mean {before}{close[0]}?" if close else ""


def fitted(
    value: dict[str, Any], kind: type[_Kind], also: Iterable[str] = (), at: Place = ()
) -> tuple[_Kind, list[Mistake]]:
    """The table ``at`` a place as a ``kind``, and every mistake; what is mistaken is made up.

    ``also``: names that may have been meant besides the kind's own.
    """
    told: list[Mistake] = []
    try:
        return msgspec.convert(value, kind), told
    except msgspec.ValidationError:
        whole = inspect.type_info(kind)
    assert isinstance(whole, inspect.StructType)  # noqa: S101 -- for the type checker
    guess = f"{written(at)}." if at else ""
    found = _table(value, whole, at, told, also, guess)
    return msgspec.convert(found, kind), told


def _fitted(value: Any, kind: inspect.Type, place: Place, told: list[Mistake]) -> Any:
    kinds = kind.types if isinstance(kind, inspect.UnionType) else (kind,)
    chosen = [one for one in kinds if _takes(_bare(one), value)]
    if not chosen:
        words = (_TYPES[type(_bare(one))][0] for one in kinds if type(_bare(one)) in _TYPES)
        told.append(Mistake(place, f"must be {' or '.join(dict.fromkeys(words))}."))
        return _NOTHING
    if len(chosen) > 1:
        return _tagged(value, chosen, place, told)
    return _inner(value, chosen[0], place, told)


def _takes(bare: inspect.Type, value: Any) -> bool:
    """Whether a value may be of that type, whatever lies in it."""
    if isinstance(bare, inspect.AnyType | inspect.LiteralType):
        return True
    return type(value) in _TYPES.get(type(bare), ("", ()))[1]


def _inner(value: Any, kind: inspect.Type, place: Place, told: list[Mistake]) -> Any:
    bare = _bare(kind)
    if isinstance(bare, inspect.StructType):
        return _table(value, bare, place, told)
    if isinstance(bare, inspect.DictType):
        pairs = ((k, _fitted(v, bare.value_type, (*place, k), told)) for k, v in value.items())
        return {key: one for key, one in pairs if one is not _NOTHING}
    if isinstance(bare, inspect.ListType | inspect.VarTupleType):
        ones = (_fitted(v, bare.item_type, (*place, n), told) for n, v in enumerate(value))
        return [one for one in ones if one is not _NOTHING]
    if isinstance(bare, inspect.LiteralType):
        return _word(value, [str(one) for one in bare.values], place, told)
    if asked := _asked(value, kind):
        told.append(Mistake(place, f"must {asked}."))
        return _NOTHING
    return value


def _table(
    value: dict[str, Any],
    kind: inspect.StructType,
    place: Place,
    told: list[Mistake],
    also: Iterable[str] = (),
    guess: str = "",
) -> dict[str, Any]:
    fields = {one.encode_name: one for one in kind.fields}
    found: dict[str, Any] = {str(kind.tag_field): kind.tag} if kind.tag_field else {}
    known = {*fields, *found, *also}
    for key in (key for key in value if key not in fields and key not in found):
        told.append(Mistake((*place, key), f"is not a setting.{meant(key, known, guess)}"))
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


def _asked(value: Any, kind: inspect.Type) -> str:
    """What the bounds ask for, where the value does not keep them."""
    bare = _bare(kind)
    there = ((name, getattr(bare, name, None)) for name in _BOUNDS)
    bounds = {name: bound for name, bound in there if bound is not None}
    broken = [name for name, bound in bounds.items() if not getattr(operator, name)(value, bound)]
    pattern = getattr(bare, "pattern", None)
    if not broken and (pattern is None or re.search(pattern, value)):
        return ""
    if isinstance(kind, inspect.Metadata) and kind.extra:
        return str(kind.extra["must"])
    if {"ge", "le"} <= bounds.keys():
        return "be from {ge:g} to {le:g}".format(**bounds)
    return f"be {_BOUNDS[broken[0]].format(bounds[broken[0]])}"


def _bare(kind: inspect.Type) -> inspect.Type:
    """The type without the words beside its bounds."""
    return kind.type if isinstance(kind, inspect.Metadata) else kind


def _listed(words: Iterable[str]) -> str:
    *others, last = (f'"{word}"' for word in words)
    return f"{', '.join(others)} or {last}" if others else last


def _made_up(kind: inspect.Type) -> Any:
    """Something of that type, so that the rest of the table can still be looked at."""
    bare = _bare(kind)
    if isinstance(bare, inspect.StructType):
        needed = {one.encode_name: one.type for one in bare.fields if one.required}
        return {name: _made_up(one) for name, one in needed.items()}
    if isinstance(bare, inspect.UnionType):
        return _made_up(bare.types[0])
    if isinstance(bare, inspect.LiteralType):
        return bare.values[0]
    if isinstance(bare, inspect.StrType):
        return "/" if bare.pattern else "x"
    return {} if isinstance(bare, inspect.DictType) else []
