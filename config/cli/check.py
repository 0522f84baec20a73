"""`espelho check`: is the master there, and is it understood?"""

import sys
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from config.assemble import source_of, table_of
from config.cli.options import as_json, print_json, sources_of, table, with_settings
from config.failures import EXIT_FAILED
from config.settings import Settings, SourceSettings

if TYPE_CHECKING:
    from connector.preview import Inspection


# Tells how a master's records are understood, for people and for programs.


def fields_of(declared: dict[str, Any]) -> set[str]:
    """The fields that the map of a source names; nobody expects the others to be filled."""
    named = {field for field, place in declared["map"].items() if place}
    return named | {"extras"} if "extra_pairs" in named else named


def is_understood(seen: "Inspection") -> bool:
    """Whether some customer came with a name, or none came at all."""
    return not seen.received or dict(seen.filled)["name"] > 0


def as_row(seen: "Inspection", mapped: set[str]) -> dict[str, Any]:
    """What was seen, for programs; fields that no map names are left out."""
    return {
        "received": seen.received,
        "looked": seen.looked,
        "filled": [(field, number) for field, number in seen.filled if field in mapped],
        "examples": {field: told for field, told in seen.examples.items() if field in mapped},
        "refused": seen.refused,
        "flags": seen.flags,
    }


def tell(name: str, seen: "Inspection", mapped: set[str]) -> None:
    """Print how often each field was filled, by what, and what would not be taken."""
    readable = seen.looked - sum(number for _, number in seen.refused)
    if seen.looked < seen.received:
        click.echo(f"Looked at {seen.looked} of them: each costs a request of its own.")
    if readable:
        rows = (
            (field, number, seen.examples.get(field, "") if number else "always empty")
            for field, number in seen.filled
            if field in mapped
        )
        table(("field", "filled", "example, hidden"), rows, nothing="The map names no field.")
    for flag, number in seen.flags:
        click.echo(f"Kept with a flag: {number} by {flag}.")
    for rule, number in seen.refused:
        click.echo(f"Would go to quarantine: {number} by {rule}.")
    if not is_understood(seen):
        seen_none = "came with a name" if readable else "of this page could be read"
        click.echo(
            f"{name}: no customer {seen_none}. Does the [map] of its dialect say where this master "
            "keeps what it has?",
            err=True,
        )


@click.command()
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
    from connector.preview import inspect

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
