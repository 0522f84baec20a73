"""`espelho sync`, `rebuild`, `runs`, `status`: follow the masters now; what was done, why late."""

import os
import signal
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from threading import Thread
from types import FrameType
from typing import TYPE_CHECKING, Any, Self

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
    tell_words,
    with_settings,
    write_down,
)
from config.failures import EXIT_FAILED, EXIT_STOPPED
from config.settings import Settings, SourceSettings, doubts
from connector.http import Stopped

if TYPE_CHECKING:
    from connector.preview import Rehearsal
    from mirror.reading.freshness import Source


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
@click.option("--insist", is_flag=True, help="Ask also a master that asked for a longer pause.")
@as_json
@with_settings
def sync(
    settings: Settings, name: str | None, full: bool, dry_run: bool, insist: bool, as_json: bool
) -> None:
    """Bring the mirror in step with its masters, once.

    Without options only what changed since the last run is read. Kill it at any moment: the next
    run goes on from the last batch; after Ctrl-C, from the last page. Exit code 1 when a master
    could not be read to its end, 130 after Ctrl-C or SIGTERM.
    """
    once = partial(_rehearse if dry_run else follow, settings, insist=insist)
    sources = sources_of(settings, name)
    cycles = (partial(once, one, full) for one in sources)
    sys.exit(_brought(cycles, as_json=as_json, dry_run=dry_run))


def _brought(
    cycles: Iterable[Callable[[], Iterator[dict[str, Any]]]],
    *,
    as_json: bool = False,
    dry_run: bool = False,
) -> int:
    """Tell how each cycle ends; the exit code that says so of all."""
    code = 0
    try:
        for report in (one for cycle in cycles for one in cycle()):
            _tell(report, as_json)
            code = code if report["ok"] else EXIT_FAILED
            if report["stopped"]:
                return EXIT_STOPPED
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # one more must not disturb the way out
        click.echo(_AT_ONCE[dry_run], err=True)
        code = EXIT_STOPPED
    return code


