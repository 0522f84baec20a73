"""Expressions of maps: paths to where a value lies, filters behind bars, several put together.

``"cnpj_cpf"``, ``"fone | digits | ltrim0"``, ``["fantasia", "razao_social"]`` (the first that is
not empty), ``{ concat = ["ddd", "numero"], sep = " ", filter = "digits" }``.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import tzinfo
from typing import Any

import msgspec

from connector.mapping.filters import Filter, Lookups, filter_of
from connector.mapping.strict_json import absent, written
from mirror.text import fold

# The path grammar of maps: where in a master's record a value lies.
#
# ``a.b`` walks objects, ``a[0]`` takes one element, ``a[]`` takes them all, ``a[k=v]`` the first
# whose ``k`` is ``v``, without case, accents and blanks, and that has what is asked of it;
# ``['a.b']`` is a key with a dot in it, ``$`` the record itself. In brackets
# a bar is a letter like any other, ``a[k=CPF|CNPJ]``; ``a[k='v]']`` has a bracket in its value. A
# step that is not there gives None (or nothing, below ``[]``): a missing field is not an error.

Getter = Callable[[dict[str, Any]], Any]
Step = str | int | tuple[str, str] | None
"""A key, a place in a list, the element whose key has a value, or every element."""

_NAME = re.compile(r"(?P<name>[^.\[\]]+)|\['(?P<quoted>[^']+)'\]")
_BRACKET = re.compile(
    r"\[(?:(?P<place>\d*)|(?P<key>[^\]=\[']+)=(?:'(?P<quoted>[^']*)'|(?P<value>[^\]]*)))\]"
)
_BAR = re.compile(r"\[(?:[^\]']|'[^']*')*\]|\[[^\]]*\]|'\|'|\|")
"""A bar, or what a bar within does not part: brackets, and ``'|'`` as a filter is given it."""


_NO_PATH = "is not a path like a.b, a[0], a[].b or a[k=v].b"


class BadPath(ValueError):
    """A path that cannot be read."""


def getter(path: str) -> Getter:
    """A function from a record to the value at ``path``; a list when the path has ``[]``."""
    if is_key(path):
        return lambda record: record.get(path)
    steps = steps_of(path)
    if len(steps) == 3 and steps[1] is None and type(steps[0]) is type(steps[2]) is str:
        return _each(steps[0], steps[2])
    return lambda record: walk(record, steps)


def parted(text: str) -> tuple[str, list[str]]:
    """The path of an expression and the filters behind its bars, as they are written."""
    bars = [match.start() for match in _BAR.finditer(text) if match[0] == "|"]
    cuts = zip([0, *(bar + 1 for bar in bars)], [*bars, len(text)], strict=True)
    path, *filters = [text[begin:end].strip() for begin, end in cuts]
    return path, filters


def texts_in(value: Any) -> Iterator[str]:
    """Every text in a table, in tables and lists of it too."""
    if isinstance(value, str):
        yield value
    parts = value.values() if isinstance(value, dict) else value
    for part in parts if isinstance(value, dict | list) else ():
        yield from texts_in(part)


def nothing(record: dict[str, Any]) -> Any:
    """Reads what the map does not name."""
    return None


def is_key(path: str) -> bool:
    """Whether the path is a plain key of the record itself."""
    return path not in ("", "$") and not set(".[]") & set(path)


def steps_of(path: str) -> list[Step]:
    """The steps of a path; raises BadPath."""
    if path == "$":
        return []
    rest = path.removeprefix("$.")
    steps: list[Step] = []
    at = 0
    while at < len(rest) or not steps:
        name = _NAME.match(rest, at)
        if name is None:
            raise BadPath(f"{path!r} {_NO_PATH}")
        steps.append(name["name"] or name["quoted"])
        at = name.end()
        while bracket := _BRACKET.match(rest, at):
            steps.append(_bracketed(bracket))
            at = bracket.end()
        if (at < len(rest) and rest[at] not in ".[") or rest[at:] == ".":
            raise BadPath(f"{path!r} {_NO_PATH}")
        at += rest[at : at + 1] == "."
    return steps


def _bracketed(match: re.Match[str]) -> Step:
    if match["key"]:
        return match["key"], match["value"] if match["quoted"] is None else match["quoted"]
    return int(match["place"]) if match["place"] else None


def _each(many: str, one: str) -> Getter:
    # The usual `emails[].address`, without the general walk.
    def read(record: dict[str, Any]) -> list[Any]:
        found = record.get(many)
        if type(found) is not list:
            found = _elements(found)
        return [
            item.get(one) if type(item) is dict else item if type(item) is str else None
            for item in found
        ]

    return read


def walk(value: Any, steps: list[Step], at: int = 0) -> Any:
    """The value that the steps lead to, None where they lead nowhere."""
    while at < len(steps):
        step = steps[at]
        at += 1
        if step is None:
            of_texts = at == len(steps) - 1 and isinstance(steps[at], str)
            return [
                item if of_texts and type(item) is str else walk(item, steps, at)
                for item in _elements(value)
            ]
        if isinstance(step, tuple):
            said = [walk(one, steps, at) for one in _called(value, *step)]
            return next((one for one in said if not absent(one)), said[0] if said else None)
        value = _taken(value, step)
    return value


def _taken(value: Any, step: str | int) -> Any:
    if isinstance(step, str):
        return value.get(step) if isinstance(value, dict) else None
    elements = _elements(value)
    return elements[step] if step < len(elements) else None


def _called(value: Any, key: str, wanted: str) -> list[dict[str, Any]]:
    """The elements whose key has that value, those that are written just so before the others."""
    objects = [one for one in _elements(value) if type(one) is dict and one.get(key) is not None]
    words = [(written(one[key]), one) for one in objects]
    alike = fold(wanted)
    return [one for word, one in words if word == wanted] + [
        one for word, one in words if word != wanted and fold(word) == alike
    ]


_LONGEST_PLACE = 6


def numbered(value: dict[str, Any]) -> bool:
    """Whether an object is a list, as some programs write theirs: ``{"0": …, "1": …}``."""
    return bool(value) and all(len(key) <= _LONGEST_PLACE and key.isdigit() for key in value)


def _elements(value: Any) -> list[Any]:
    """The elements of a list; the one value that stands in place of a list is one of it."""
    if type(value) is list:
        return value
    if type(value) is dict and numbered(value):
        return list(value.values())
    return [] if absent(value) else [value]


class Concat(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Several parts as one text; nothing where every part is empty."""

    concat: list[str]
    sep: str = ""
    filter: str | None = None


