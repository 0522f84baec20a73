"""Reads one `[sources.NAME]` table: what every source has, apart from how its master speaks."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from connector.validation import Mistake, Place, fitted, written

_NAME = re.compile(r"[a-z0-9_-]{1,40}")
_DURATION = re.compile(r"(\d{1,9})\s*(s|m|h)?", re.ASCII)
_SECONDS = {"s": 1, "m": 60, "h": 3600, None: 1}
_Duration = Annotated[
    int,
    Meta(
        ge=1,
        le=86_400,
        extra={"must": 'be a duration like "60s", "5m" or "1h", at most a day'},
    ),
]
_Clock = Annotated[
    str,
    Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d\Z", extra={"must": 'be a time like "03:00"'}),
]


class BadSettings(Exception):
    """The settings cannot be used; the message lists every mistake and what to do."""


class SourceSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One `[sources.NAME]` table: which preset, where, how often, and what differs from it."""

    name: str
    preset: str = ""
    base_url: str = ""
    interval_s: _Duration = msgspec.field(default=60, name="interval")
    sweep_at: _Clock = "03:00"
    secrets: dict[str, dict[str, str]] = {}
    allow_insecure: bool = False
    allow_private: bool = False
    overrides: dict[str, Any] = {}
    file: str = ""
    """A source file of its own instead of a preset; relative to the settings."""


NAMES = tuple(
    one for one in SourceSettings.__struct_encode_fields__ if one not in ("name", "overrides")
)
"""What every source may set; all else of its table is laid over its preset or file."""


def refusal(file: Path, mistakes: list[str]) -> BadSettings:
    """All the mistakes of a settings file as one exception; a single one as one sentence."""
    if len(mistakes) == 1:
        return BadSettings(f"{file} is not right: {mistakes[0]}")
    listed = "\n".join(f"  - {mistake}" for mistake in mistakes)
    return BadSettings(f"{file} is not right:\n{listed}")


def table_at(value: Any, place: Place, mistakes: list[Mistake]) -> dict[str, Any]:
    """A table of its own, to take entries out of; empty where there is something else."""
    if isinstance(value, dict):
        return dict(value)
    mistakes.append(Mistake(place, f"must be a table: [{written(place)}]."))
    return {}


def source_from(name: str, received: Any, mistakes: list[Mistake]) -> SourceSettings:
    """The source of a table of that name; mistakes are told at their places."""
    place: Place = ("sources", name)
    table = table_at(received, place, mistakes)
    if not is_name(name):
        mistakes.append(Mistake(place, ": a name is made of a-z, 0-9, - and _, at most 40."))
    mistakes += _needed(table, place)
    own: dict[str, Any] = {key: table.pop(key) for key in NAMES if key in table}
    own["interval"] = _seconds(own.get("interval", "60s"))
    own["secrets"] = _secrets(own.get("secrets", {}), (*place, "secrets"), mistakes)
    source, wrong = fitted({**own, "name": name, "overrides": table}, SourceSettings, at=place)
    mistakes += wrong
    return source


def is_name(name: str) -> bool:
    """Whether a source may be called so."""
    return _NAME.fullmatch(name) is not None


def _needed(table: Mapping[str, Any], place: Place) -> Iterator[Mistake]:
    if table.get("preset") and table.get("file"):
        yield Mistake((*place, "file"), "and a preset exclude each other: name one of them.")
    if not table.get("preset") and not table.get("file"):
        own = written((*place, "file"))
        yield Mistake((*place, "preset"), f"is missing (or a file of its own: {own}).")
    if not table.get("base_url"):
        yield Mistake((*place, "base_url"), "is missing.")


def _seconds(duration: Any) -> int:
    """A duration such as ``"5m"``, or a bare number of seconds; 0 where it is none."""
    match = _DURATION.fullmatch(str(duration))
    return int(match[1]) * _SECONDS[match[2]] if match else 0


def _secrets(received: Any, place: Place, mistakes: list[Mistake]) -> dict[str, Any]:
    """Where each secret is; a secret itself is refused, and not repeated."""
    found = {}
    for key, where in table_at(received, place, mistakes).items():
        if isinstance(where, dict) and len(where) == 1 and set(where) <= {"env", "file"}:
            found[key] = {kind: str(name) for kind, name in where.items()}
        else:
            told = (
                ': write { env = "NAME" } or { file = "PATH" }; '
                "a secret itself does not belong into this file."
            )
            mistakes.append(Mistake((*place, key), told))
    return found
