"""How a source's master speaks: a preset or a file, with what the settings lay over it.

Every mistake is told with its place and the line where that is written.
"""

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from config.declaring import NAMES, BadSettings, SourceSettings, refusal
from config.lines import lines_of, nearest
from connector.validation import Mistake, Place, meant

if TYPE_CHECKING:  # commands that follow no master need none of this
    from connector.sources.checked import Declared

PRESETS = Path(__file__).parent / "presets"


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
    from connector.sources.checked import checked, secrets_of

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
