"""Templates of requests: ``{page}`` and the like filled in, what has no value yet left out."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

_PLACE = re.compile(r"\{([a-z_]+)(?::([^{}]*))?\}")
_NOTHING = object()

Values = Mapping[str, Any]
"""What the places stand for; None and absent ones are not known yet."""


def filled(template: Any, values: Values) -> Any:
    """The template with its places filled; entries that need an unknown value are left out.

    A text that is one place and no more keeps its type: ``"{page}"`` becomes a number.
    """
    result = _filled(template, values)
    return {} if result is _NOTHING else result


def as_texts(template: Mapping[str, Any], values: Values) -> dict[str, str]:
    """The same for a query or headers: every value a text."""
    return {name: _text(value) for name, value in filled(dict(template), values).items()}


def names_in(template: Any) -> set[str]:
    """The places a template has."""
    if isinstance(template, str):
        return {name for name, _ in _PLACE.findall(template)}
    parts = template.values() if isinstance(template, Mapping) else template
    if isinstance(template, (Mapping, list)):
        return set().union(*(names_in(part) for part in parts))
    return set()


def _filled(template: Any, values: Values) -> Any:
    if isinstance(template, str):
        return _line(template, values)
    if isinstance(template, Mapping):
        entries = ((name, _filled(part, values)) for name, part in template.items())
        return {name: part for name, part in entries if part is not _NOTHING}
    if isinstance(template, list):
        return [part for part in (_filled(one, values) for one in template) if part is not _NOTHING]
    return template


def _line(template: str, values: Values) -> Any:
    places = _PLACE.findall(template)
    if any(values.get(name) is None for name, _ in places):
        return _NOTHING
    whole = _PLACE.fullmatch(template)
    if whole and not isinstance(values[whole[1]], datetime):
        return values[whole[1]]
    return _PLACE.sub(lambda match: _written(values[match[1]], match[2]), template)


def _written(value: Any, format_: str | None) -> str:
    if not isinstance(value, datetime):
        return str(value)
    if format_ in (None, "iso"):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if format_ and format_.startswith("utc:"):
        return value.astimezone(UTC).strftime(format_.removeprefix("utc:"))
    return value.isoformat() if format_ == "offset" else value.strftime(str(format_))


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
