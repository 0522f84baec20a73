"""One source in the settings: its table, its dialect, and a first table to begin with.

Every mistake is told with its place and the line where that is written.
"""

import os
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import msgspec
from msgspec import Meta

from config.lines import lines_of, nearest
from connector.validation import Mistake, Place, fitted, meant, written

if TYPE_CHECKING:
    from connector.sources.checks import Declared


# Reads one `[sources.NAME]` table: what every source has, apart from how its master speaks.

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
_Proxy = Annotated[
    str,
    Meta(
        pattern=r"^(http://[^/?#@\s\\]+/?|environment)\Z",
        extra={
            "must": 'be like "http://proxy.example:3128"; a login goes into secrets.proxy. Or '
            '"environment", to obey HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY'
        },
    ),
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
    ca_file: str = ""
    """Authorities of certificates believed besides the public ones; relative to the settings."""
    proxy: _Proxy = ""
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


def keep_secret(settings: Path, name: str, secret: str, value: str) -> Path:
    """Write a secret into the file that the settings name for it; the file, mode 0600.

    Raises BadSettings where they name none, and for a value that is empty or of several lines.
    """
    with settings.open("rb") as opened:
        tables = tomllib.load(opened).get("sources", {})
    place = f"sources.{name}.secrets.{secret}"
    where = tables.get(name, {}).get("secrets", {}).get(secret, {})
    if "file" not in where:
        told = f"names the variable {where['env']}" if "env" in where else "is not there"
        raise BadSettings(
            f"{settings}: {place} {told}. To keep the secret in a file, write "
            f'secrets.{secret} = {{ file = "{name}.{secret}" }} into [sources.{name}].'
        )
    if not value.strip() or not value.strip().isprintable():
        raise BadSettings(f"The value for {place} must be one line, and not empty.")
    file = settings.parent / str(where["file"])
    beside = file.with_name(f"{file.name}.new")
    beside.unlink(missing_ok=True)
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as written_anew:
        written_anew.write(value.strip() + "\n")
    beside.replace(file)
    return file


PRESETS = Path(__file__).parent / "presets"
BLANK = "pages"
"""The preset that explains itself line by line: what a file from scratch begins as."""


class Written(NamedTuple):
    """A source file: what it says, and as it is written, to find the line of a mistake."""

    table: dict[str, Any]
    text: str
    called: str


def preset(name: str) -> dict[str, Any]:
    """A preset that comes along; raises BadSettings naming those there are."""
    return _preset(name).table


def preset_text(name: str) -> str:
    """The file of a preset as it is written; raises BadSettings naming those there are."""
    if name not in presets():
        raise BadSettings(f"There is {_no_preset(name)}")
    return (PRESETS / f"{name}.toml").read_text("utf-8")


@cache
def presets() -> tuple[str, ...]:
    """The names of the presets that come along."""
    return tuple(sorted(one.stem for one in PRESETS.glob("*.toml")))


def merged(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Table ``over`` laid on ``under``, tables within tables too."""
    result = dict(under)
    for key, value in over.items():
        below = result.get(key)
        if isinstance(below, dict) and isinstance(value, dict):
            value = merged(below, value)
        result[key] = value
    return result


def table_of(file: Path, source: SourceSettings) -> dict[str, Any]:
    """What a source of the settings ``file`` says of its master; raises BadSettings."""
    return merged(_below(file, source).table, source.overrides)


def declared(
    file: Path, source: SourceSettings, others: Iterable[SourceSettings] = ()
) -> "Declared":
    """The checked definition of a source; raises BadSettings with every mistake.

    ``others``: sources of the same file, whose mistakes are told in the same breath.
    """
    mistakes, found = _judged(file, source)
    if mistakes:
        more = (told for one in others if one != source for told in mistakes_of(file, one))
        raise refusal(file, [*mistakes, *more])
    return found


def mistakes_of(file: Path, source: SourceSettings) -> list[str]:
    """Every mistake in what a source says of its master."""
    try:
        return _judged(file, source)[0]
    except BadSettings as why:
        return [str(why)]


def missing(file: Path, source: SourceSettings) -> list[Mistake]:
    """A mistake where the preset or the file that a source names is not there."""
    place: Place = ("sources", source.name)
    if source.preset and source.preset not in presets():
        return [Mistake((*place, "preset"), f": there is {_no_preset(source.preset)}")]
    if source.file and not (file.parent / source.file).is_file():
        return [Mistake((*place, "file"), f": there is no {file.parent / source.file}.")]
    return []


def lined(mistake: Mistake, file: Path) -> str:
    """The mistake with its line in the settings."""
    _, line = nearest(_written_in(file), mistake.place)
    return f"line {line}: {mistake}" if line else str(mistake)


def _no_preset(name: str) -> str:
    return f"no preset {name!r}; there are: {', '.join(presets())}.{meant(name, presets())}"


def _preset(name: str) -> Written:
    text = preset_text(name)
    return Written(tomllib.loads(text), text, f"the preset {name}")


def _below(file: Path, source: SourceSettings) -> Written:
    if not source.file:
        return _preset(source.preset)
    own = file.parent / source.file
    try:
        text = own.read_text("utf-8")
        return Written(tomllib.loads(text), text, str(own))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        place = f"sources.{source.name}.file"
        raise BadSettings(f"{place}: {own} cannot be read: {error}.") from None


def _judged(file: Path, source: SourceSettings) -> tuple[list[str], "Declared"]:
    from connector.sources.checks import checked, secrets_of

    below = _below(file, source)
    table = merged(below.table, source.overrides)
    found, mistakes = checked(table, NAMES)
    told = [_told(one, file, source.name, below) for one in mistakes]
    for name, where in secrets_of(table).items():
        if name not in source.secrets:
            told.append(
                f"sources.{source.name}: the master needs the secret {name!r} (for {where}). Name "
                f'where it is: secrets.{name} = {{ env = "NAME" }} or {{ file = "PATH" }}.'
            )
    return told, found


def _told(mistake: Mistake, file: Path, name: str, below: Written) -> str:
    """The mistake in the settings' own places, with the line nearest to it."""
    whole = Mistake(("sources", name, *mistake.place), mistake.sentence)
    depth, _ = nearest(_written_in(file), whole.place)
    depth_below, line_below = nearest(lines_of(below.text), mistake.place)
    if line_below is not None and depth_below > depth - 2:
        return f"{below.called}, line {line_below}: {whole}"
    return lined(whole, file)


def _written_in(file: Path) -> dict[Place, int]:
    """The lines of a file's keys; none where it cannot be read."""
    try:
        return lines_of(file.read_text("utf-8"))
    except OSError:
        return {}


# Writes the first table of a source, from a preset: what it needs, what it may change.


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
    from connector.sources.checks import secrets_of

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


def is_asked_singly(table: dict[str, Any]) -> bool:
    """Whether a master can be asked for one customer: Sell always, others by what is declared."""
    stream = table.get("stream", {})
    return table.get("protocol") == "sell" or "one" in stream or "detail" in stream
