"""`espelho quarantine`: the records that could not be read."""

from contextlib import closing

import click

from config.assemble import mirror_of, source_of
from config.cli.shared import (
    COUNT,
    as_json,
    listing,
    moment,
    sources_of,
    with_settings,
)
from config.settings import Settings


@click.group(short_help="Show the records that could not be read.")
def quarantine() -> None:
    """Records that could not be read: which, where and by which rule; never a value.

    They are tried again by themselves when the master's row changes: mend it there.
    """


@quarantine.command("list")
@click.option("--source", metavar="NAME", help="Only this source.")
@click.option("--limit", type=COUNT, default=100, show_default=True, help="So many, latest first.")
@as_json
@with_settings
def list_(settings: Settings, source: str | None, limit: int, as_json: bool) -> None:
    """List what is in quarantine."""
    from mirror import quarantine as kept

    with mirror_of(settings, read_only=True).reading() as connection:
        entries = kept.entries(connection, source, limit)
    if source and not entries:
        sources_of(settings, source)  # what is kept outlives a source; an unknown name is told
    listing(
        entries,
        ("source", "record", "field", "rule", "since", "times"),
        lambda e: (
            e.source,
            e.external_id or e.subject,
            e.field,
            e.rule,
            moment(e.first_seen_at),
            e.times,
        ),
        as_json=as_json,
        nothing=f"Nothing of {source!r} is in quarantine."
        if source
        else "Nothing is in quarantine.",
    )


@quarantine.command("replay")
@click.argument("source", required=False)
@with_settings
def replay(settings: Settings, source: str | None) -> None:
    """Read what is in quarantine again, from its sealed copies, after the map was mended."""
    from connector.replay import replay as again
    from mirror.lease import lease

    for chosen in sources_of(settings, source):
        with (
            closing(source_of(settings, chosen)) as master,
            closing(mirror_of(settings)) as db,
            lease(db, settings.data_dir) as fence,
        ):
            done = again(db, master, fence)
        click.echo(
            f"{chosen.name}: {done.tried:,} read again, {done.written:,} are in the mirror now, "
            f"{done.remain:,} remain."
        )
