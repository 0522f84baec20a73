"""Puts the parts together from plain settings: sources, databases, the web application."""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any

from config.settings import BadSettings, Settings, SourceSettings, find_file, load
from mirror.database import Database, open_ledger, open_mirror
from mirror.sealing import load_key

if TYPE_CHECKING:  # the web and the connector are imported by those who run them
    from flask import Flask

    from connector.sources.rest import RestSource

PRESETS = Path(__file__).parent / "presets"


def mirror_of(settings: Settings, *, read_only: bool = False) -> Database:
    """The mirror; raises KeyProblem or DatabaseProblem."""
    return open_mirror(settings.data_dir, load_key(settings.key_file), read_only=read_only)


def ledger_of(settings: Settings) -> Database:
    """The ledger; raises KeyProblem or DatabaseProblem."""
    return open_ledger(settings.data_dir, load_key(settings.key_file))


def source_of(settings: Settings, source: SourceSettings) -> "RestSource":
    """A source ready to be read; raises BadSettings or BadDefinition."""
    from connector.auth.store import SealedFile
    from connector.problems import OriginRefused
    from connector.sources.checked import definition
    from connector.sources.opening import open_source

    defined = definition(merged(preset(source.preset), source.overrides), source.name)
    secrets = {key: _secret(settings, source, key) for key in source.secrets}
    _check_named(defined.auth, secrets, source)
    keys = load_key(settings.key_file)
    store = SealedFile(settings.data_dir / f"{source.name}.token", keys)
    try:
        return open_source(
            source.name,
            defined,
            source.base_url,
            secrets,
            store,
            interval_s=source.interval_s,
            allow_insecure=source.allow_insecure,
            allow_private=source.allow_private,
        )
    except (OriginRefused, ValueError) as why:  # an address, a path of the map, a time zone
        sentence = str(why).rstrip(".")
        raise BadSettings(f"sources.{source.name}: {sentence}.") from None


def wsgi() -> "Flask":
    """The web application of the settings that ESPELHO_CONFIG names: what a server imports."""
    from web.app import create_app

    settings = load(find_file(None))
    return create_app(mirror_of(settings, read_only=True), ledger_of(settings), settings.web)


def preset(name: str) -> dict[str, Any]:
    """A preset that comes along; raises BadSettings naming those there are."""
    file = PRESETS / f"{name}.toml"
    if "/" in name or not file.is_file():
        there = ", ".join(sorted(one.stem for one in PRESETS.glob("*.toml")))
        raise BadSettings(f"There is no preset {name!r}; there are: {there}.")
    return tomllib.loads(file.read_text("utf-8"))


def merged(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Table ``over`` laid on ``under``, tables within tables too."""
    result = dict(under)
    for key, value in over.items():
        below = result.get(key)
        if isinstance(below, dict) and isinstance(value, dict):
            value = merged(below, value)
        result[key] = value
    return result


def _secret(settings: Settings, source: SourceSettings, key: str) -> str:
    place = f"sources.{source.name}.secrets.{key}"
    where = source.secrets[key]
    if name := where.get("env"):
        value = os.environ.get(name, "")
        told = f"the environment variable {name}"
    else:
        file = settings.file.parent / where["file"]
        value = _content(file, place)
        told = str(file)
    if not value:
        raise BadSettings(f"{place}: {told} is empty or not set.")
    if not (value.isascii() and value.isprintable()):
        raise BadSettings(f"{place}: {told} must hold one line of plain ASCII.")
    return value


def _content(file: Path, place: str) -> str:
    try:
        return file.read_bytes().decode("utf-8", "replace").strip()
    except OSError as error:
        raise BadSettings(f"{place}: {file} cannot be read ({error.strerror}).") from None


def _check_named(auth: Any, secrets: Mapping[str, str], source: SourceSettings) -> None:
    for name in Template(str(auth)).get_identifiers():
        if name not in secrets:
            raise BadSettings(
                f"sources.{source.name}: the master needs the secret {name!r}. Name where it is: "
                f'secrets.{name} = {{ env = "NAME" }} or {{ file = "PATH" }}.'
            )
