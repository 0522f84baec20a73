"""Writes the first table of a source, from a preset: what it needs, what it may change."""

import tomllib
from pathlib import Path

from config.declaring import BadSettings, is_name
from config.dialects import preset, preset_text


def begin(settings: Path, name: str, preset_name: str, *, own: bool) -> list[Path]:
    """Append the table of source ``name`` to the settings; returns the files written.

    ``own``: with a copy of the preset beside the settings. Nothing that is there is overwritten;
    raises BadSettings.
    """
    before = _text(settings)
    file = settings.parent / f"{name}.toml"
    _refuse(settings, before, name)
    copied = preset_text(preset_name) if own else ""
    if own and file.exists():
        raise BadSettings(f"{file} is there already; it is not overwritten.")
    after = before.rstrip("\n") + "\n\n" + first_table(name, preset_name, own=own)
    try:
        tomllib.loads(after)
    except tomllib.TOMLDecodeError:
        raise BadSettings(
            f"{settings} has its sources in one line: write the table there by hand."
        ) from None
    if own:
        file.write_text(copied, "utf-8")
    settings.write_text(after.lstrip("\n"), "utf-8")
    return [settings, file] if own else [settings]


def first_table(name: str, preset_name: str, *, own: bool = False) -> str:
    """The table of a source as a person would begin it; raises BadSettings for the preset."""
    from connector.sources.checked import secrets_of

    declared = preset(preset_name)
    dialect = f'file = "{name}.toml"' if own else f'preset = "{preset_name}"'
    notice = declared.get("notice")
    lines = [
        *([f"# {notice}"] if notice else []),
        f"[sources.{name}]",
        dialect,
        'base_url = "https://master.example"     # yours',
        '# interval = "60s"                      # between two readings of what changed',
        '# sweep_at = "03:00"                    # when everything is listed and compared',
    ]
    for secret, place in secrets_of(declared).items():
        lines += _secret(name, secret, place)
    if "hook" in declared:
        lines += [f"# {_secret(name, 'hook', 'what the master signs its hints with')[0]}"]
    return "\n".join([*lines, *_limits(name, declared.get("limits", {}))]) + "\n"


def _limits(name: str, limits: dict[str, object]) -> list[str]:
    """What the preset allows itself, for an account that allows less."""
    own = [f"# {key} = {value}" for key, value in limits.items() if key.startswith("per_")]
    return (
        ["", f"# [sources.{name}.limits]             # this account allows less?", *own]
        if own
        else []
    )


def _secret(name: str, secret: str, place: str) -> list[str]:
    return [
        f'secrets.{secret} = {{ file = "{name}.{secret}" }}    # one line, mode 0600; for {place}',
        f'# secrets.{secret} = {{ env = "{_variable(name, secret)}" }}',
    ]


def _variable(name: str, secret: str) -> str:
    return f"{name}_{secret}".upper().replace("-", "_")


def _text(settings: Path) -> str:
    try:
        return settings.read_text("utf-8")
    except FileNotFoundError:
        raise BadSettings(f"There is no {settings}. `espelho init` writes one here.") from None


def _refuse(settings: Path, text: str, name: str) -> None:
    if not is_name(name):
        raise BadSettings("A source's name is made of a-z, 0-9, - and _, at most 40.")
    try:
        there = tomllib.loads(text).get("sources", {})
    except tomllib.TOMLDecodeError as error:
        raise BadSettings(f"{settings} cannot be read: {error}.") from None
    if name in there:
        raise BadSettings(f"{settings} has a source {name!r} already; nothing was changed.")
