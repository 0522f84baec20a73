"""One cycle of following a master: read pages, skip what did not change, write batches.

The story is `run`; everything it promises is in the one transaction that `_Cycle.commit` makes.
"""

from collections.abc import Callable

import msgspec

from connector.batch import Batch
from connector.cursor import Cursor
from connector.problems import MasterProblem
from connector.reading import PageReader
from connector.reconcile import Census, misses_any, settle
from connector.sentences import sentence
from connector.sources.page import Page
from connector.sources.source import Source
from mirror import progress, quarantine
from mirror.database import Database
from mirror.lease import check_fence
from mirror.progress import Figures, now_us
from mirror.writing import apply, remove

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


def run(
    db: Database,
    source: Source,
    fence: int,
    *,
    full: bool = False,
    watch: Callable[[int], None] = lambda received: None,
) -> Report:
    """Follow ``source`` once: what changed, or with ``full`` everything and what is gone.

    The first run lists everything. Never raises for the master's faults: the report tells them,
    and the whole pages read before stay. ``watch`` is told how many records came so far.
    """
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


class _Cycle:
    def __init__(self, db: Database, source: Source, fence: int, full: bool) -> None:
        self._db, self._source, self._fence = db, source, fence
        self._started_at = now_us()
        self.figures = Figures()
        with db.writing() as connection:
            check_fence(connection, fence)
            self._point = progress.load_checkpoint(connection, source.name)
            listed = self._point.listed_at is not None
            self._mode = ("sweep" if full else "changes") if listed else "initial"
            self._run_id = progress.start_run(connection, source.name, self._mode)
            self._refused_before = quarantine.known(connection, source.name)
            self._census: Census | None = None
            if self._mode == "sweep":
                self._census = Census(connection, source.name, self._refused_before)
        self._gone: set[str] = set()
        self._pages = 0
        self._point.interval_s = source.interval_s
        self._point.attempted_at = self._started_at
        self._reader = PageReader(source, db, self._refused_before)
        self._begun_at = self._point.cursor
        self.since = None if self._mode == "sweep" else self._begun_at
        """Where the master is asked to begin; None for everything."""
        # A sweep finds the cursor anew: one that a wrong clock once pushed ahead is mended by it.
        instant = source.instant_of(self.since) if self.since else None
        ordered = source.ordered and self._mode != "sweep"
        self._cursor = Cursor(self.since, instant, ordered=ordered)
        self._batch = Batch()

    @property
    def must_look_again(self) -> bool:
        """Whether a listing whose rows may have moved meanwhile can have passed somebody over."""
        if self._census is None:
            return self._source.sliding and self._pages > 1
        return self._source.shifting and misses_any(self._db, self._source.name, self._census)

    def _is_latest_word(self, name: str) -> bool:
        """Whether this record's coming back is later than any news of its end."""
        return self._mode != "changes" or name in self._gone

    @property
    def received(self) -> int:
        """Records received so far."""
        return self.figures.received + self._batch.received

    @property
    def _batch_is_full(self) -> bool:
        rows = len(self._batch.arrivals) + len(self._batch.gone)
        seen = self._batch.received >= _BATCH_RECEIVED
        return rows >= _BATCH_RECORDS or self._batch.bytes >= _BATCH_BYTES or seen

    def take(self, page: Page) -> None:
        """Add a whole page to the batch, none of it where it cannot be read; write what is full."""
        reading, stored = self._reader.read(page)
        self._cursor.see(reading.heads, page)
        if self._census is not None:
            self._census.see_all(kept[0] for kept in stored.values())
            self._census.see_refused(head.external_id for head in reading.heads)
            self._census.see_refused(reading.refused)
        self._batch.add(reading)
        self._pages += 1
        if self._batch_is_full:
            self.keep()

    def keep(self) -> None:
        """Write the batch and let the source know."""
        self.commit()
        self._source.confirm()

    def commit(self) -> None:
        """One transaction: rows, keys, counts, quarantine, cursor and figures (promise 1)."""
        batch = self._batch
        with self._db.writing() as connection:
            check_fence(connection, self._fence)
            done = apply(
                connection,
                self._db.keys,
                self._source.name,
                batch.arrivals,
                batch.refusals,
                counter=self._source.counter,
                revive=self._is_latest_word,
            )
            done.gone = remove(connection, self._source.name, batch.gone, "master")
            done.received = batch.received
            done.unchanged += batch.unchanged
            done.stale += batch.stale
            self.figures.add(done)
            self.figures.requests = self._source.requests
            self._point.cursor = self._cursor.at if self._cursor.holds else self._begun_at
            progress.save_checkpoint(connection, self._point)
            progress.save_run(connection, self._run_id, self.figures)
        self._gone.update(batch.gone)
        for name in batch.gone:
            self._refused_before.pop(name, None)
        self._batch = Batch()

    def finish(self) -> Report:
        """Settle what is gone and close the run."""
        self._point.cursor = self._cursor.at or self._begun_at
        if self._census is not None:
            self.figures.add(settle(self._db, self._source.name, self._fence, self._census))
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
        return Report(self._source.name, self._mode, problem is None, self.figures, text)
