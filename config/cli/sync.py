"""`espelho sync`: follow the masters once, now."""

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

import click

from config.assemble import mirror_of, source_of
from config.cli.shared import as_json, print_json, sources_of, with_settings
from config.settings import Settings, SourceSettings
from config.telling import EXIT_FAILED, EXIT_STOPPED

if TYPE_CHECKING:
    from connector.rehearse import Rehearsal

_KEPT = {
    False: "What was read is kept, and the next run goes on from there.",
    True: "What was read is kept and nothing was removed; what is gone, the next full run settles.",
}
"""By whether the run was to be a full one."""

_AT_ONCE = {
    False: "Stopped at once. What was written before is kept, and the next run goes on from there.",
    True: "Stopped. Nothing was changed: this was a dry run.",
}
"""By whether the run was a dry one."""


@click.command()
@click.option("--source", "name", metavar="NAME", help="Only this source.")
@click.option("--full", is_flag=True, help="List everything and settle what is gone.")
@click.option("--dry-run", is_flag=True, help="Read and judge, change nothing.")
@as_json
@with_settings
def sync(settings: Settings, name: str | None, full: bool, dry_run: bool, as_json: bool) -> None:
    """Bring the mirror in step with its masters, once.

    Without options only what changed since the last run is read. Kill it at any moment: the next
    run goes on from the last batch; after Ctrl-C, from the last page. Exit code 1 when a master
    could not be read to its end, 130 after Ctrl-C.
    """
    once = _rehearse if dry_run else follow
    code = 0
    try:
        for report in (
            one for source in sources_of(settings, name) for one in once(settings, source, full)
        ):
            _tell(report, as_json)
            code = code if report["ok"] else EXIT_FAILED
            if report["stopped"]:
                sys.exit(EXIT_STOPPED)
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # one more must not disturb the way out
        click.echo(_AT_ONCE[dry_run], err=True)
        code = EXIT_STOPPED
    sys.exit(code)


def _tell(report: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(report)
    else:
        click.echo(f"{report['source']}: {report['sentence']}", err=not report["ok"])


def follow(settings: Settings, chosen: SourceSettings, full: bool) -> Iterator[dict[str, Any]]:
    """One cycle under the lease: how each stream's run ended, and whether by Ctrl-C."""
    from config.cli.stopping import CtrlC
    from connector.sync import follow as cycle
    from mirror.lease import lease

    with (
        CtrlC() as ctrl_c,
        closing(source_of(settings, chosen)) as source,
        closing(mirror_of(settings)) as db,
        lease(db, settings.data_dir) as fence,
        _progress(chosen.name) as show,
    ):

        def watch(received: int) -> None:
            show(received)
            ctrl_c.check(_KEPT[full])

        for report in cycle(db, source, fence, full=full, watch=watch):
            told = {name: getattr(report, name) for name in report.__struct_fields__}
            yield told | {"stopped": ctrl_c.pressed}


def _rehearse(settings: Settings, chosen: SourceSettings, full: bool) -> Iterator[dict[str, Any]]:
    from connector.rehearse import rehearse

    with (
        closing(source_of(settings, chosen)) as source,
        closing(mirror_of(settings, read_only=True)) as db,
    ):
        for one in (source, *source.activities):
            yield _rehearsed(rehearse(db, one, full=full))


def _rehearsed(result: "Rehearsal") -> dict[str, Any]:
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
        "stopped": False,
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
        yield lambda received: bar.update(task, description=f"{name}: {received:,} records read")
