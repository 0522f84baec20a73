"""`espelho refresh`: one customer, asked for now."""

from contextlib import closing

import click

from config.assemble import mirror_of, source_of
from config.cli.shared import as_json, print_json, sources_of, with_settings
from config.settings import Settings


@click.command(short_help="Ask a master for one customer, now.")
@click.argument("source")
@click.argument("code")
@as_json
@with_settings
def refresh(settings: Settings, source: str, code: str, as_json: bool) -> None:
    """Bring the customer with the master's CODE in SOURCE in step, without waiting for a cycle.

    One request; the cursor stays where it is. Who the master no longer has is removed.
    """
    from connector.single import ask_one
    from mirror.lease import lease

    (chosen,) = sources_of(settings, source)
    with (
        closing(source_of(settings, chosen)) as master,
        closing(mirror_of(settings)) as db,
        lease(db, settings.data_dir) as fence,
    ):
        done = ask_one(db, master, fence, code)
    if as_json:
        print_json(done)
        return
    said = {
        "The mirror did not have it and has it now.": done.added,
        "It had changed; the mirror has the new one.": done.changed,
        "The mirror had it as it is.": done.unchanged,
        "The master no longer has it; the mirror neither.": done.gone,
        "It cannot be read and is in quarantine: see `espelho quarantine list`.": done.quarantined,
    }
    told = next((text for text, number in said.items() if number), "The master does not know it.")
    click.echo(f"{chosen.name}: {told}")