One = str | Concat
Expression = One | list[One]


def paths_in(spec: Any) -> list[str]:
    """The plain paths of an expression, of several, or of none, without what filters them."""
    if isinstance(spec, list):
        return [path for one in spec for path in paths_in(one)]
    texts = spec.concat if isinstance(spec, Concat) else [spec] if spec else []
    return [path for text in texts if (path := parted(text)[0])]


def carrier(spec: Expression | None) -> Callable[[Any], dict[str, Any]] | None:
    """Puts a value where an expression finds it, None where that is no plain place."""
    *_, path = paths_in(spec[0] if isinstance(spec, list) and spec else spec) or [""]
    steps = steps_of(path) if path else []
    if not steps or not all(isinstance(step, str) for step in steps):
        return None

    def carry(value: Any) -> dict[str, Any]:
        for step in reversed(steps):
            value = {step: value}
        found: dict[str, Any] = value
        return found

    return carry


class Dialect(msgspec.Struct, frozen=True):
    """What expressions are read with: the master's zone and its own tables."""

    zone: tzinfo
    lookups: Lookups = {}

    def getter(self, spec: Expression) -> Getter:
        """A function from a record to the value of the expression; raises BadPath or BadFilter."""
        if isinstance(spec, list):
            return _first_of([self.getter(one) for one in spec])
        if isinstance(spec, Concat):
            return self._concat(spec)
        path, filters = parted(spec)
        get = getter(path) if path else nothing
        return _piped(get, [filter_of(one, self.zone, self.lookups) for one in filters])

    def key_or_getter(self, spec: Expression) -> str | Getter:
        """The key itself where the expression is no more than that, else a function."""
        return (
            spec
            if isinstance(spec, str) and "|" not in spec and is_key(spec)
            else self.getter(spec)
        )

    def lines(self, wanted: Mapping[str, Expression]) -> list[tuple[str, str | Getter]]:
        """What `values.lines` reads: each field with its key or its function."""
        return [(field, self.key_or_getter(spec)) for field, spec in wanted.items()]

    def _concat(self, spec: Concat) -> Getter:
        parts = [self.getter(one) for one in spec.concat]
        last = filter_of(spec.filter, self.zone, self.lookups) if spec.filter else None

        def read(record: dict[str, Any]) -> Any:
            texts = [str(value) for part in parts if not absent(value := part(record))]
            joined = spec.sep.join(texts) or None
            return last(joined) if last else joined

        return read


