"""`espelho runs`: what the connector did, a sentence a run."""

import click

from config.assemble import mirror_of
from config.cli.shared import (
    COUNT,
    as_json,
    listing,
    moment,
    sources_of,
    with_settings,
)
from config.settings import Settings


@click.command(short_help="List the runs, each with how it ended.")
@click.option("--source", metavar="NAME", help="Only this source.")
@click.option("--limit", type=COUNT, default=20, show_default=True, help="So many, newest first.")
@as_json
@with_settings
def runs(settings: Settings, source: str | None, limit: int, as_json: bool) -> None:
    """List the runs, newest first, each with how it ended in a sentence."""
    from mirror import progress

    with mirror_of(settings, read_only=True).reading() as connection:
        history = progress.runs(connection, source, limit)
    if source and not history:
        sources_of(settings, source)  # history outlives a source; a name never heard of is told
    listing(
        history,
        ("run", "started", "source", "mode", "outcome", "what it did"),
        lambda r: (r.id, moment(r.started_at), r.source, r.mode, r.outcome, r.sentence),
        as_json=as_json,
        nothing=f"No run of {source!r}."
        if source
        else "No run yet. `espelho sync` makes the first.",
    )