def _tell(report: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(report)
    else:
        click.echo(f"{report['source']}: {report['sentence']}", err=not report["ok"])
        tell_words(report.get("words", ()))


def follow(
    settings: Settings,
    chosen: SourceSettings,
    full: bool,
    *,
    insist: bool = False,
    into: Path | None = None,
) -> Iterator[dict[str, Any]]:
    """One cycle under the lease: how each stream's run ended, and whether it was asked to.

    ``into``: the directory of another mirror than that of the settings.
    """
    from connector.sync import break_off
    from connector.sync import follow as cycle
    from mirror.store.lease import lease

    place = into or settings.data_dir
    with (
        Signals() as signals,
        closing(source_of(settings, chosen)) as source,
        closing(mirror_of(replace(settings, data_dir=place))) as db,
        lease(db, place) as fence,
        _progress(chosen.name) as show,
    ):

        def watch(received: int) -> None:
            show(received)
            signals.check(_KEPT[full])

        try:
            for report in cycle(db, source, fence, full=full, insist=insist, watch=watch):
                yield msgspec.structs.asdict(report) | {"stopped": signals.came}
        except KeyboardInterrupt:
            break_off(db, chosen.name, fence, _AT_ONCE[False])
            raise


def _rehearse(
    settings: Settings, chosen: SourceSettings, full: bool, *, insist: bool = False
) -> Iterator[dict[str, Any]]:
    from connector.preview import rehearse

    with (
        closing(source_of(settings, chosen)) as source,
        closing(mirror_of(settings, read_only=True)) as db,
    ):
        for one in (source, *source.activities):
            yield _rehearsed(rehearse(db, one, full=full, insist=insist))


def _rehearsed(result: "Rehearsal") -> dict[str, Any]:
    done = result.figures
    gone = f" Would remove {done.gone:,} that the master no longer has." if done.gone else ""
    would = (
        f"Would add {done.added:,}, change {done.changed:,} and put {done.quarantined:,} in "
        f"quarantine, of {done.received:,} received.{gone}"
    )
    told = result.problem or " ".join((would, *result.notes, "Nothing was changed."))
    return {
        "source": result.source,
        "mode": "dry run",
        "ok": result.ok,
        "figures": done,
        "sentence": told,
        "words": result.words,
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
    with Progress(*columns, console=Console(file=sys.__stderr__), transient=True) as bar:
        task = bar.add_task(f"{name}: …")
        yield lambda received: bar.update(task, description=f"{name}: {received:,} records read")


# `espelho rebuild`: a mirror is never repaired, for whatever is in it can be had again.


@click.command()
@click.option("--anyway", is_flag=True, help="Also a mirror of which every page is sound.")
@click.option("--take-fewer", is_flag=True, help="Also where the masters have far fewer customers.")
@with_settings
def rebuild(settings: Settings, anyway: bool, take_fewer: bool) -> None:
    """Read everything from the masters into a new mirror, and put it in the old one's place.

    For a mirror that is damaged; it is read whole first, to see whether it is. The new one is
    filled beside it while pages and terminals go on with the old one, which no connector brings in
    step meanwhile. It takes over once every master was read to its end, and where it lacks no more
    customers than a sweep may remove. Kill it at any moment: said again, it goes on. A mirror that
    does not open is set aside at once, and pages say that the copy is being filled. What is on hold
    is forgotten: the masters' word is taken. Staff, terminals and journal are not touched.
    """
    from config.assemble import has_mirror
    from config.rebuild import begin_empty, is_damaged, is_readable

    sources = sources_of(settings, None)
    if not anyway and has_mirror(settings) and not is_damaged(settings):
        click.echo(
            "Every page of the mirror is sound: nothing was done. `espelho sync --full` brings it "
            "in step with its masters; `espelho rebuild --anyway` makes it anew all the same.",
            err=True,
        )
        sys.exit(EXIT_FAILED)
    if is_readable(settings):
        sys.exit(_filled_beside(settings, sources, take_fewer))
    write_down(settings, "mirror_rebuilt")
    click.echo(_ASIDE.format(begin_empty(settings)))
    sys.exit(_brought(partial(follow, settings, one, False) for one in sources))


_ASIDE = "Set aside: {}. Delete it once you need it no more: it holds customers."


def _filled_beside(settings: Settings, sources: Sequence[SourceSettings], take_fewer: bool) -> int:
    """Fill a new mirror and let it take over; the command's exit code."""
    from config.rebuild import shadow

    with shadow(settings) as new:
        # Who is gone since it was begun is told by no list of changes: at the end all are listed.
        passes = (False, True) if new.resumed else (False,)
        code = _brought(
            partial(follow, settings, one, full, into=new.place)
            for one in sources
            for full in passes
        )
        lacking = [] if code or take_fewer else new.lacks()
        if code or lacking:
            for sentence in lacking:
                click.echo(sentence, err=True)
            click.echo(_LEFT.format(_FEWER if lacking else "", new.place), err=True)
            return code or EXIT_FAILED
        write_down(settings, "mirror_rebuilt")
        click.echo(_ASIDE.format(new.take_over()))
    return 0


_LEFT = (
    "The mirror is the old one still, and nothing of it was changed. {}What was read lies in {}: "
    "`espelho rebuild` goes on with it; delete that directory to begin anew."
)
_FEWER = "If the masters are right, `espelho rebuild --take-fewer` lets the new one take over. "


# Signals during a sync. Ctrl-C: the page under way is finished, and what was read is kept. SIGTERM:
# no page is waited for, and whatever still hangs after some seconds is broken off.

_STDERR = 2
_NOTICE = b"Stopping after the page under way. Ctrl-C once more stops at once.\n"
_HANG_S = 5.0


class Signals:
    """Within the block the first Ctrl-C is only noted; the second is a KeyboardInterrupt.

    An exception in the middle of a transaction would cost the batch that is open. SIGTERM ends
    what waits for a master, and is a KeyboardInterrupt five seconds later.
    """

    def __init__(self) -> None:
        from connector.http.transport import ENDING

        self._ending, self._pressed = ENDING, False

    def __enter__(self) -> Self:
        handlers = {
            signal.SIGINT: self._note,
            signal.SIGTERM: self._end,
            signal.SIGALRM: signal.default_int_handler,
        }
        self._before = {number: signal.signal(number, one) for number, one in handlers.items()}
        return self

    def __exit__(self, *_: object) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number, before in self._before.items():
            signal.signal(number, before)

    @property
    def came(self) -> bool:
        """Whether the run was asked to end."""
        return self._pressed or self._ending.asked

    def check(self, kept: str) -> None:
        """Raise Stopped, which tells what is ``kept``, when Ctrl-C was pressed."""
        if self._pressed:
            raise Stopped(f"Stopped by Ctrl-C. {kept}")

    def _note(self, number: int, frame: FrameType | None) -> None:
        self._pressed = True
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.write(_STDERR, _NOTICE)  # the streams of Python may be in the middle of a line

    def _end(self, number: int, frame: FrameType | None) -> None:
        Thread(target=self._ending.ask, args=("SIGTERM",)).start()
        signal.setitimer(signal.ITIMER_REAL, _HANG_S)


# `espelho runs`: what the connector did, a sentence a run.


@click.command()
@click.option("--source", metavar="NAME", help="Only this source.")
@click.option("--limit", type=COUNT, default=20, show_default=True, help="So many, newest first.")
@as_json
@with_settings
def runs(settings: Settings, source: str | None, limit: int, as_json: bool) -> None:
    """List the runs, newest first, each with how it ended in a sentence.

    Below them: the words of the masters that no map knows yet, how many records were read with
    each, and what to add to the settings.
    """
    from mirror.store import progress

    with mirror_of(settings, read_only=True).reading() as connection:
        history = progress.runs(connection, source, limit)
        words = progress.words(connection, source)
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
    if not as_json:
        tell_words(words)


# `espelho status`: why it is late, and what to do; what the operators' page says, at a terminal.


@click.command()
@as_json
@with_settings
def status(settings: Settings, as_json: bool) -> None:
    """Say of every source whether it is late, why, and which commands look and mend.

    Then what is wrong with the machine: disk, key, ledger, clock. Exit code 1 when anything is.
    """
    from datetime import UTC, datetime

    from config.assemble import installed_of, ledger_of
    from mirror.reading.freshness import sources
    from web.operations.health import Lately, troubles

    now, installed = datetime.now(UTC), installed_of(settings)
    with closing(mirror_of(settings, read_only=True)) as db, closing(ledger_of(settings)) as ledger:
        found = sources(db, now)
        wrong = troubles(db, ledger, installed, Lately(installed.data_dir))
    if as_json:
        for one in found:
            print_json(msgspec.structs.asdict(one) | {"runs": one.runs[:3], "to_do": one.to_do})
        for trouble in wrong:
            print_json({"code": trouble.code, "sentence": trouble.sentence, "to_do": trouble.do})
    else:
        _tell_state(found)
        for trouble in wrong:
            click.echo(f"{trouble.code}: {trouble.sentence}")
            _tell_commands(trouble.do)
        for doubt in doubts(settings):
            click.echo(f"settings: {doubt}")
    sys.exit(EXIT_FAILED if wrong or any(one.why not in _WELL for one in found) else 0)


_WELL = ("ok", "loading")


def _tell_state(found: "list[Source]") -> None:
    from mirror.store.progress import feed

    if not found:
        click.echo("No source was ever read: `espelho sync`.")
    for one in found:
        age = "of unknown age" if one.now.age_s is None else f"{one.now.age_s:,} s old"
        click.echo(f"{feed(one.source, one.stream)}: {one.now.state}, {age}. Why: {one.why}.")
        if one.why not in _WELL and one.now.cause:
            click.echo(f"  {one.now.cause}")
        _tell_commands(one.to_do)


def _tell_commands(commands: Sequence[str]) -> None:
    for one in commands:
        click.echo(f"  $ {one}")
