"""One cycle of following a master: read pages, skip what did not change, write batches.

The story is `run`; everything it promises is in the one transaction that `_Cycle.commit` makes.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial

import msgspec
from sqlalchemy import Connection

from connector.http.errors import LeftAlone, MapBroken, MasterProblem, left_alone
from connector.page_reader import Batch, PageReader, undated
from connector.reconcile import Census, let_go, missing, settle, unproven
from connector.sources import Head, Page, Source
from mirror.instants import micros
from mirror.records import CUSTOMERS
from mirror.store import progress
from mirror.store.engine import Database
from mirror.store.lease import fenced
from mirror.store.progress import Figures, feed, now_us, sentence
from mirror.writing import BY_NAME, holds, quarantine
from mirror.writing.holds import OLDER, Losses
from mirror.writing.judgement import Trust
from mirror.writing.standings import keep_rules, review_due

# What one run does to one stream: reads its pages, gathers a batch, settles what is gone.


class StreamRun:
    """One stream of one source in one run; a sweep notes whom it saw."""

    def __init__(
        self, connection: Connection, db: Database, source: Source, stream: str, mode: str
    ) -> None:
        self._db, self._source = db, source
        self._stream = BY_NAME[stream]
        if stream != CUSTOMERS:
            quarantine.expire(connection, source.name, stream)
        self.feed = feed(source.name, stream)
        self._refused_before = quarantine.known(connection, self.feed)
        self._census: Census | None = None
        if mode == "sweep":
            self._census = Census(connection, source.name, self._stream, self._refused_before)
        self._older, believed, self.released = set[str](), set[str](), set[str]()
        if progress.on_hold(connection, self.feed):
            self._older = holds.held(connection, self.feed, OLDER)
            believed = holds.held(connection, self.feed, OLDER, released=True)
            self.released = holds.released_losses(connection, self.feed)
        self._was_older = bool(self._older)
        self._trust = Trust(lambda name: mode != "changes" or name in self._gone, believed)
        self._reader = PageReader(source, db, self._refused_before, self._stream, believed)
        self.unheard = self._reader.unheard
        self._rate = quarantine.Rate(stream, self._refused_before)
        self.doubts: Counter[str] = Counter()
        losses = partial(Losses, source.name, self._refused_before)
        self._guards = {"losses": losses} if stream == CUSTOMERS else {}
        later = mode == "initial" and stream != CUSTOMERS
        self._rules = None if later else source.rules
        self._gone: set[str] = set()
        self._batch = Batch()
        self.passed_over = 0
        """How many an earlier look at the listing should have brought."""

    @property
    def received(self) -> int:
        """Records received that are not written yet."""
        return self._batch.received

    @property
    def rows(self) -> int:
        """Rows that the batch will write."""
        return len(self._batch.arrivals) + len(self._batch.gone)

    @property
    def bytes(self) -> int:
        """What the master sent of them."""
        return self._batch.bytes

    @property
    def notices(self) -> list[str]:
        """What a person should know of how its pages came."""
        return self._reader.notices

    @property
    def missing(self) -> int:
        """How many the mirror has that were not seen by the listing so far."""
        return missing(self._db, self._census) if self._census is not None else 0

    def take(self, page: Page, earlier: datetime | None = None) -> list[Head]:
        """Add a whole page to the batch, none of it where it cannot be read; its heads.

        ``earlier``: when an earlier look at the same listing began, by the master's clock.
        """
        reading, stored = self._reader.read(page)
        self._rate.count(len(reading.arrivals), reading.refusals)
        self.check_rate()
        self.doubts.update(reading.doubts)
        if earlier is not None:
            self.passed_over += reading.passed_over(stored, earlier)
        if self._census is not None:
            self._census.see(stored, reading.older)
            self._census.see_refused(head.external_id for head in reading.heads)
            self._census.see_refused(reading.refused)
        if self._older:  # a replica that was behind has caught up
            self._older.difference_update(stored.keys() - set(reading.older))
        self._batch.add(reading)
        return reading.heads

    def write(self, connection: Connection) -> Figures:
        """Write the batch within the caller's transaction; what it did."""
        batch, source = self._batch, self._source
        done = self._stream.apply(
            connection,
            self._db.keys,
            source.name,
            batch.arrivals,
            batch.refusals,
            counter=source.counter,
            rules=self._rules,
            trust=self._trust,
            **self._guards,
        )
        done.gone = self._stream.remove(
            connection, source.name, batch.gone, "master", source.rules, batch.gone_at
        )
        self.unheard.write(connection)
        done.received = batch.received
        done.unchanged += batch.unchanged
        done.stale += batch.stale
        return done

    def end_holds(self, connection: Connection) -> None:
        """Nobody waits any more whose newer row came after all, or who has the field again."""
        if self._was_older and self._census is None:
            holds.narrow(connection, self.feed, OLDER, self._older)
        holds.end_losses(connection, self.feed)

    def check_rate(self, *, listed: bool = False) -> None:
        """Raise MapBroken where too much is refused anew; ``listed``: of everything there is."""
        if told := self._rate.problem(listed=listed):
            raise MapBroken(told)

    def forget_refusals(self) -> int:
        """The map is wrong: nobody goes to quarantine for what it refused; how many that were."""
        some, self._batch.refusals = len(self._batch.refusals), []
        return some

    def written(self) -> None:
        """The transaction is through: begin the next batch."""
        self._gone.update(self._batch.gone)
        for name in self._batch.gone:
            self._refused_before.pop(name, None)
        self._batch = Batch()

    def settle(self, fence: int, doubt: str | None) -> Figures:
        """Remove what a complete sweep did not see, or put the removal on hold.

        With a ``doubt`` whether it was complete nobody is removed.
        """
        if self._census is None or doubt:
            return Figures()
        self._census.left = self._trust.left
        return settle(self._db, self._census, self._source.rules, fence)


