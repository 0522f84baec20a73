"""`espelho audit` and `espelho export`: who saw what, and everybody taken out on record."""

import getpass

import click

from config.assemble import ledger_of, mirror_of
from config.cli.options import (
    COUNT,
    Whom,
    WhomType,
    as_json,
    entries_about,
    listing,
    moment,
    print_json,
    refuse_unknown,
    sources_of,
    with_settings,
)
from config.failures import EXIT_FAILED
from config.settings import Settings


@click.command()
@click.option("--actor", metavar="LOGIN", help="Only what this person, terminal or user did.")
@click.option(
    "--customer",
    "whom",
    type=WhomType(),
    metavar="SOURCE/CODE",
    help="Only this customer; the number in the address of their page will do too.",
)
@click.option("--limit", type=COUNT, default=100, show_default=True, help="So many, newest first.")
@click.option("--verify", is_flag=True, help="Check that no entry was altered or removed.")
@as_json
@with_settings
def audit(
    settings: Settings,
    actor: str | None,
    whom: Whom | None,
    limit: int,
    verify: bool,
    as_json: bool,
) -> None:
    """List who searched, opened, revealed, copied or exported, newest first.

    Entries name the customer and the field, never a value. With --verify the chain of entries is
    checked from its beginning; exit code 1 when it is broken.
    """
    ledger = ledger_of(settings)
    if verify:
        _verify(ledger, as_json)
        return
    entries = entries_about(ledger, whom, actor, limit)
    if whom and not entries:
        refuse_unknown(settings, ledger, whom)
    listing(
        entries,
        ("entry", "when", "who", "what", "customer", "field", "why"),
        lambda e: (
            e.id,
            moment(e.at),
            e.actor,
            e.action,
            _whom(e),
            e.field or "",
            e.reason or e.detail or "",
        ),
        as_json=as_json,
        nothing="No entry fits.",
    )


def _whom(entry) -> str:  # type: ignore[no-untyped-def]
    return f"{entry.source}/{entry.external_id}" if entry.external_id else ""


def _verify(ledger, as_json: bool) -> None:  # type: ignore[no-untyped-def]
    from mirror.ledger import journal

    verdict = journal.verify(ledger)
    if as_json:
        print_json(verdict)
    else:
        told = "intact" if verdict.intact else f"broken at entry {verdict.broken_at}"
        click.echo(f"{verdict.rows:,} entries checked: {told}. Head: {verdict.head}")
    if not verdict.intact:
        raise SystemExit(EXIT_FAILED)


# `espelho export`: the mirror's customers as NDJSON.


@click.command()
@click.option("--source", metavar="NAME", help="Only this source.")
@click.option("--clear", is_flag=True, help="Nothing masked; needs --reason.")
@click.option("--reason", metavar="TEXT", help="Why the export is made.")
@with_settings
def export(settings: Settings, source: str | None, clear: bool, reason: str | None) -> None:
    """Print the mirror's customers, one JSON object a line, masked unless --clear.

    Every export is written to the audit journal, with who and why, before its first line: masked,
    it still holds everybody's name.
    """
    from mirror.reading.export import export as rows

    if source:
        sources_of(settings, source)
    if clear and not (reason and reason.strip()):
        raise click.UsageError("A clear export needs --reason: it is written to the journal.")
    _audit(settings, source, reason, "clear" if clear else "masked")
    for row in rows(mirror_of(settings, read_only=True), source=source, clear=clear):
        print_json(row)


def _audit(settings: Settings, source: str | None, reason: str | None, detail: str) -> None:
    from mirror.ledger import journal

    journal.record(
        ledger_of(settings),
        journal.Entry(
            "command", getpass.getuser(), "export", source=source, reason=reason, detail=detail
        ),
    )
