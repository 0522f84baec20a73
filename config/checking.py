"""Checks the values of a settings file one by one and collects every mistake.

Each function returns a usable value even where it found a mistake: the reading goes on, so that all
mistakes are told at once.
"""

import re
from difflib import get_close_matches
from pathlib import Path
from typing import Any

_DURATION = re.compile(r"(\d{1,9})\s*(s|m|h)?", re.ASCII)
_DAY_S = 86_400
_SECONDS = {"s": 1, "m": 60, "h": 3600, None: 1}

Mistakes = list[str]
"""Sentences, each naming its place in the file."""


class BadSettings(Exception):
    """The settings cannot be used; the message lists every mistake and what to do."""


def refusal(file: Path, mistakes: Mistakes) -> BadSettings:
    """All the mistakes of a settings file as one exception; a single one as one sentence."""
    if len(mistakes) == 1:
        return BadSettings(f"{file} is not right: {mistakes[0]}")
    listed = "\n".join(f"  - {mistake}" for mistake in mistakes)
    return BadSettings(f"{file} is not right:\n{listed}")


def table(value: Any, place: str, mistakes: Mistakes) -> dict[str, Any]:
    """A table of its own, to take entries out of."""
    if isinstance(value, dict):
        return dict(value)
    mistakes.append(f"{place} must be a table: [{place}].")
    return {}


def text(value: Any, place: str, mistakes: Mistakes) -> str:
    """A text; empty where it is not one."""
    return str(typed(value, str, place, mistakes) or "")


def typed(value: Any, kind: type, place: str, mistakes: Mistakes) -> Any:
    """A value of exactly this type (true is no number); None where it is not."""
    if type(value) is kind:
        return value
    words = {str: "a text", int: "a whole number", bool: "true or false", tuple: "a list"}
    mistakes.append(f"{place} must be {words[kind]}.")
    return None


def seconds(value: Any, place: str, mistakes: Mistakes) -> int:
    """A duration such as ``"5m"``, or a bare number of seconds; at most a day."""
    match = _DURATION.fullmatch(str(value))
    length = int(match[1]) * _SECONDS[match[2]] if match else 0
    if not 1 <= length <= _DAY_S:
        mistakes.append(f'{place} must be a duration like "60s", "5m" or "1h", at most a day.')
    return min(max(1, length), _DAY_S)


def clock(value: Any, place: str, mistakes: Mistakes) -> str:
    """A time of day."""
    if isinstance(value, str) and re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value):
        return value
    mistakes.append(f'{place} must be a time like "03:00".')
    return "03:00"


def unknown(
    received: dict[str, Any], known: tuple[str, ...], place: str, mistakes: Mistakes
) -> None:
    """Tell every entry that is no setting, with the setting it may have been meant to be."""
    for key in received:
        if key not in known:
            close = get_close_matches(key, known, n=1)
            hint = f" Did you mean {place}{close[0]}?" if close else ""
            mistakes.append(f"{place}{key} is not a setting.{hint}")


def secrets(received: Any, place: str, mistakes: Mistakes) -> dict[str, dict[str, str]]:
    """Where each secret is; a secret itself is refused, and not repeated."""
    found = {}
    for key, where in table(received, place, mistakes).items():
        if isinstance(where, dict) and len(where) == 1 and set(where) <= {"env", "file"}:
            found[key] = {kind: str(name) for kind, name in where.items()}
        else:
            mistakes.append(
                f'{place}.{key}: write {{ env = "NAME" }} or {{ file = "PATH" }}; '
                "a secret itself does not belong into this file."
            )
    return found
