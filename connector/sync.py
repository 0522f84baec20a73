"""One cycle of following a master: read pages, skip what did not change, write batches.

The story is `run`; everything it promises is in the one transaction that `_Cycle.commit` makes.
"""

import gc
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import msgspec
from sqlalchemy import Connection, update

from connector.http import DaySpent, LeftAlone, MapBroken, MasterProblem, Stopped, left_alone
from connector.http.transport import ENDING
from connector.page_reader import Look
from connector.reconcile import note_sweep, unproven
from connector.refresh import let_go
from connector.sources import Page, Source, doubt_of, undated
from connector.stream_run import Cursor, StreamRun, Trail, look_at
from mirror.instants import micros
from mirror.records import CUSTOMERS, STREAMS
from mirror.store import progress
from mirror.store.engine import Database, fenced
from mirror.store.progress import Figures, feed, now_us, sentence
from mirror.store.tables import run as run_table
from mirror.writing import holds
from mirror.writing.indexes import keep_words, key_lots
from mirror.writing.standings import keep_rules, review_due

# How much is written at once, and how a cycle is told.

_MOST_LOOKS = 3
_MOVES = "it moves faster than it is read"
"""The doubt at a listing of which each look brings somebody that the ones before passed over."""
_NEVER_ENDS = (
    "the last sweep took all of the {:,} requests that limits.per_day left it and did not end, so "
    "that who is gone is still here; none is begun with so few again (raise limits.per_day, or "
    "stream.page.size)"
)
_BATCH_RECORDS, _BATCH_BYTES = 5_000, 16_000_000
"""Under a second of work: fewer cost more per record, more cost memory (2.5 KB each)."""
_BATCH_RECEIVED = 50_000
"""Of records that need no writing: so many, and where the run is goes to the disk."""


class Report(msgspec.Struct, frozen=True):
    """How a cycle ended."""

    source: str
    mode: str
    ok: bool
    figures: Figures
    sentence: str
    spent: bool = False
    """The day's requests were used up before its end."""


def follow(
    db: Database,
    source: Source,
    fence: int,
    *,
    full: bool = False,
    insist: bool = False,
    watch: Callable[[int], None] = lambda received: None,
    declared: str = "",
) -> Iterator[Report]:
    """Follow a master once, its customers first, then every further stream; a report of each.

    ``insist``: also where it asked to be left alone for longer. ``declared``: see
    `connector.reconcile.sweep_fits`.
    """
    reports = []
    for one in (source, *source.activities):
        reports.append(run(db, one, fence, full=full, insist=insist, watch=watch))
        yield reports[-1]
    keep_rules(db, source.name, source.rules, fence)
    spent = sum(one.figures.requests for one in reports if any(one.spent for one in reports))
    if full and (spent or all(one.ok for one in reports)):
        with fenced(db, fence) as connection:
            note_sweep(connection, source.name, spent, declared)


@contextmanager
def _uncollected() -> Iterator[None]:
    """No search for garbage, a twentieth of a load, but after each batch."""
    gc.freeze()  # unsearched: a search takes longer than a run that finds nothing
    gc.disable()
    try:
        yield
    finally:
        gc.unfreeze()
        gc.enable()


@_uncollected()
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
        for look in cycle.looks(cycle.pages()):
            cycle.take(look)
            watch(cycle.received)
        cycle.listed()
        while (again := cycle.another_look()) is not None:
            for look in cycle.looks(again):
                cycle.take(look)
            cycle.keep()
        cycle.confront()
        return cycle.finish()
    except MapBroken as problem:
        return cycle.fail(problem, misread=True)
    except MasterProblem as problem:
        return cycle.fail(problem)


def break_off(db: Database, source: str, fence: int, why: str) -> None:
    """Close what a run of this source left open that does not end by itself."""
    streams = [feed(source, stream) for stream in (CUSTOMERS, *STREAMS)]
    open_ones = run_table.c.source.in_(streams), run_table.c.outcome == "running"
    with fenced(db, fence) as connection:
        connection.execute(
            update(run_table)
            .where(*open_ones)
            .values(outcome="interrupted", finished_at=now_us(), sentence=why)
        )


