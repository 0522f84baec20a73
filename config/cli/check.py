"""`espelho check`: is the master there, and is it understood?"""

import sys
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from config.assemble import source_of, table_of
from config.cli.shared import as_json, print_json, sources_of, with_settings
from config.cli.understanding import as_row, fields_of, is_understood, tell
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

    Shows how often each field of its map was filled and the shape of one example, what would go to
    quarantine, how far the master's clock is from ours and how fast it answers. Prints no value of
    any customer and changes nothing. Exit code 1 when a master cannot be read, or when no customer
    of its page came with a name.
    """
    understood = [_check(settings, one, as_json) for one in sources_of(settings, source)]
    sys.exit(0 if all(understood) else EXIT_FAILED)


def _check(settings: Settings, chosen: SourceSettings, as_json: bool) -> bool:
    """Whether the master is understood."""
    from connector.rehearse import inspect

    with closing(source_of(settings, chosen)) as source:
        seen = inspect(source)
    drift = (seen.at - datetime.now(UTC)).total_seconds()
    declared = table_of(settings, chosen)
    mapped = fields_of(declared)
    if as_json:
        print_json(_row(chosen.name, seen, drift) | as_row(seen, mapped))
    else:
        click.echo(
            f"{chosen.name}: the master answers; {seen.received} customers on its first page."
        )
        if notice := declared.get("notice"):
            click.echo(f"Of this dialect: {notice}")
        click.echo(f"Its clock is {abs(drift):.0f} s {'ahead of' if drift > 0 else 'behind'} ours.")
        click.echo(_rate(seen))
        tell(chosen.name, seen, mapped)
    return is_understood(seen)


def _row(name: str, seen: "Inspection", drift: float) -> dict[str, object]:
    return {
        "source": name,
        "ok": is_understood(seen),
        "clock_s": round(drift),
        "requests": seen.requests,
        "seconds": round(seen.seconds, 3),
        "bytes": seen.size,
    }


def _rate(seen: "Inspection") -> str:
    """How fast the page came, and what a customer weighs."""
    told = f"{_many(seen.requests, 'request')} in {seen.seconds:.1f} s"
    if not seen.looked:
        return f"{told}."
    rate = seen.looked / max(seen.seconds, 0.001)
    return f"{told}: {rate:,.0f} customers/s of {seen.size // seen.looked:,} bytes each."


def _many(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"
