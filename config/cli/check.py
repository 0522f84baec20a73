"""`espelho check`: is the master there, and is it understood?"""

import sys
from datetime import UTC, datetime

import click

from config.assemble import source_of
from config.cli.shared import as_json, print_json, table, with_settings
from config.settings import Settings
from config.telling import EXIT_FAILED


@click.command(short_help="Read one page of a master and judge it.")
@click.argument("source", required=False)
@as_json
@with_settings
def check(settings: Settings, source: str | None, as_json: bool) -> None:
    """Read one page of SOURCE (or of every master) and say what became of it.

    Shows how often each field was filled, what would go to quarantine and how far the master's
    clock is from ours. Prints no value of any customer and changes nothing.
    """
    chosen = (settings.source(source),) if source else settings.sources
    if not chosen:
        click.echo(
            f"There is no source in {settings.file}: declare one as [sources.NAME].", err=True
        )
        sys.exit(EXIT_FAILED)
    for one in chosen:
        _check(settings, one.name, as_json)


def _check(settings: Settings, name: str, as_json: bool) -> None:
    from connector.rehearse import inspect

    source = source_of(settings, settings.source(name))
    try:
        seen = inspect(source)
    finally:
        source.close()
    drift = (seen.at - datetime.now(UTC)).total_seconds()
    if as_json:
        print_json(
            {
                "source": name,
                "clock_s": round(drift),
                "received": seen.received,
                "filled": seen.filled,
                "refused": seen.refused,
            }
        )
        return
    click.echo(f"{name}: the master answers; {seen.received} customers on its first page.")
    click.echo(f"Its clock is {abs(drift):.0f} s {'ahead of' if drift > 0 else 'behind'} ours.")
    share = ((field, number, "" if number else "always empty") for field, number in seen.filled)
    table(("field", "filled", ""), share, nothing="No customer could be read.")
    for rule, number in seen.refused:
        click.echo(f"Would go to quarantine: {number} by {rule}.")