def _first_of(parts: list[Getter]) -> Getter:
    def read(record: dict[str, Any]) -> Any:
        for part in parts:
            if not absent(value := part(record)):
                return value
        return None

    return read if len(parts) != 1 else parts[0]


def _piped(get: Getter, filters: list[Filter]) -> Getter:
    if not filters:
        return get

    def read(record: dict[str, Any]) -> Any:
        value = get(record)
        for one in filters:
            value = one(value)
        return value

    return read


# Functions that are written for one map, so that what every record goes through is no loop.


def keys_of(specs: Iterable[Expression | None]) -> list[str] | None:
    """The keys of a record without all of which these expressions find nothing.

    None where they may find something all the same.
    """
    found = set[str]()
    for one in (part for spec in specs for part in (spec if isinstance(spec, list) else [spec])):
        texts = one.concat if isinstance(one, Concat) else [one] if one else []
        ends = one.filter if isinstance(one, Concat) else None
        for path, filters in map(parted, texts):
            step = (steps_of(path) or [None])[0] if path else None
            if not isinstance(step, str) or any(_makes_up(name) for name in (*filters, ends)):
                return None
            found.add(step)
    return sorted(found)


def _makes_up(text: str | None) -> bool:
    return (text or "").split(" ")[0] == "const"


def reading(
    fields: Iterable[tuple[str, list[str] | None, Callable[..., Any]]],
) -> Callable[..., None]:
    """``(record, flags, found)``: every field into ``found`` that a record has any of the keys of.

    A field whose keys are None is always read. What a record has nothing of costs no call.
    """
    told, names = ["get = record.get"], dict[str, Any]()
    for number, (field, keys, read) in enumerate(fields):
        names |= {f"read{number}": read, f"field{number}": field}
        names |= {f"key{number}_{place}": key for place, key in enumerate(keys or ())}
        asked = [f"get({name}) is not None" for name in names if name.startswith(f"key{number}_")]
        call = f"found[field{number}] = read{number}(record, flags)"
        told.append(f"if {' or '.join(asked)}: {call}" if asked else call)
    return _compiled("record, flags, found", told, names)


def reading_lines(
    wanted: list[tuple[str, str | Getter]], names: Mapping[str, Any]
) -> Callable[[dict[str, Any], list[str]], dict[str, str]]:
    """``(record, flags)``: every field that is a text as nearly all are, or what is made of it.

    ``names``: what is ABSENT and SHORT, who reads what is ``unusual``, and at which ``place``.
    """
    told, known = ["found = {}", "get = record.get"], dict(names)
    for number, (field, get) in enumerate(wanted):
        known |= {f"get{number}": get, f"field{number}": field}
        call = f"get(get{number})" if isinstance(get, str) else f"get{number}(record)"
        told += _LINE.format(call=call, field=f"field{number}").splitlines()
    return _compiled("record, flags", [*told, "return found"], known)


_LINE = """\
value = {call}
if value is not None:
    if type(value) is str and len(value) <= SHORT and "\\n" not in value:
        if value not in ABSENT:
            found[{field}] = value
    elif value := unusual(value, place, {field}, flags):
        found[{field}] = value"""


def _compiled(arguments: str, told: list[str], names: dict[str, Any]) -> Callable[..., Any]:
    """A function of these lines; ``names``: what they call by which name.

    Nothing of a map stands in the lines themselves: it is among the names.
    """
    text = [f"def written({arguments}):", *(f"    {line}" for line in told)]
    there = {"__file__": __file__, **names}
    exec(compile("\n".join(text), "<written for a map>", "exec"), there)  # noqa: S102 - see above
    function: Callable[..., Any] = there["written"]
    return function
