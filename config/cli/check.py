"""`espelho check`: is the master there, and is it understood?"""

import sys
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from config.assemble import source_of, table_of
from config.cli.options import (
    as_json,
    print_json,
    sources_of,
    table,
    tell_words,
    with_settings,
)
from config.failures import EXIT_FAILED
from config.settings import Settings, SourceSettings
from config.sources import declared as defined

if TYPE_CHECKING:
    from collections.abc import Sequence

    from connector.inspection import Seen
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
    """Read some pages of SOURCE (or of every master) and say what became of them.

    Of the first page of customers: how often each field was filled and the shape of one example,
    what would go to quarantine, how far the master's clock is from ours, how fast it answers. Of
    two pages of every stream, and of what changed since: words that the map does not know, with the
    lines to add; what it does not read; what it never finds. Prints no value of any customer and
    changes nothing. Exit code 1 when a stream cannot be read, or when no customer of the first page
    came with a name.
    """
    understood = [_check(settings, one, as_json) for one in sources_of(settings, source)]
    sys.exit(0 if all(understood) else EXIT_FAILED)


def _check(settings: Settings, chosen: SourceSettings, as_json: bool) -> bool:
    """Whether the master is understood."""
    from connector.inspection import survey
    from connector.preview import inspect

    with closing(source_of(settings, chosen)) as source:
        seen = inspect(source)
        streams = survey(source, defined(settings.file, chosen))
    drift = (seen.at - datetime.now(UTC)).total_seconds()
    declared = table_of(settings, chosen)
    mapped = fields_of(declared)
    if as_json:
        row = _row(chosen.name, seen, drift) | as_row(seen, mapped)
        print_json(row | {"ok": row["ok"] and not _faulty(streams), "streams": streams})
    else:
        click.echo(
            f"{chosen.name}: the master answers; {seen.received} customers on its first page."
        )
        if notice := declared.get("notice"):
            click.echo(f"Of this dialect: {notice}")
        click.echo(f"Its clock is {abs(drift):.0f} s {'ahead of' if drift > 0 else 'behind'} ours.")
        click.echo(_rate(seen))
        tell(chosen.name, seen, mapped)
        for one in streams:
            tell_stream(chosen.name, one)
    return is_understood(seen) and not _faulty(streams)


def _faulty(streams: "Sequence[Seen]") -> bool:
    """Whether some stream could not be read to where a look goes."""
    return any(one.problem for one in streams)


def tell_stream(name: str, seen: "Seen") -> None:
    """Print what a person can do something about, of one stream."""
    since = "" if seen.since is None else f", {_many(seen.since, 'record')} of them as changes"
    click.echo(f"\n{seen.stream}: looked at {_many(seen.looked, 'record')}{since}.")
    tell_words(seen.words, "  ")
    if seen.unread:
        places = ", ".join(f"{one.path} (like {one.looks}, {one.records})" for one in seen.unread)
        click.echo(f"  Not read by the map, in so many records: {places}.")
    for rule, number in seen.refused:
        click.echo(f"  Cannot be read: {_many(number, 'record')} by {rule}.")
    if seen.never:
        places = ", ".join(f"{part} ({path})" for part, path in seen.never)
        click.echo(f"  Never found anything: {places}.")
    if seen.older:
        click.echo(
            f"  Older than what was asked for: {seen.older} of the changes. Does the master know "
            "what `since` asks it?"
        )
    if seen.problem:
        click.echo(f"{name}, {seen.stream}: {seen.problem}", err=True)


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
