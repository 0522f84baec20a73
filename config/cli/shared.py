"""What several commands have in common: settings at hand, and answers for people or programs."""

from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from typing import Any, TypeVar

import click
import msgspec

from config.settings import BadSettings, Settings, SourceSettings, find_file, load
from mirror.instants import instant_of

PORT = click.IntRange(1, 65_535)
COUNT = click.IntRange(min=1)

as_json = click.option(
    "--json", "as_json", is_flag=True, help="Print JSON, one object a line, for programs."
)


def with_settings(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give the command the settings as its first argument."""

    @click.pass_obj
    @wraps(command)
    def inner(named: str | None, *args: Any, **options: Any) -> Any:
        return command(load(find_file(named)), *args, **options)

    return inner


def settings_of(named: str | None) -> Settings:
    """The settings of the file that the command line or the environment names."""
    return load(find_file(named))


def sources_of(settings: Settings, name: str | None) -> tuple[SourceSettings, ...]:
    """The source of that name, or every one; raises BadSettings where there is none."""
    if not settings.sources:
        raise BadSettings(f"There is no source in {settings.file}: declare one as [sources.NAME].")
    return (settings.source(name),) if name else settings.sources


_One = TypeVar("_One")


def print_json(row: Any) -> None:
    """One JSON object on a line of its own."""
    click.echo(msgspec.json.encode(row).decode())


def moment(us: int | None) -> str:
    """An instant of the databases in this machine's time, which it names, to the second."""
    if us is None:
        return "–"
    return instant_of(us).astimezone().strftime("%Y-%m-%d %H:%M:%S %Z")


def listing(
    found: Sequence[_One],
    titles: Sequence[str],
    row: Callable[[_One], Sequence[object]],
    *,
    as_json: bool,
    nothing: str,
) -> None:
    """What was found, one a line: each whole as JSON, or its ``row`` in a table."""
    if as_json:
        for one in found:
            print_json(one)
    else:
        table(titles, map(row, found), nothing=nothing)


def table(titles: Sequence[str], rows: Iterable[Sequence[object]], *, nothing: str) -> None:
    """A plain table as wide as its contents, or the sentence for an empty one."""
    lines = [[str(cell) for cell in row] for row in rows]
    if not lines:
        click.echo(nothing)
        return
    widths = [max(map(len, column)) for column in zip(titles, *lines, strict=True)]
    for line in (titles, *lines):
        cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        click.echo("  ".join(cells).rstrip())
