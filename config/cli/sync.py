"""`espelho sync`: follow the masters once, now."""

import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

import click

from config.assemble import mirror_of, source_of
from config.cli.shared import as_json, print_json, with_settings
from config.settings import Settings, SourceSettings
from config.telling import EXIT_FAILED


@click.command()
@click.option("--source", "name", metavar="NAME", help="Only this source.")
@click.option("--full", is_flag=True, help="List everything and settle what is gone.")
@click.option("--dry-run", is_flag=True, help="Read and judge, change nothing.")
@as_json
@with_settings
def sync(settings: Settings, name: str | None, full: bool, dry_run: bool, as_json: bool) -> None:
    """Bring the mirror in step with its masters, once.

    Without options only what changed since the last run is read. Kill it at any moment: the next
    run goes on from the last batch. Exit code 1 when a master could not be read to its end.
    """
    chosen = (settings.source(name),) if name else settings.sources
    if not chosen:
        click.echo(
            f"There is no source in {settings.file}: declare one as [sources.NAME].", err=True
        )
        sys.exit(EXIT_FAILED)
    failed = False
    for source in chosen:
        once = _rehearse if dry_run else follow
        report = once(settings, source, full)
        failed |= not report["ok"]
        if as_json:
            print_json(report)
        else:
            click.echo(f"{report['source']}: {report['sentence']}", err=not report["ok"])
    sys.exit(EXIT_FAILED if failed else 0)


def follow(settings: Settings, chosen: SourceSettings, full: bool) -> dict[str, Any]:
    """One cycle under the lease: how it ended, in the words of a Report."""
    from connector.sync import run
    from mirror.lease import lease

    with (
        closing(source_of(settings, chosen)) as source,
        closing(mirror_of(settings)) as db,
        lease(db, settings.data_dir) as fence,
        _progress(chosen.name) as watch,
    ):
        report = run(db, source, fence, full=full, watch=watch)
    return {name: getattr(report, name) for name in report.__struct_fields__}


def _rehearse(settings: Settings, chosen: SourceSettings, full: bool) -> dict[str, Any]:
    from connector.rehearse import rehearse

    with (
        closing(source_of(settings, chosen)) as source,
        closing(mirror_of(settings, read_only=True)) as db,
    ):
        result = rehearse(db, source, full=full)
    done = result.figures
    told = result.problem or (
        f"Would add {done.added:,}, change {done.changed:,} and put {done.quarantined:,} in "
        f"quarantine, of {done.received:,} received. Nothing was changed."
    )
    return {
        "source": result.source,
        "mode": "dry run",
        "ok": result.ok,
        "figures": done,
        "sentence": told,
    }


@contextmanager
def _progress(name: str) -> Iterator[Callable[[int], None]]:
    """A bar on a terminal, once a run takes longer than a moment; silence elsewhere."""
    if not sys.stderr.isatty():
        yield lambda received: None
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(f"{name}: …")
        yield lambda received: bar.update(task, description=f"{name}: {received:,} customers read")
