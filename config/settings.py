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
from config.checking import BadSettings as BadSettings
from config.checking import Mistakes, refusal
from config.declaring import SourceSettings as SourceSettings
from config.declaring import source_from
from config.dialects import missing, mistakes_of, written_in
from config.lines import nearest
from mirror.facets.labels import FIELDS
from web.settings import WebSettings

FILE = "espelho.toml"
VARIABLE = "ESPELHO_CONFIG"

_TOP = ("data_dir", "key_file", "web", "sources")
_SERVER = {"host": str, "port": int, "workers": int}
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
    "required": (
        lambda names: names and set(names) <= set(FIELDS),
        f"a list of any of {', '.join(FIELDS)}",
    ),
    **dict.fromkeys(
        ("document_mask", "device_document_mask"),
        (("staff", "device").__contains__, '"staff" or "device"'),
    ),
}
"""What a value under [web] must be besides its type, and how that is said."""


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
    mistakes += (told for one in settings.sources for told in missing(file, one))
    if mistakes:
        raise refusal(file, [_with_line(one, file) for one in mistakes] + _others(settings))
    return settings


def _with_line(mistake: str, file: Path) -> str:
    place = mistake.partition(" ")[0].rstrip(":").split(".")
    _, line = nearest(written_in(file), place)
    return f"line {line}: {mistake}" if line else mistake


def _others(settings: Settings) -> Mistakes:
    """The mistakes of sources too, which are otherwise looked at when a source is opened."""
    there = (one for one in settings.sources if not missing(settings.file, one))
    named = (one for one in there if bool(one.preset) != bool(one.file))
    return [told for one in named for told in mistakes_of(settings.file, one)]


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
        sources=tuple(source_from(name, table, mistakes) for name, table in tables.items()),
        **_web(web, _SERVER, mistakes),
    )


def _web(table: dict[str, Any], kinds: Mapping[str, type], mistakes: Mistakes) -> dict[str, Any]:
    values = {}
    for name in (name for name in kinds if name in table):
        kind = str if kinds[name] is type(None) else kinds[name]
        given = tuple(table[name]) if isinstance(table[name], list) else table[name]
        value = checking.typed(given, kind, f"web.{name}", mistakes)
        fits, words = _RULES.get(name, (lambda _: True, ""))
        if value is None:
            continue
        if fits(value):
            values[name] = value
        else:
            mistakes.append(f"web.{name} must be {words}.")
    return values
