"""`espelho reconcile`, `hold`, `refresh`, `quarantine`: what master and mirror have apart."""

import sys
from contextlib import closing

import click
import msgspec

from config.assemble import mirror_of, source_of
from config.cli.options import (
    COUNT,
    as_json,
    listing,
    moment,
    print_json,
    sources_of,
    with_settings,
    write_down,
)
from config.failures import EXIT_FAILED
from config.settings import Settings


@click.command()
@click.argument("source", required=False)
@as_json
@with_settings
def reconcile(settings: Settings, source: str | None, as_json: bool) -> None:
    """List SOURCE (or every master) completely and compare it with the mirror.

    Both sides are compared in 1,024 buckets of keyed hashes; nothing is written and no value is
    shown. Where they differ, up to twenty ids are named. Exit code 1 when anything differs.
    """
    from connector.reconcile import prove

    same = True
    for chosen in sources_of(settings, source):
        with (
            closing(source_of(settings, chosen)) as master,
            closing(mirror_of(settings, read_only=True)) as db,
        ):
            proof = prove(db, master)
        same = same and proof.same
        if as_json:
            told = {"sentence": proof.sentence, "same": proof.same}
            print_json(told | msgspec.structs.asdict(proof))
            continue
        click.echo(f"{chosen.name}: {proof.sentence}")
        if proof.suspects:
            click.echo(f"Look at: {', '.join(proof.suspects)}")
    sys.exit(0 if same else EXIT_FAILED)


# `espelho hold`: what waits for a person.


@click.group()
def hold() -> None:
    """What is too much to believe, waiting for a person: removals, older rows, a field lost.

    Until somebody decides the mirror keeps what it has, and the copy is not called fresh.
    """


@hold.command("list")
@as_json
@with_settings
def list_holds(settings: Settings, as_json: bool) -> None:
    """List what is on hold."""
    from mirror.writing.holds import holds

    held = holds(mirror_of(settings, read_only=True))
    listing(
        held,
        ("source", "what", "since", "records", "of", "released"),
        lambda h: (h.source, h.kind, moment(h.held_at), h.missing, h.known, moment(h.released_at)),
        as_json=as_json,
        nothing="Nothing is on hold.",
    )


@hold.command("release")
@click.argument("source")
@click.option("--only", metavar="WHAT", help="Only this of what waits: gone, older, or the field.")
@click.option("--all", "everything", is_flag=True, help="All that waits.")
@with_settings
def release(settings: Settings, source: str, only: str | None, everything: bool) -> None:
    """Take the master's word in what is on hold for SOURCE; its next full run carries it out.

    Only the records shown are let go; where there are more by then, it is held again. Where several
    things wait, say which with --only, or --all.
    """
    from mirror.writing.holds import holds
    from mirror.writing.holds import release as let_go

    db = mirror_of(settings)
    kinds = [one.kind for one in holds(db, source)]
    if not kinds:
        sources_of(settings, source)  # a name never heard of is told as such
        raise _refused(f"Nothing is on hold for {source!r}.")
    if only is not None and only not in kinds:
        raise _refused(f"Of {source} there is no {only!r} on hold, but {', '.join(kinds)}.")
    if len(kinds) > 1 and only is None and not everything:
        raise _refused(f"Of {source} wait: {', '.join(kinds)}. Say --only one of them, or --all.")
    going = kinds if only is None else [only]
    write_down(settings, "hold_released", source=source, detail=" ".join(going))
    let_go(db, source, going)
    name = source.partition("/")[0]
    click.echo(f"Released. `espelho sync --full --source {name}` carries it out.")


def _refused(told: str) -> SystemExit:
    click.echo(told, err=True)
    return SystemExit(EXIT_FAILED)


# `espelho refresh`: one customer, asked for now.


@click.command()
@click.argument("source")
@click.argument("code")
@click.option("--accept-older", is_flag=True, help="Also where the master's record is older.")
@as_json
@with_settings
def refresh(settings: Settings, source: str, code: str, accept_older: bool, as_json: bool) -> None:
    """Bring the customer with the master's CODE in SOURCE in step, without waiting for a cycle.

    One request; the cursor stays where it is. Who the master no longer has is removed. A record
    older than ours is left and told; with --accept-older it is taken as the master's word.
    """
    from connector.refresh import ask_one
    from mirror.store.lease import lease

    (chosen,) = sources_of(settings, source)
    how = "accept-older" if accept_older else None
    write_down(settings, "refreshed", source=chosen.name, external_id=code, detail=how)
    with (
        closing(source_of(settings, chosen)) as master,
        closing(mirror_of(settings)) as db,
        lease(db, settings.data_dir) as fence,
    ):
        done = ask_one(db, master, fence, code, accept_older=accept_older)
    if as_json:
        print_json(done)
        return
    said = {
        "The mirror did not have it and has it now.": done.added,
        "It had changed; the mirror has the new one.": done.changed,
        "The mirror had it as it is.": done.unchanged,
        "The master no longer has it; the mirror neither.": done.gone,
        "It cannot be read and is in quarantine: see `espelho quarantine list`.": done.quarantined,
        "The master's record is older than the mirror's, which was left as it is. If the master "
        f"went back: `espelho refresh {source} {code} --accept-older`.": done.stale,
    }
    told = next((text for text, number in said.items() if number), "The master does not know it.")
    click.echo(f"{chosen.name}: {told}")


# `espelho quarantine`: the records that could not be read.


@click.group()
def quarantine() -> None:
    """Records that could not be read: which, where and by which rule; never a value.

    They are tried again by themselves when the master's row changes: mend it there.
    """


@quarantine.command("list")
@click.option("--source", metavar="NAME", help="Only this source.")
@click.option("--limit", type=COUNT, default=100, show_default=True, help="So many, latest first.")
@as_json
@with_settings
def list_quarantined(settings: Settings, source: str | None, limit: int, as_json: bool) -> None:
    """List what is in quarantine; of a value what it looks like: 9 for digits, a for letters."""
    from mirror.writing import quarantine as kept

    db = mirror_of(settings, read_only=True)
    with db.reading() as connection:
        entries = kept.entries(connection, source, limit, db.keys)
    if source and not entries:
        sources_of(settings, source)  # what is kept outlives a source; an unknown name is told
    listing(
        entries,
        ("source", "record", "field", "rule", "looks like", "since", "times"),
        lambda e: (
            e.source,
            e.external_id or e.subject,
            e.field,
            e.rule,
            e.shape,
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
    from connector.refresh import replay as again
    from mirror.store.lease import lease

    for chosen in sources_of(settings, source):
        write_down(settings, "quarantine_replayed", source=chosen.name)
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