def _keep_standings(db: Database, source: Source, fence: int) -> None:
    deque(key_lots(db, fence, rest=True), 0)
    keep_words(db, fence)
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
        self._awaited = self._newest_known() if self._mode == "changes" else ""
        self._gone_since = self._moves = False
        self._point.interval_s = source.interval_s
        self._point.attempted_at = self._started_at
        self._begun_at = self._point.cursor
        self.since = None if sweep else self._begun_at
        """Where the master is asked to begin; None for everything."""
        broken = self._point.again_from
        self._broke_off = broken is not None  # one before this: ours may be noted by any commit
        self._again_from = self.since if sweep or broken is None else broken or None
        # A sweep finds the cursor anew: one that a wrong clock once pushed ahead is mended by it.
        instant = source.instant_of(self.since) if self.since else None
        for one in self._runs.values():
            one.reader.since = None if sweep else instant
        self._cursor = Cursor(self.since, instant, ordered=source.ordered and not sweep)
        self._trail = Trail(source, self._point.trail, self._mode, self.since)

    def _newest_known(self) -> str:
        """Whose stamp the cursor is; with an overlap whatever changed since brings them again."""
        if not self._source.overlap:
            return ""
        with self._db.reading() as connection:
            return progress.fact(connection, self._newest, "")

    @property
    def _newest(self) -> str:
        return f"newest: {self._feed}"

    @property
    def _newest_is(self) -> str | None:
        """Whose stamp is the cursor from now on; None: as before."""
        moved = self._cursor.of if self._point.cursor == self._cursor.at else None
        return "" if self._gone_since else moved

    def begin(self) -> None:
        """Write whom a person let go meanwhile; raises MasterProblem where it is too early."""
        if self.alone_until:
            raise left_alone(self._source.name, (self.alone_until - now_us()) / 1e6)
        if released := set[str]().union(*(one.released for one in self._runs.values())):
            let_go(self._db, self._source, self._fence, released)

    def pages(self) -> Iterator[Page]:
        """The listing, from where another run of it was cut short."""
        pages = self._trail.pages(self._cursor) or self._source.pages(self.since)
        self._broke_off |= self._trail.goes_on
        return pages

    def looks(self, pages: Iterator[Page]) -> Iterator[Look]:
        """Each page as it is looked at; nothing of it is read beside any more at its end."""
        try:
            yield from look_at(pages, self._runs)
        finally:
            for one in self._runs.values():
                one.reader.close()

    def another_look(self) -> Iterator[Page] | None:
        """The listing once more, whose rows may have moved past what was read; None: no need.

        Looked at is until nobody is found any more, but not for ever.
        """
        if self._trail.in_parts:
            return self._trail.last_look(self._cursor.at)
        if not (self._misses_some if self._mode == "sweep" else self._passed_some):
            return None
        self._moves = self._looks == _MOST_LOOKS
        if self._moves:
            return None
        self._looks += 1
        again = self._source.pages(self._again_from)
        # Whoever was seen is written by now: only the others need to be read.
        return (msgspec.structs.replace(page, changed=False, place=None) for page in again)

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
            return slid or self._broke_off
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

    def take(self, look: Look) -> None:
        """Add a whole page to the batch, none of it where it cannot be read; write what is full."""
        page, earlier = look.page, self._cursor.began if self._looks > 1 else None
        heads = self._runs[page.stream].take(look, earlier)
        if self._awaited and any(head.external_id == self._awaited for head in heads):
            self._awaited = ""
        self._cursor.see(heads, page)
        self._pages += 1
        self._trail.see(page, self._cursor, self._source.requests - self._requests_before)
        if self._batch_is_full or page.confirm:
            self.keep()

    def keep(self) -> None:
        """Write the batch and let the source know."""
        self.commit()
        self._source.confirm()
        self._find_by_keys(rest=False)

    def _find_by_keys(self, *, rest: bool) -> None:
        """Whole lots of a first load, or everybody; who is left by a run that ends, by the next."""
        for _ in key_lots(self._db, self._fence, rest=rest) if self._mode == "initial" else ():
            if ENDING.asked:
                return

    def listed(self) -> None:
        """The listing is at its end: keep what is left; raises MapBroken where half was refused."""
        everything = self._mode != "changes" and not self._trail.goes_on
        for one in self._runs.values() if everything else ():
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
            self._point.trail = self._trail.commit()
            progress.save_checkpoint(connection, self._point)
            progress.save_run(connection, self._run_id, self.figures)
        for one in self._runs.values():
            one.written()
        gc.collect(1)

    def confront(self) -> None:
        """Ask for who changed last, if the answer did not bring them: a master may have gone back.

        It is put back from a backup, and of what it lost nothing comes: but they are older there.
        """
        if not self._awaited or self._source.streams[0] != CUSTOMERS:
            return
        with suppress(MasterProblem):
            page = self._source.one(self._awaited)
            reading, _ = self._runs[CUSTOMERS].reader.read(page)
            self._runs[CUSTOMERS].batch.back += reading.older  # and nothing else of it is taken
            self._gone_since = bool(page.gone)  # and not asked for again
        self.commit()

    def finish(self) -> Report:
        """Settle what is gone and close the run; nobody is called complete who cannot be found."""
        deque(key_lots(self._db, self._fence, rest=True), 0)
        self._point.cursor = self._cursor.at or self._begun_at
        self._point.again_from = self._point.trail = None
        odd = sum((one.doubts for one in self._runs.values()), Counter[str]())
        at_records = doubt_of(odd, self.figures.received) if odd else None
        doubts = _MOVES if self._moves else self._source.doubt, self._trail.doubt, at_records
        doubt = "; and ".join(filter(None, doubts)) or None
        for one in self._runs.values():
            self.figures.add(one.settle(self._fence, doubt))
        if self._mode != "changes":
            self._point.listed_at, self._point.doubt = self._started_at, doubt
        self._point.doubt = doubt or self._point.doubt
        self._point.succeeded_at = self._trail.started_at or self._started_at
        return self._close(None, doubt)

    def fail(self, problem: MasterProblem, *, misread: bool = False) -> Report:
        """Keep the whole pages already read and close the run with what stopped it.

        Where they were ``misread``, only what was understood: the rest is to come again.
        """
        again = sum(one.forget_refusals() for one in self._runs.values()) if misread else 0
        if self._mode == "sweep" and isinstance(problem, DaySpent):
            asked = self._source.requests - self._requests_before
            self._point.doubt = _NEVER_ENDS.format(asked)
        self._trail.break_off(problem)
        if again:
            self._trail.forget()
            self._cursor.holds, self._begun_at = False, self._point.cursor
        self.commit()
        # A sweep's place is given up, so that nothing of it is worth confirming.
        if self._mode != "sweep" and not again:
            with suppress(MasterProblem):
                self._source.confirm()
        self._find_by_keys(rest=not ENDING.asked)
        return self._close(problem)

    def _close(self, fault: MasterProblem | None, doubt: str | None = None) -> Report:
        runs, problem = self._runs.values(), None if fault is None else str(fault)
        unheard = sum((one.unheard.places for one in runs), Counter[str]())
        notices = [notice for one in runs for notice in one.notices]
        held = "held" if self.figures.held else "ok"
        ended = "interrupted" if isinstance(fault, Stopped) else "failed"
        outcome = ended if problem else "incomplete" if doubt else held
        with fenced(self._db, self._fence) as connection:
            waiting = self._waiting(connection)
            doubts = sum((one.doubts for one in runs), Counter[str]())
            also = [*(undated(doubts) if doubts else ()), *waiting, *notices]
            text = sentence(self._mode, self.figures, problem, unheard, also)
            self._point.problem = problem or " ".join(waiting) or None
            if isinstance(fault, LeftAlone):
                progress.leave_alone(connection, self._source.name, micros(fault.until))
            if problem is None and self._newest_is is not None:
                progress.set_fact(connection, self._newest, self._newest_is)
            progress.save_checkpoint(connection, self._point)
            at_once = self._mode != "changes" and not self._trail.in_parts
            for one in self._runs.values() if problem is None and at_once else ():
                one.unheard.settle(connection)
            progress.save_run(
                connection,
                self._run_id,
                self.figures,
                sentence=text,
                outcome=outcome,
                finished_at=now_us(),
            )
        spent = isinstance(fault, DaySpent)
        return Report(self._feed, self._mode, outcome == "ok", self.figures, text, spent)

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
