"""`espelho export`: the mirror's customers as NDJSON."""

import getpass

import click

from config.assemble import ledger_of, mirror_of
from config.cli.shared import print_json, sources_of, with_settings
from config.settings import Settings


@click.command(short_help="Print the customers as JSON, masked or clear.")
@click.option("--source", metavar="NAME", help="Only this source.")
@click.option("--clear", is_flag=True, help="Nothing masked; needs --reason.")
@click.option("--reason", metavar="TEXT", help="Why the export is made.")
@with_settings
def export(settings: Settings, source: str | None, clear: bool, reason: str | None) -> None:
    """Print the mirror's customers, one JSON object a line, masked unless --clear.

    Every export is written to the audit journal, with who and why, before its first line: masked,
    it still holds everybody's name.
    """
    from mirror.exporting import export as rows

    if source:
        sources_of(settings, source)
    if clear and not (reason and reason.strip()):
        raise click.UsageError("A clear export needs --reason: it is written to the journal.")
    _audit(settings, source, reason, "clear" if clear else "masked")
    for row in rows(mirror_of(settings, read_only=True), source=source, clear=clear):
        print_json(row)


def _audit(settings: Settings, source: str | None, reason: str | None, detail: str) -> None:
    from mirror import audit

    audit.record(
        ledger_of(settings),
        audit.Entry(
            "command", getpass.getuser(), "export", source=source, reason=reason, detail=detail
        ),
    )
