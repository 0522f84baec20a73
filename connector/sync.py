"""One cycle of following a master: read pages, skip what did not change, write batches.

The story is `run`; everything it promises is in the one transaction that `_Cycle.commit` makes.
"""

from collections.abc import Callable, Iterator
from functools import partial

import msgspec

from connector.cursor import Cursor
from connector.problems import MasterProblem
from connector.sentences import sentence
from connector.sources.page import Page
from connector.sources.source import Source
from connector.stream_run import StreamRun
from mirror import progress
from mirror.activity.records import CUSTOMERS
from mirror.database import Database
from mirror.lease import check_fence
from mirror.progress import Figures, feed, now_us
from mirror.standing.reviewing import keep_rules, review_due

_BATCH_RECORDS = 7_500
"""Under a second of work: fewer cost more per record, more cost memory (2.5 KB each)."""
_BATCH_BYTES = 16_000_000
_BATCH_RECEIVED = 50_000
"""Of records that need no writing: so many, and where the run is goes to the disk."""


class Report(msgspec.Struct, frozen=True):
    """How a cycle ended."""

    source: str
    mode: str
    ok: bool
    figures: Figures
    sentence: str


def follow(
    db: Database,
    source: Source,
    fence: int,
    *,
    full: bool = False,
    watch: Callable[[int], None] = lambda received: None,
) -> Iterator[Report]:
    """Follow a master once, its customers first, then every further stream; a report of each."""
    for one in (source, *source.activities):
        yield run(db, one, fence, full=full, watch=watch)
    keep_rules(db, source.name, source.rules, partial(check_fence, fence=fence))


def run(
    db: Database,
    source: Source,
    fence: int,
    *,
    full: bool = False,
    watch: Callable[[int], None] = lambda received: None,
) -> Report:
    """Follow one stream once: what changed, or with ``full`` everything and what is gone.

    The first run lists everything. Never raises for the master's faults: the report tells them,
    and the whole pages read before stay. ``watch`` is told how many records came so far.
    """
    if source.streams[0] == CUSTOMERS:
        _keep_standings(db, source, fence)
    cycle = _Cycle(db, source, fence, full)
    try:
        for page in source.pages(cycle.since):
            cycle.take(page)
            watch(cycle.received)
        cycle.keep()
        if cycle.must_look_again:
            for page in source.pages(cycle.since):
                # Whoever was seen is written by now: only the others need to be read.
                cycle.take(msgspec.structs.replace(page, changed=False))
            cycle.keep()
        return cycle.finish()
    except MasterProblem as problem:
        return cycle.fail(str(problem))


def _keep_standings(db: Database, source: Source, fence: int) -> None:
    guard = partial(check_fence, fence=fence)
    keep_rules(db, source.name, source.rules, guard)
    review_due(db, guard)


class _Cycle:
    def __init__(self, db: Database, source: Source, fence: int, full: bool) -> None:
        self._db, self._source, self._fence = db, source, fence
        self._started_at = now_us()
        self.figures = Figures()
        stream = source.streams[0]
        self._feed = feed(source.name, stream)
        with db.writing() as connection:
            check_fence(connection, fence)
            self._point = progress.load_checkpoint(connection, source.name, stream)
            listed = self._point.listed_at is not None
            self._mode = ("sweep" if full else "changes") if listed else "initial"
            self._run_id = progress.start_run(connection, self._feed, self._mode)
            self._runs = {
                name: StreamRun(connection, db, source, name, self._mode) for name in source.streams
            }
        sweep = self._mode == "sweep"
        self._pages = 0
        self._point.interval_s = source.interval_s
        self._point.attempted_at = self._started_at
        self._begun_at = self._point.cursor
        self.since = None if sweep else self._begun_at
        """Where the master is asked to begin; None for everything."""
        # A sweep finds the cursor anew: one that a wrong clock once pushed ahead is mended by it.
        instant = source.instant_of(self.since) if self.since else None
        self._cursor = Cursor(self.since, instant, ordered=source.ordered and not sweep)

    @property
    def must_look_again(self) -> bool:
        """Whether a listing whose rows may have moved meanwhile can have passed somebody over."""
        if self._mode != "sweep":
            return self._source.sliding and self._pages > 1
        return self._source.shifting and any(one.misses_any for one in self._runs.values())

    @property
    def received(self) -> int:
        """Records received so far."""
        return self.figures.received + sum(one.received for one in self._runs.values())

    @property
    def _batch_is_full(self) -> bool:
        runs = self._runs.values()
        full = sum(one.rows for one in runs) >= _BATCH_RECORDS
        full |= sum(one.bytes for one in runs) >= _BATCH_BYTES
        return full or sum(one.received for one in runs) >= _BATCH_RECEIVED

    def take(self, page: Page) -> None:
        """Add a whole page to the batch, none of it where it cannot be read; write what is full."""
        self._cursor.see(self._runs[page.stream].take(page), page)
        self._pages += 1
        if self._batch_is_full:
            self.keep()

    def keep(self) -> None:
        """Write the batch and let the source know."""
        self.commit()
        self._source.confirm()

    def commit(self) -> None:
        """One transaction: rows, standings, quarantine, cursor and figures (promise 1)."""
        with self._db.writing() as connection:
            check_fence(connection, self._fence)
            for one in self._runs.values():
                self.figures.add(one.write(connection, lambda name: self._mode != "changes"))
            self.figures.requests = self._source.requests
            self._point.cursor = self._cursor.at if self._cursor.holds else self._begun_at
            progress.save_checkpoint(connection, self._point)
            progress.save_run(connection, self._run_id, self.figures)
        for one in self._runs.values():
            one.written()

    def finish(self) -> Report:
        """Settle what is gone and close the run."""
        self._point.cursor = self._cursor.at or self._begun_at
        for one in self._runs.values():
            self.figures.add(one.settle(self._fence))
        if self._mode != "changes":
            self._point.listed_at = self._started_at
        self._point.succeeded_at = self._started_at
        return self._close(None)

    def fail(self, problem: str) -> Report:
        """Keep the whole pages already read and close the run with what stopped it."""
        self.commit()
        return self._close(problem)

    def _close(self, problem: str | None) -> Report:
        self._point.problem = problem
        text = sentence(self._mode, self.figures, problem)
        with self._db.writing() as connection:
            check_fence(connection, self._fence)
            progress.save_checkpoint(connection, self._point)
            progress.save_run(
                connection,
                self._run_id,
                self.figures,
                sentence=text,
                outcome="failed" if problem else "ok",
                finished_at=now_us(),
            )
        return Report(self._feed, self._mode, problem is None, self.figures, text)
