"""`espelho check`: is the master there, and is it understood?"""

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from config.assemble import source_of, table_of
from config.cli.shared import as_json, print_json, sources_of, table, with_settings
from config.settings import Settings, SourceSettings
from config.telling import EXIT_FAILED

if TYPE_CHECKING:
    from connector.rehearse import Inspection


@click.command(short_help="Read one page of a master and judge it.")
@click.argument("source", required=False)
@as_json
@with_settings
def check(settings: Settings, source: str | None, as_json: bool) -> None:
    """Read one page of SOURCE (or of every master) and say what became of it.

    Shows how often each field of its map was filled, what would go to quarantine and how far the
    master's clock is from ours. Prints no value of any customer and changes nothing. Exit code 1
    when a master cannot be read, or when no customer of its page came with a name.
    """
    understood = [_check(settings, one, as_json) for one in sources_of(settings, source)]
    sys.exit(0 if all(understood) else EXIT_FAILED)


def _check(settings: Settings, chosen: SourceSettings, as_json: bool) -> bool:
    """Whether the master is understood."""
    from connector.rehearse import inspect

    source = source_of(settings, chosen)
    try:
        seen = inspect(source)
    finally:
        source.close()
    mapped = _mapped(settings, chosen)
    filled = [(field, number) for field, number in seen.filled if field in mapped]
    understood = not seen.received or dict(filled)["name"] > 0
    drift = (seen.at - datetime.now(UTC)).total_seconds()
    if as_json:
        print_json(
            {
                "source": chosen.name,
                "ok": understood,
                "clock_s": round(drift),
                "received": seen.received,
                "filled": filled,
                "refused": seen.refused,
            }
        )
    else:
        _tell(chosen.name, seen, filled, drift, understood)
    return understood


def _mapped(settings: Settings, chosen: SourceSettings) -> set[str]:
    """The fields that the map of a source names; nobody expects the others to be filled."""
    places = table_of(settings, chosen)["map"]
    return {field for field, place in places.items() if place}


def _tell(
    name: str, seen: "Inspection", filled: list[tuple[str, int]], drift: float, understood: bool
) -> None:
    click.echo(f"{name}: the master answers; {seen.received} customers on its first page.")
    click.echo(f"Its clock is {abs(drift):.0f} s {'ahead of' if drift > 0 else 'behind'} ours.")
    readable = seen.received - sum(number for _, number in seen.refused)
    if readable:
        share = ((field, number, "" if number else "always empty") for field, number in filled)
        table(("field", "filled", ""), share, nothing="The map names no field.")
    for rule, number in seen.refused:
        click.echo(f"Would go to quarantine: {number} by {rule}.")
    if not understood:
        seen_none = "came with a name" if readable else "of this page could be read"
        click.echo(
            f"{name}: no customer {seen_none}. Does the [map] of its dialect say where this master "
            "keeps what it has?",
            err=True,
        )
