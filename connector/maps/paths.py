"""The path grammar of maps: where in a master's record a value lies.

``a.b`` walks objects, ``a[0]`` takes one element, ``a[]`` takes them all. A step that is not there
gives None (or nothing, below ``[]``): a missing field is not an error.
"""

import re
from collections.abc import Callable
from typing import Any

Getter = Callable[[dict[str, Any]], Any]
_STEP = re.compile(r"([^.\[\]]+)((?:\[\d*\])*)")
_INDEX = re.compile(r"\[(\d*)\]")


class BadPath(ValueError):
    """A path that cannot be read."""


def getter(path: str) -> Getter:
    """A function from a record to the value at ``path``; a list when the path has ``[]``."""
    steps = _steps(path)
    if is_key(path):
        return lambda record: record.get(path)
    if len(steps) == 3 and steps[1] is None and isinstance(steps[2], str):
        return _each(str(steps[0]), steps[2])
    return lambda record: _walk(record, steps, 0)


def is_key(path: str) -> bool:
    """Whether the path is a plain key of the record itself."""
    return not set(".[]") & set(path)


def _each(many: str, one: str) -> Getter:
    # The usual `emails[].address`, without the general walk.
    def read(record: dict[str, Any]) -> list[Any]:
        found = record.get(many)
        if type(found) is not list:
            return []
        return [item.get(one) if type(item) is dict else None for item in found]

    return read


def _steps(path: str) -> list[str | int | None]:
    steps: list[str | int | None] = []
    for part in path.split("."):
        match = _STEP.fullmatch(part)
        if match is None:
            raise BadPath(f"{path!r} is not a path like a.b, a[0] or a[].b")
        steps.append(match[1])
        steps += [int(index) if index else None for index in _INDEX.findall(match[2])]
    return steps


def _walk(value: Any, steps: list[str | int | None], at: int) -> Any:
    while at < len(steps):
        step = steps[at]
        at += 1
        if step is None:
            rest = at
            items = value if isinstance(value, list) else []
            return [_walk(item, steps, rest) for item in items]
        if isinstance(step, int):
            value = value[step] if isinstance(value, list) and step < len(value) else None
        else:
            value = value.get(step) if isinstance(value, dict) else None
    return value
