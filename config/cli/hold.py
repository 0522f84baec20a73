"""`espelho hold`: removals that wait for a person."""

import click

from config.assemble import mirror_of
from config.cli.shared import as_json, listing, moment, sources_of, with_settings
from config.settings import Settings
from config.telling import EXIT_FAILED


@click.group(short_help="Show or release removals that wait for a person.")
def hold() -> None:
    """Removals that a sweep found too many to believe, waiting for a person."""


@hold.command("list")
@as_json
@with_settings
def list_(settings: Settings, as_json: bool) -> None:
    """List what is on hold."""
    from connector.reconcile import holds

    held = holds(mirror_of(settings, read_only=True))
    listing(
        held,
        ("source", "since", "missing", "of", "released"),
        lambda h: (h.source, moment(h.held_at), h.missing, h.known, moment(h.released_at)),
        as_json=as_json,
        nothing="Nothing is on hold.",
    )


@hold.command("release")
@click.argument("source")
@with_settings
def release(settings: Settings, source: str) -> None:
    """Let the removal on hold for SOURCE go, at its next sweep.

    The sweep counts again: when more are missing by then, it holds again.
    """
    from connector.reconcile import release as let_go

    if let_go(mirror_of(settings), source):
        click.echo(f"Released. `espelho sync --full --source {source}` carries it out.")
        return
    sources_of(settings, source)  # a name never heard of is told as such
    click.echo(f"Nothing is on hold for {source!r}.", err=True)
    raise SystemExit(EXIT_FAILED)