# Where a run goes on from: the master's newest instant that is safe, in the master's writing.
#
# Never "now", never ahead of what was read: a date in the future does not move it, and where a
# listing is not oldest first it waits for the listing's end (promise 3).

_CLOCK_DRIFT = timedelta(minutes=5)


class Cursor:
    """The position of one run, moved by the heads of its pages."""

    def __init__(self, begun_at: str | None, instant: datetime | None, *, ordered: bool) -> None:
        self.at = begun_at
        """What to go on from once everything seen so far is committed."""
        self.holds = ordered
        """Whether that may be committed before the listing has ended."""
        self._newest = instant
        self._last: datetime | None = None
        self.began: datetime | None = None
        """The master's clock when the listing began."""
        self._told = False

    def see(self, heads: list[Head], page: Page) -> None:
        """Move past these heads of the page, or to where the page itself says."""
        self.began = self.began or page.at
        latest = min(page.at, datetime.now(UTC)) + _CLOCK_DRIFT
        for head in heads:
            if head.instant is not None and head.stamp is not None:
                self._see(head.instant, head.stamp, latest)
        if page.cursor is not None and not self._told:  # read again, a listing began later
            self.at, self._told = page.cursor, True

    def _see(self, instant: datetime, stamp: str, latest: datetime) -> None:
        if self._last is not None and instant < self._last:
            self.holds = False  # not oldest first: what is still to come may be older
        self._last = instant
        if not self.holds and self.began and instant > self.began:
            return  # what changed before it, in a part that was read already, was not seen
        if instant <= latest and (self._newest is None or instant > self._newest):
            self._newest, self.at = instant, stamp


# How much is written at once, and how a cycle is told.

_MOST_LOOKS = 3
_MOVES = "it moves faster than it is read"
"""The doubt at a listing of which each look brings somebody that the ones before passed over."""
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
    insist: bool = False,
    watch: Callable[[int], None] = lambda received: None,
) -> Iterator[Report]:
    """Follow a master once, its customers first, then every further stream; a report of each.

    ``insist``: also where it asked to be left alone for longer.
    """
    for one in (source, *source.activities):
        yield run(db, one, fence, full=full, insist=insist, watch=watch)
    keep_rules(db, source.name, source.rules, fence)


