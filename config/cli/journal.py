"""`espelho audit`: who saw what."""

import click

from config.assemble import ledger_of
from config.cli.shared import COUNT, as_json, listing, moment, print_json, with_settings
from config.cli.whom import Whom, WhomType, entries_about, refuse_unknown
from config.settings import Settings
from config.telling import EXIT_FAILED


@click.command(short_help="List who saw what, or verify the journal.")
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
    from mirror import audit as journal

    verdict = journal.verify(ledger)
    if as_json:
        print_json(verdict)
    else:
        told = "intact" if verdict.intact else f"broken at entry {verdict.broken_at}"
        click.echo(f"{verdict.rows:,} entries checked: {told}. Head: {verdict.head}")
    if not verdict.intact:
        raise SystemExit(EXIT_FAILED)
