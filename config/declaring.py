"""Reads one `[sources.NAME]` table: what every source has, apart from how its master speaks."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from config import checking
from config.checking import Mistakes

NAMES = (
    "preset", "file", "base_url", "interval", "sweep_at", "secrets", "allow_insecure",
    "allow_private",
)  # fmt: skip
"""What every source may set; all else of its table is laid over its preset or file."""

_SOURCE_NAME = re.compile(r"[a-z0-9_-]{1,40}")


@dataclass(frozen=True)
class SourceSettings:
    """One `[sources.NAME]` table: which preset, where, how often, and what differs from it."""

    name: str
    preset: str
    base_url: str
    interval_s: int = 60
    sweep_at: str = "03:00"
    secrets: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    allow_insecure: bool = False
    allow_private: bool = False
    overrides: Mapping[str, Any] = field(default_factory=dict)
    file: str = ""
    """A source file of its own instead of a preset; relative to the settings."""


def source_from(name: str, received: Any, mistakes: Mistakes) -> SourceSettings:
    """The source of a table of that name; mistakes are told at their places."""
    place = f"sources.{name}"
    table = checking.table(received, place, mistakes)
    if not is_name(name):
        mistakes.append(f"{place}: a name is made of a-z, 0-9, - and _, at most 40.")
    _needed(table, place, mistakes)
    flags: dict[str, Any] = {
        flag: bool(checking.typed(table.pop(flag, False), bool, f"{place}.{flag}", mistakes))
        for flag in ("allow_insecure", "allow_private")
    }
    texts: dict[str, Any] = {
        key: checking.text(table.pop(key, ""), f"{place}.{key}", mistakes)
        for key in ("preset", "file", "base_url")
    }
    return SourceSettings(
        name=name,
        interval_s=checking.seconds(table.pop("interval", "60s"), f"{place}.interval", mistakes),
        sweep_at=checking.clock(table.pop("sweep_at", "03:00"), f"{place}.sweep_at", mistakes),
        secrets=checking.secrets(table.pop("secrets", {}), f"{place}.secrets", mistakes),
        overrides=table,
        **texts,
        **flags,
    )


def is_name(name: str) -> bool:
    """Whether a source may be called so."""
    return _SOURCE_NAME.fullmatch(name) is not None


def _needed(table: dict[str, Any], place: str, mistakes: Mistakes) -> None:
    if table.get("preset") and table.get("file"):
        mistakes.append(f"{place}.file and a preset exclude each other: name one of them.")
    if not table.get("preset") and not table.get("file"):
        mistakes.append(f"{place}.preset is missing (or a file of its own: {place}.file).")
    if not table.get("base_url"):
        mistakes.append(f"{place}.base_url is missing.")