def run(
    db: Database,
    source: Source,
    fence: int,
    *,
    full: bool = False,
    insist: bool = False,
    watch: Callable[[int], None] = lambda received: None,
) -> Report:
    """Follow one stream once: what changed, or with ``full`` everything and what is gone.

    The first run lists everything. Never raises for the master's faults: the report tells them,
    and the whole pages read before stay. ``watch`` is told how many records came so far.
    """
    if source.streams[0] == CUSTOMERS:
        _keep_standings(db, source, fence)
    cycle = _Cycle(db, source, fence, full, insist)
    try:
        cycle.begin()
        for page in source.pages(cycle.since):
            cycle.take(page)
            watch(cycle.received)
        cycle.listed()
        while (again := cycle.another_look()) is not None:
            for page in again:
                # Whoever was seen is written by now: only the others need to be read.
                cycle.take(msgspec.structs.replace(page, changed=False))
            cycle.keep()
        return cycle.finish()
    except MapBroken as problem:
        return cycle.fail(problem, misread=True)
    except MasterProblem as problem:
        return cycle.fail(problem)


def _keep_standings(db: Database, source: Source, fence: int) -> None:
    keep_rules(db, source.name, source.rules, fence)
    review_due(db, fence)


class _Cycle:
    def __init__(self, db: Database, source: Source, fence: int, full: bool, insist: bool) -> None:
        self._db, self._source, self._fence = db, source, fence
        self._started_at = now_us()
        self.figures = Figures()
        stream = source.streams[0]
        self._feed = feed(source.name, stream)
        with fenced(db, fence) as connection:
            self._point = progress.load_checkpoint(connection, source.name, stream)
            listed = self._point.listed_at is not None
            self._mode = ("sweep" if full else "changes") if listed else "initial"
            self._run_id = progress.start_run(connection, self._feed, self._mode)
            if insist:
                progress.leave_alone(connection, source.name, 0)
            self.alone_until = progress.left_alone_until(connection, source.name)
            self._runs = {
                name: StreamRun(connection, db, source, name, self._mode) for name in source.streams
            }
        sweep = self._mode == "sweep"
        self._pages, self._requests_before = 0, source.requests
        self._looks, self._missing = 1, -1
        self._moves = False
        self._point.interval_s = source.interval_s
        self._point.attempted_at = self._started_at
        self._begun_at = self._point.cursor
        self.since = None if sweep else self._begun_at
        """Where the master is asked to begin; None for everything."""
        broken = self._point.again_from
        self._again_from = self.since if sweep or broken is None else broken or None
        # A sweep finds the cursor anew: one that a wrong clock once pushed ahead is mended by it.
        instant = source.instant_of(self.since) if self.since else None
        self._cursor = Cursor(self.since, instant, ordered=source.ordered and not sweep)

    def begin(self) -> None:
        """Write whom a person let go meanwhile; raises MasterProblem where it is too early."""
        if self.alone_until:
            raise left_alone(self._source.name, (self.alone_until - now_us()) / 1e6)
        if released := set[str]().union(*(one.released for one in self._runs.values())):
            let_go(self._db, self._source, self._fence, released)

    def another_look(self) -> Iterator[Page] | None:
        """The listing once more, whose rows may have moved past what was read; None: no need.

        Looked at is until nobody is found any more, but not for ever.
        """
        if not (self._misses_some if self._mode == "sweep" else self._passed_some):
            return None
        self._moves = self._looks == _MOST_LOOKS
        if self._moves:
            return None
        self._looks += 1
        return self._source.pages(self._again_from)

    @property
    def _misses_some(self) -> bool:
        """Whether somebody is missing, and the last look has found some of them."""
        if not self._source.shifting:
            return False
        before, self._missing = self._missing, sum(one.missing for one in self._runs.values())
        return 0 < self._missing != before

    @property
    def _passed_some(self) -> bool:
        if self._looks == 1:
            of_all = self.since is None and self._mode == "changes"  # as the next run is, too
            slid = self._source.sliding and self._pages > 1 and not of_all
            return slid or self._point.again_from is not None
        found = sum(one.passed_over for one in self._runs.values())
        for one in self._runs.values():
            one.passed_over = 0
        return found > 0

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
        earlier = self._cursor.began if self._looks > 1 else None
        self._cursor.see(self._runs[page.stream].take(page, earlier), page)
        self._pages += 1
        if self._batch_is_full or page.confirm:
            self.keep()

    def keep(self) -> None:
        """Write the batch and let the source know."""
        self.commit()
        self._source.confirm()

    def listed(self) -> None:
        """The listing is at its end: keep what is left; raises MapBroken where half was refused."""
        for one in self._runs.values() if self._mode != "changes" else ():
            one.check_rate(listed=True)
        self.keep()

    def commit(self) -> None:
        """One transaction: rows, standings, quarantine, cursor and figures (promise 1)."""
        with fenced(self._db, self._fence) as connection:
            for one in self._runs.values():
                self.figures.add(one.write(connection))
            moved = self._cursor.holds and self._cursor.at != self._begun_at
            if moved and self._source.shifting and self._point.again_from is None:
                self._point.again_from = self._begun_at or ""
            self.figures.requests = self._source.requests - self._requests_before
            self._point.cursor = self._cursor.at if self._cursor.holds else self._begun_at
            progress.save_checkpoint(connection, self._point)
            progress.save_run(connection, self._run_id, self.figures)
        for one in self._runs.values():
            one.written()

    def finish(self) -> Report:
        """Settle what is gone and close the run."""
        self._point.cursor = self._cursor.at or self._begun_at
        self._point.again_from = None
        doubt = _MOVES if self._moves else self._source.doubt
        for one in self._runs.values():
            self.figures.add(one.settle(self._fence, doubt))
        if self._mode != "changes":
            self._point.listed_at, self._point.doubt = self._started_at, doubt
        self._point.doubt = doubt or self._point.doubt
        self._point.succeeded_at = self._started_at
        return self._close(None, doubt)

    def fail(self, problem: MasterProblem, *, misread: bool = False) -> Report:
        """Keep the whole pages already read and close the run with what stopped it.

        Where they were ``misread``, only what was understood: the rest is to come again.
        """
        again = sum(one.forget_refusals() for one in self._runs.values()) if misread else 0
        if again:
            self._cursor.holds, self._begun_at = False, self._point.cursor
        self.commit()
        # A sweep's place is given up, so that nothing of it is worth confirming.
        if self._mode != "sweep" and not again:
            with suppress(MasterProblem):
                self._source.confirm()
        return self._close(problem)

    def _close(self, fault: MasterProblem | None, doubt: str | None = None) -> Report:
        runs, problem = self._runs.values(), None if fault is None else str(fault)
        unheard = sum((one.unheard.places for one in runs), Counter[str]())
        notices = [notice for one in runs for notice in one.notices]
        held = "held" if self.figures.held else "ok"
        outcome = "failed" if problem else "incomplete" if doubt else held
        with fenced(self._db, self._fence) as connection:
            waiting = self._waiting(connection)
            doubts = sum((one.doubts for one in runs), Counter[str]())
            also = [*undated(doubts), *waiting, *notices]
            text = sentence(self._mode, self.figures, problem, unheard, also)
            self._point.problem = problem or " ".join(waiting) or None
            if isinstance(fault, LeftAlone):
                progress.leave_alone(connection, self._source.name, micros(fault.until))
            progress.save_checkpoint(connection, self._point)
            for one in self._runs.values() if problem is None and self._mode != "changes" else ():
                one.unheard.settle(connection)
            progress.save_run(
                connection,
                self._run_id,
                self.figures,
                sentence=text,
                outcome=outcome,
                finished_at=now_us(),
            )
        return Report(self._feed, self._mode, outcome == "ok", self.figures, text)

    def _waiting(self, connection: Connection) -> list[str]:
        """What a person has still to decide, and why somebody may be missing, a sentence each."""
        some = [one for one in self._runs.values() if progress.on_hold(connection, one.feed)]
        for one in some:
            one.end_holds(connection)
        kept = [one for run in some for one in holds.standing(connection, run.feed).values()]
        waiting = [one.sentence for one in kept if one.released_at is None]
        if self._point.doubt:
            waiting.append(unproven(self._point.doubt))
            missing = sum(one.missing for one in self._runs.values())
            waiting += [f"{missing:,} that were not listed were not removed."] if missing else []
        return waiting
