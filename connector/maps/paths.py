"""The path grammar of maps: where in a master's record a value lies.

``a.b`` walks objects, ``a[0]`` takes one element, ``a[]`` takes them all, ``a[k=v]`` the first
whose ``k`` is ``v``; ``['a.b']`` is a key with a dot in it, ``$`` the record itself. A step that is
not there gives None (or nothing, below ``[]``): a missing field is not an error.
"""

import re
from collections.abc import Callable
from typing import Any

Getter = Callable[[dict[str, Any]], Any]
Step = str | int | tuple[str, str] | None
"""A key, a place in a list, the element whose key has a value, or every element."""

_NAME = re.compile(r"(?P<name>[^.\[\]]+)|\['(?P<quoted>[^']+)'\]")
_BRACKET = re.compile(r"\[(?:(?P<place>\d*)|(?P<key>[^\]=\[']+)=(?P<value>[^\]]*))\]")


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
            raise BadPath(f"{path!r} is not a path like a.b, a[0], a[].b or a[k=v].b")
        steps.append(name["name"] or name["quoted"])
        at = name.end()
        while bracket := _BRACKET.match(rest, at):
            steps.append(_bracketed(bracket))
            at = bracket.end()
        if (at < len(rest) and rest[at] not in ".[") or rest[at:] == ".":
            raise BadPath(f"{path!r} is not a path like a.b, a[0], a[].b or a[k=v].b")
        at += rest[at : at + 1] == "."
    return steps


def _bracketed(match: re.Match[str]) -> Step:
    if match["key"]:
        return match["key"], match["value"]
    return int(match["place"]) if match["place"] else None


def _each(many: str, one: str) -> Getter:
    # The usual `emails[].address`, without the general walk.
    def read(record: dict[str, Any]) -> list[Any]:
        found = record.get(many)
        if type(found) is not list:
            return []
        return [item.get(one) if type(item) is dict else None for item in found]

    return read


def walk(value: Any, steps: list[Step], at: int = 0) -> Any:
    """The value that the steps lead to, None where they lead nowhere."""
    while at < len(steps):
        step = steps[at]
        at += 1
        if step is None:
            items = value if isinstance(value, list) else []
            return [walk(item, steps, at) for item in items]
        value = _taken(value, step)
    return value


def _taken(value: Any, step: str | int | tuple[str, str]) -> Any:
    if isinstance(step, str):
        return value.get(step) if isinstance(value, dict) else None
    if not isinstance(value, list):
        return None
    if isinstance(step, int):
        return value[step] if step < len(value) else None
    key, wanted = step
    found = (one for one in value if isinstance(one, dict) and _written(one.get(key)) == wanted)
    return next(found, None)


def _written(value: Any) -> str | None:
    return None if value is None else str(value).lower() if type(value) is bool else str(value)
