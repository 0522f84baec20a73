"""`espelho source`: the dialects there are, a source to begin with, saved pages, the schema."""

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from config.cli.shared import as_json, print_json, table, with_settings
from config.settings import Settings, SourceSettings, find_file
from config.telling import EXIT_FAILED

if TYPE_CHECKING:
    from connector.rehearse import Inspection

_FILES = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group(short_help="Declare a master: presets, a first table, saved pages.")
def source() -> None:
    """How a master is declared: the presets, a table to begin with, a try without network."""


@source.command("list")
@as_json
def list_(as_json: bool) -> None:
    """List the presets, and how far each was tried."""
    from config.dialects import preset, presets

    known = [(name, preset(name)) for name in presets()]
    rows = [(name, one.get("protocol", "rest"), one.get("notice")) for name, one in known]
    if as_json:
        for row in rows:
            print_json(dict(zip(("preset", "protocol", "notice"), row, strict=True)))
        return
    shown = [(name, protocol, notice or "–") for name, protocol, notice in rows]
    table(("preset", "protocol", "how far it was tried"), shown, nothing="There is no preset.")


@source.command("new")
@click.argument("name")
@click.option("--preset", required=True, help="The dialect to begin with: `espelho source list`.")
@click.option("--own", is_flag=True, help="Copy the preset to NAME.toml, to be edited there.")
@click.pass_obj
def new(config: str | None, name: str, preset: str, own: bool) -> None:
    """Write a table to begin with for the source NAME into the settings.

    Its secrets are listed, each with a file and a variable to choose from. What is there is kept.
    """
    from config.beginning import begin

    for file in begin(find_file(config), name, preset, own=own):
        click.echo(f"Wrote {file}.")
    click.echo(f"Next: its address and its secrets, then `espelho check {name}`.")


@source.command("schema")
def schema() -> None:
    """Print the JSON Schema of source files, for editors."""
    from config.schema import written

    click.echo(written(), nl=False)


@source.command("replay")
@click.argument("name")
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=_FILES)
@click.option(
    "--detail",
    "details",
    multiple=True,
    type=_FILES,
    help="An answer for one customer, in the records' order; once for each.",
)
@as_json
@with_settings
def replay(
    settings: Settings, name: str, files: tuple[Path, ...], details: tuple[Path, ...], as_json: bool
) -> None:
    """Read saved pages as if the master of the source NAME had sent them, without network.

    Each FILE is one body as the master sent it. Shows, hidden, what each field became and what
    would go to quarantine; stores nothing. Exit code 1 when no customer came with a name.
    """
    from config.assemble import table_of
    from config.cli.understanding import as_row, fields_of, is_understood, tell

    chosen = settings.source(name)
    seen, mapped = _seen(settings, chosen, files, details), fields_of(table_of(settings, chosen))
    if as_json:
        print_json({"source": name, "ok": is_understood(seen)} | as_row(seen, mapped))
    else:
        click.echo(f"{name}: {seen.received} customers on {len(files)} saved pages.")
        tell(name, seen, mapped)
    sys.exit(0 if is_understood(seen) else EXIT_FAILED)


def _seen(
    settings: Settings, chosen: SourceSettings, files: Sequence[Path], details: Sequence[Path]
) -> "Inspection":
    from config.dialects import declared
    from connector.looking import Look
    from connector.rehearse import inspection_of
    from connector.saved import look_at_saved

    definition, look = declared(settings.file, chosen), Look()
    bodies = [detail.read_bytes() for detail in details]
    for file in files:
        look_at_saved(look, definition, f"{chosen.name}, {file}", file.read_bytes(), bodies)
    return inspection_of(look, datetime.now(UTC), 0, 0.0)
