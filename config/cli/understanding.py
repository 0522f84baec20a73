"""Tells how a master's records are understood, for people and for programs."""

from typing import TYPE_CHECKING, Any

import click

from config.cli.shared import table

if TYPE_CHECKING:
    from connector.rehearse import Inspection


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
