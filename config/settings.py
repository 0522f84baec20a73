"""Reads `espelho.toml`: once, whole, every mistake told at the same time.

Paths are relative to the file. Secrets are never in it: each is named by an environment variable
or a file.
"""

import os
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from config import checking
from config.checking import Mistakes
from web.settings import WebSettings

FILE = "espelho.toml"
VARIABLE = "ESPELHO_CONFIG"

_TOP = ("data_dir", "key_file", "web", "sources")
_SERVER = {"host": str, "port": int, "workers": int}
_NEEDED = ("preset", "base_url")
_SOURCE_NAME = re.compile(r"[a-z0-9_-]{1,40}")
_RULES: dict[str, tuple[Callable[[Any], object], str]] = {
    "port": (lambda number: 0 < number < 65_536, "from 1 to 65535"),
    "workers": (lambda number: 0 < number <= 64, "from 1 to 64"),
    "default_ddd": (re.compile("[1-9][1-9]").fullmatch, 'an area code like "11"'),
    "master_url": (
        re.compile(r"https://[^\s/]\S*").fullmatch,
        "an address that begins with https://",
    ),
    "reveal_seconds": (lambda number: 0 < number <= 600, "from 1 to 600"),
    "reveals_per_hour": (lambda number: number >= 0, "0 or more"),
    "lookups_per_minute": (lambda number: number > 0, "1 or more"),
    **dict.fromkeys(
        ("document_mask", "device_document_mask"),
        (("staff", "device").__contains__, '"staff" or "device"'),
    ),
}
"""What a value under [web] must be besides its type, and how that is said."""


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
    mistakes: Mistakes = []
    settings = _settings(file, content, mistakes)
    if mistakes:
        listed = "\n".join(f"  - {mistake}" for mistake in mistakes)
        raise BadSettings(f"{file} is not right:\n{listed}")
    return settings


def _settings(file: Path, content: dict[str, Any], mistakes: Mistakes) -> Settings:
    checking.unknown(content, _TOP, "", mistakes)
    web = checking.table(content.get("web", {}), "web", mistakes)
    tables = checking.table(content.get("sources", {}), "sources", mistakes)

    def path(name: str, default: str) -> Path:
        return file.parent / checking.text(content.get(name, default), name, mistakes)

    kinds = {one.name: type(one.default) for one in fields(WebSettings)}
    checking.unknown(web, (*kinds, *_SERVER), "web.", mistakes)
    return Settings(
        file=file,
        data_dir=path("data_dir", "data"),
        key_file=path("key_file", "espelho.key"),
        web=WebSettings(**_web(web, kinds, mistakes)),
        sources=tuple(_source(name, table, mistakes) for name, table in tables.items()),
        **_web(web, _SERVER, mistakes),
    )


def _web(table: dict[str, Any], kinds: Mapping[str, type], mistakes: Mistakes) -> dict[str, Any]:
    values = {}
    for name in (name for name in kinds if name in table):
        kind = str if kinds[name] is type(None) else kinds[name]
        value = checking.typed(table[name], kind, f"web.{name}", mistakes)
        fits, words = _RULES.get(name, (lambda _: True, ""))
        if value is None:
            continue
        if fits(value):
            values[name] = value
        else:
            mistakes.append(f"web.{name} must be {words}.")
    return values


def _source(name: str, received: Any, mistakes: Mistakes) -> SourceSettings:
    place = f"sources.{name}"
    table = checking.table(received, place, mistakes)
    if not _SOURCE_NAME.fullmatch(name):
        mistakes.append(f"{place}: a name is made of a-z, 0-9, - and _, at most 40.")
    mistakes += (f"{place}.{name} is missing." for name in _NEEDED if not table.get(name))
    flags = {
        flag: bool(checking.typed(table.pop(flag, False), bool, f"{place}.{flag}", mistakes))
        for flag in ("allow_insecure", "allow_private")
    }
    return SourceSettings(
        name=name,
        preset=checking.text(table.pop("preset", ""), f"{place}.preset", mistakes),
        base_url=checking.text(table.pop("base_url", ""), f"{place}.base_url", mistakes),
        interval_s=checking.seconds(table.pop("interval", "60s"), f"{place}.interval", mistakes),
        sweep_at=checking.clock(table.pop("sweep_at", "03:00"), f"{place}.sweep_at", mistakes),
        secrets=checking.secrets(table.pop("secrets", {}), f"{place}.secrets", mistakes),
        overrides=table,
        **flags,
    )
