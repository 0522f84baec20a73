"""Reads `espelho.toml`: once, whole, every mistake told at the same time.

Paths are relative to the file. Secrets are never in it: each is named by an environment variable
or a file.
"""

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from web.settings import WebSettings

FILE = "espelho.toml"
VARIABLE = "ESPELHO_CONFIG"

_TOP = ("data_dir", "key_file", "web", "sources")
_SERVER = {"host": str, "port": int, "workers": int}
_SOURCE_NAME = re.compile(r"[a-z0-9_-]{1,40}")
_DURATION = re.compile(r"(\d+)\s*(s|m|h)?")
_SECONDS = {"s": 1, "m": 60, "h": 3600, None: 1}


class BadSettings(Exception):
    """The settings cannot be used; the message lists every mistake and what to do."""


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


@dataclass(frozen=True)
class Settings:
    """Everything that was chosen, as plain values."""

    file: Path
    data_dir: Path
    key_file: Path
    host: str = "127.0.0.1"
    port: int = 8700
    workers: int = 2
    web: WebSettings = field(default_factory=WebSettings)
    sources: tuple[SourceSettings, ...] = ()

    def source(self, name: str) -> SourceSettings:
        """The source of that name; raises BadSettings naming those there are."""
        for source in self.sources:
            if source.name == name:
                return source
        names = ", ".join(source.name for source in self.sources) or "none"
        raise BadSettings(f"There is no source {name!r} in {self.file}; there are: {names}.")


def find_file(named: str | None) -> Path:
    """The settings file: as named, by ESPELHO_CONFIG, or `espelho.toml` here."""
    return Path(named or os.environ.get(VARIABLE) or FILE).absolute()


def load(file: Path) -> Settings:
    """Read and check; raises BadSettings with every mistake."""
    try:
        content = tomllib.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        raise BadSettings(
            f"There is no {file}. `espelho init` writes one here; `--config FILE` or "
            f"{VARIABLE} names another; `espelho demo` needs none."
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise BadSettings(f"{file} cannot be read: {error}.") from None
    mistakes: list[str] = []
    settings = _settings(file, content, mistakes)
    if mistakes:
        listed = "\n".join(f"  - {mistake}" for mistake in mistakes)
        raise BadSettings(f"{file} is not right:\n{listed}")
    return settings


def _settings(file: Path, content: dict[str, Any], mistakes: list[str]) -> Settings:
    _unknown(content, _TOP, "", mistakes)
    web = _table(content.get("web", {}), "web", mistakes)
    tables = _table(content.get("sources", {}), "sources", mistakes)
    server = {
        key: _typed(web.pop(key), kind, f"web.{key}", mistakes)
        for key, kind in _SERVER.items()
        if key in web
    }
    return Settings(
        file=file,
        data_dir=file.parent / _text(content.get("data_dir", "data"), "data_dir", mistakes),
        key_file=file.parent / _text(content.get("key_file", "espelho.key"), "key_file", mistakes),
        web=_web(web, mistakes),
        sources=tuple(_source(name, table, mistakes) for name, table in tables.items()),
        **{key: value for key, value in server.items() if value is not None},
    )


def _web(table: dict[str, Any], mistakes: list[str]) -> WebSettings:
    known = {one.name: type(one.default) for one in fields(WebSettings)}
    _unknown(table, (*known, *_SERVER), "web.", mistakes)
    kinds = {name: str if kind is type(None) else kind for name, kind in known.items()}
    values = {
        name: _typed(table[name], kinds[name], f"web.{name}", mistakes)
        for name in known
        if name in table
    }
    return WebSettings(**{name: value for name, value in values.items() if value is not None})


def _source(name: str, received: Any, mistakes: list[str]) -> SourceSettings:
    place = f"sources.{name}"
    table = _table(received, place, mistakes)
    if not _SOURCE_NAME.fullmatch(name):
        mistakes.append(f"{place}: a name is made of a-z, 0-9, - and _, at most 40.")
    for needed in ("preset", "base_url"):
        if not table.get(needed):
            mistakes.append(f"{place}.{needed} is missing.")
    flags = {
        flag: bool(_typed(table.pop(flag, False), bool, f"{place}.{flag}", mistakes))
        for flag in ("allow_insecure", "allow_private")
    }
    return SourceSettings(
        name=name,
        preset=_text(table.pop("preset", ""), f"{place}.preset", mistakes),
        base_url=_text(table.pop("base_url", ""), f"{place}.base_url", mistakes),
        interval_s=_seconds(table.pop("interval", "60s"), f"{place}.interval", mistakes),
        sweep_at=_clock(table.pop("sweep_at", "03:00"), f"{place}.sweep_at", mistakes),
        secrets=_secrets(table.pop("secrets", {}), f"{place}.secrets", mistakes),
        overrides=table,
        **flags,
    )


def _secrets(received: Any, place: str, mistakes: list[str]) -> dict[str, dict[str, str]]:
    found = {}
    for key, where in _table(received, place, mistakes).items():
        if isinstance(where, dict) and len(where) == 1 and set(where) <= {"env", "file"}:
            found[key] = {kind: str(name) for kind, name in where.items()}
        else:
            mistakes.append(
                f'{place}.{key}: write {{ env = "NAME" }} or {{ file = "PATH" }}; '
                "a secret itself does not belong into this file."
            )
    return found


def _table(value: Any, place: str, mistakes: list[str]) -> dict[str, Any]:
    if isinstance(value, dict):
        return dict(value)
    mistakes.append(f"{place} must be a table: [{place}].")
    return {}


def _text(value: Any, place: str, mistakes: list[str]) -> str:
    return str(_typed(value, str, place, mistakes) or "")


def _typed(value: Any, kind: type, place: str, mistakes: list[str]) -> Any:
    if type(value) is kind:
        return value
    words = {str: "a text", int: "a whole number", bool: "true or false"}
    mistakes.append(f"{place} must be {words[kind]}.")
    return None


def _seconds(value: Any, place: str, mistakes: list[str]) -> int:
    match = _DURATION.fullmatch(str(value))
    seconds = int(match[1]) * _SECONDS[match[2]] if match else 0
    if seconds < 1:
        mistakes.append(f'{place} must be a duration like "60s", "5m" or "1h".')
    return max(1, seconds)


def _clock(value: Any, place: str, mistakes: list[str]) -> str:
    if isinstance(value, str) and re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value):
        return value
    mistakes.append(f'{place} must be a time like "03:00".')
    return "03:00"


def _unknown(
    table: dict[str, Any], known: tuple[str, ...], place: str, mistakes: list[str]
) -> None:
    for key in table:
        if key not in known:
            close = get_close_matches(key, known, n=1)
            hint = f" Did you mean {place}{close[0]}?" if close else ""
            mistakes.append(f"{place}{key} is not a setting.{hint}")
