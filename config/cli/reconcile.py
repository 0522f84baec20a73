"""`espelho reconcile`: the proof that the mirror has what the master has."""

import sys
from contextlib import closing

import click

from config.assemble import mirror_of, source_of
from config.cli.shared import as_json, print_json, sources_of, with_settings
from config.settings import Settings
from config.telling import EXIT_FAILED


@click.command(short_help="Prove that the mirror has what the master has.")
@click.argument("source", required=False)
@as_json
@with_settings
def reconcile(settings: Settings, source: str | None, as_json: bool) -> None:
    """List SOURCE (or every master) completely and compare it with the mirror.

    Both sides are compared in 1,024 buckets of keyed hashes; nothing is written and no value is
    shown. Where they differ, up to twenty ids are named. Exit code 1 when anything differs.
    """
    from connector.sameness import prove

    same = True
    for chosen in sources_of(settings, source):
        with (
            closing(source_of(settings, chosen)) as master,
            closing(mirror_of(settings, read_only=True)) as db,
        ):
            proof = prove(db, master)
        same = same and proof.same
        if as_json:
            print_json({"sentence": proof.sentence, "same": proof.same, **_plain(proof)})
            continue
        click.echo(f"{chosen.name}: {proof.sentence}")
        if proof.suspects:
            click.echo(f"Look at: {', '.join(proof.suspects)}")
    sys.exit(0 if same else EXIT_FAILED)


def _plain(proof: object) -> dict[str, object]:
    return {name: getattr(proof, name) for name in proof.__struct_fields__}  # type: ignore[attr-defined]
