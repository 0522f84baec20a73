"""One stream of one source in one run: what is read and settled of it, and how far it came."""

from collections import Counter, deque
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import msgspec
from sqlalchemy import Connection

from connector.http import LeftAlone, MapBroken, MasterProblem, RequestRefused, Stopped
from connector.page_reader import Look, PageReader, Reading
from connector.reconcile import Census, missing, settle
from connector.sources import Head, Page, Source
from mirror.records import CUSTOMERS
from mirror.store import progress
from mirror.store.engine import Database
from mirror.store.progress import Figures, feed
from mirror.writing import BY_NAME, holds, quarantine
from mirror.writing.holds import OLDER, Losses
from mirror.writing.judgement import Incoming, Trust
from mirror.writing.quarantine import Refusal

# What one transaction will write: the readings of several whole pages, the later word holding.


class Batch(msgspec.Struct):
    """Readings put together in the order they came."""

    arrivals: list[Incoming] = []
    refusals: list[Refusal] = []
    gone: list[str] = []
    gone_at: dict[str, int] = {}
    unchanged: int = 0
    stale: int = 0
    back: list[str] = []
    received: int = 0
    bytes: int = 0
    """Of what the master sent of them."""

    def add(self, reading: Reading) -> None:
        """Add a page's reading."""
        if self.gone:
            back = set(reading.refused).union(
                head.external_id for head in reading.heads if self._is_back(head)
            )
            self.gone = [name for name in self.gone if name not in back]
        self.gone += reading.gone
        self.gone_at |= reading.gone_at
        self.arrivals += reading.arrivals
        if self.refusals or reading.refusals:
            # Those of pages before were held against all that came with them.
            against = self.arrivals if reading.refusals else reading.arrivals
            self.refusals = _still([*self.refusals, *reading.refusals], against)
        self.unchanged += reading.unchanged
        self.stale += len(reading.older)
        self.back += reading.back
        self.received += reading.received
        came: list[Any] = [*reading.arrivals, *reading.refusals]
        self.bytes += sum(len(one.raw) for one in came)

    def _is_back(self, head: Head) -> bool:
        """Whether a record that follows a deletion of its customer is no older than that."""
        return head.version >= self.gone_at.get(head.external_id, head.version)


def _still(refusals: list[Refusal], arrivals: list[Incoming]) -> list[Refusal]:
    """Those of which nothing as new came that can be read: it is healed, or was never ill."""
    subjects = {one.subject for one in refusals}
    newest: dict[str, int] = {}
    for one in arrivals:
        if one.external_id in subjects:
            newest[one.external_id] = max(one.version, newest.get(one.external_id, one.version))
    return [one for one in refusals if _beyond(one.version, newest.get(one.subject))]


def _beyond(version: int | None, readable: int | None) -> bool:
    return readable is None or (version is not None and version > readable)


# What one run does to one stream: reads its pages, gathers a batch, settles what is gone.

_LATE = (
    "{:,} that changed just before were not listed: a replica may be behind, so they stay until a "
    "later sweep misses them too."
)


class StreamRun:
    """One stream of one source in one run; a sweep notes whom it saw."""

    def __init__(
        self, connection: Connection, db: Database, source: Source, stream: str, mode: str
    ) -> None:
        self._db, self._source, self._stream = db, source, BY_NAME[stream]
        if stream != CUSTOMERS:
            quarantine.expire(connection, source.name, stream)
        self.feed = feed(source.name, stream)
        self._refused_before = quarantine.known(connection, self.feed)
        listed = connection, source.name, self._stream, self._refused_before
        self._census = Census(*listed) if mode == "sweep" else None
        self._older, believed, self.released = set[str](), set[str](), set[str]()
        if progress.on_hold(connection, self.feed):
            self._older = holds.held(connection, self.feed, OLDER)
            believed = holds.held(connection, self.feed, OLDER, released=True)
            self.released = holds.released_losses(connection, self.feed)
        self._trust = Trust(lambda name: mode != "changes" or name in self._gone, believed)
        self.reader = PageReader(source, db, self._refused_before, self._stream, believed)
        self.unheard = self.reader.unheard
        self._rate = quarantine.Rate(stream, self._refused_before)
        self.doubts: Counter[str] = Counter()
        losses = partial(Losses, source.name, self._refused_before)
        of_customers = {"losses": losses, "in_lots": mode == "initial"}
        self._guards: dict[str, Any] = of_customers if stream == CUSTOMERS else {}
        self._rules = None if mode == "initial" and stream != CUSTOMERS else source.rules
        self._gone, self.batch = set[str](), Batch()
        self.passed_over = 0
        """How many an earlier look at the listing should have brought."""

    @property
    def received(self) -> int:
        """Records received that are not written yet."""
        return self.batch.received

    @property
    def rows(self) -> int:
        """Rows that the batch will write."""
        return len(self.batch.arrivals) + len(self.batch.gone)

    @property
    def bytes(self) -> int:
        """What the master sent of them."""
        return self.batch.bytes

    @property
    def notices(self) -> list[str]:
        """What a person should know of how its pages came, and of whom they did not bring."""
        late = self._census.late if self._census is not None else 0
        return self.reader.notices + ([_LATE.format(late)] if late else [])

    @property
    def missing(self) -> int:
        """How many the mirror has that were not seen by the listing so far."""
        return missing(self._db, self._census) if self._census is not None else 0

    def take(self, look: Look, earlier: datetime | None = None) -> list[Head]:
        """Add a whole page to the batch, none of it where it cannot be read; its heads.

        ``earlier``: when an earlier look at the same listing began, by the master's clock.
        """
        reading, stored, page = self.reader.finish(look), look.stored, look.page
        self._rate.count(reading.received, len(reading.arrivals), reading.refusals)
        self.check_rate()
        self.doubts.update(reading.doubts)
        if earlier is not None:
            self.passed_over += reading.passed_over(stored, earlier)
        if self._census is not None:
            self._census.take(reading, stored, page.at)
        if self._older:  # a replica that was behind has caught up
            self._older.difference_update(stored.keys() - set(reading.older))
        self.batch.add(reading)
        return reading.heads

    def write(self, connection: Connection) -> Figures:
        """Write the batch within the caller's transaction; what it did."""
        batch, source = self.batch, self._source
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
        if batch.back:  # the master went back: a person is to hear of it with this very run
            self._older.update(batch.back)
            known = self._stream.shelf.number(connection, source.name)
            holds.put(connection, self.feed, OLDER, self._older, known)
            done.held += len(batch.back)
        done.add(Figures(0, batch.received, 0, 0, batch.unchanged, batch.stale))
        return done

    def end_holds(self, connection: Connection) -> None:
        """Nobody waits any more whose newer row came after all, or who has the field again."""
        if self._census is None:
            holds.narrow(connection, self.feed, OLDER, self._older)
        holds.end_losses(connection, self.feed)

    def check_rate(self, *, listed: bool = False) -> None:
        """Raise MapBroken where too much is refused anew; ``listed``: of everything there is."""
        if told := self._rate.problem(listed=listed):
            raise MapBroken(told)

    def forget_refusals(self) -> int:
        """The map is wrong: nobody goes to quarantine for what it refused; how many that were."""
        some, self.batch.refusals = self.batch.refusals, []
        return len(some)

    def written(self) -> None:
        """The transaction is through: begin the next batch."""
        self._gone.update(self.batch.gone)
        self.reader.written(one.external_id for one in self.batch.arrivals)
        for name in self.batch.gone:
            self._refused_before.pop(name, None)
        self.batch = Batch()

    def settle(self, fence: int, doubt: str | None) -> Figures:
        """Remove what a complete sweep did not see, or put the removal on hold.

        With a ``doubt`` whether it was complete nobody is removed.
        """
        if self._census is None or doubt:
            return Figures()
        self._census.left = self._trust.left
        source = self._source
        return settle(self._db, self._census, source.rules, fence, source.overlap)


def look_at(pages: Iterator[Page], runs: Mapping[str, StreamRun]) -> Iterator[Look]:
    """The pages of a listing, each looked at; some further ones while what is on it is being read.

    Raises MasterProblem once all that came before it was yielded.
    """
    waiting: deque[Look] = deque()
    try:
        for page in pages:
            reader = runs[page.stream].reader
            waiting.append(reader.look(page))
            while len(waiting) > (0 if page.confirm else reader.ahead):
                yield waiting.popleft()
    except MasterProblem:
        yield from waiting
        raise
    yield from waiting


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
        self.of: str | None = None
        """Whose stamp it was moved to."""
        self.holds = ordered
        """Whether that may be committed before the listing has ended."""
        self._newest = instant
        self._last: datetime | None = None
        self.began: datetime | None = None
        """The master's clock when the listing began."""
        self._told = self._goes_on = False

    def go_on(self, began: datetime, at: str | None, instant: datetime | None) -> None:
        """Be as an earlier run of the same listing was, which began then and had come so far.

        What the page itself says to go on from is then that beginning, not this run's.
        """
        self.began, self.at, self._newest, self._goes_on = began, at, instant, True

    def see(self, heads: list[Head], page: Page) -> None:
        """Move past these heads of the page, or to where the page itself says."""
        self.began = self.began or page.at
        latest = min(page.at, datetime.now(UTC)) + _CLOCK_DRIFT
        for head in heads:
            if head.instant is not None and head.stamp is not None:
                self._see(head, head.instant, latest)
        if page.cursor is not None and not self._told:  # read again, a listing began later
            began = self.began.isoformat()
            self.at, self._told = began if self._goes_on else page.cursor, True

    def _see(self, head: Head, instant: datetime, latest: datetime) -> None:
        if self._last is not None and instant < self._last:
            self.holds = False  # not oldest first: what is still to come may be older
        self._last = instant
        if not self.holds and self.began and instant > self.began:
            return  # what changed before it, in a part that was read already, was not seen
        if instant <= latest and (self._newest is None or instant > self._newest):
            self._newest, self.at, self.of = instant, head.stamp, head.external_id


# How far a listing of everything came that is in no order of change, over as many runs as it takes.
#
# A day's requests may be fewer than its pages. Kept with the rows, the place lets the next run go
# on; and since rows may have moved meanwhile, what ends that way is not taken for everybody.

_LEADS_NOWHERE_US = 3 * progress.DAY_US
_IN_PARTS = (
    "it was read over several runs, about {:,} requests in all, since limits.per_day or the master "
    "allows fewer, and who moved between two of them may have been passed over (a larger "
    "stream.page.size takes fewer requests)"
)


class _Reached(msgspec.Struct):
    """What is kept of a listing that is under way."""

    place: str
    began: datetime
    """The master's clock when its first run began, ours where that is ahead."""
    started_at: int
    """Our clock then."""
    moved_at: int = 0
    requests: int = 0
    """That were sent up to here, by all its runs."""
    cursor: str | None = None
    """What to go on from once it is at its end."""
    cut: bool = False
    """A budget of requests, or the master's wish, ended one of its runs: no single one fits."""


class Trail:
    """How far a listing of everything came; nothing is kept of a sweep, or of what goes by age."""

    def __init__(self, source: Source, text: str | None, mode: str, since: str | None) -> None:
        self._source, self._text, self._mode = source, text, mode
        self._keeps = mode != "sweep" and since is None and not source.ordered
        self._reached, self._looked = self._committed, False
        self._started_at, self._before = progress.now_us(), 0
        self._first: bool | None = None
        self._firm = False
        self.goes_on = False
        """Whether this run goes on where another was."""

    @property
    def _committed(self) -> _Reached | None:
        if not (self._keeps and self._text):
            return None
        return msgspec.json.decode(self._text, type=_Reached)

    def pages(self, cursor: Cursor) -> Iterator[Page] | None:
        """The listing from where it was, one page back, and ``cursor`` too; None: it begins."""
        before, self._reached = self._reached, None
        # What lists everything each minute begins anew, unless no single run is long enough.
        if before is None or (self._mode == "changes" and not before.cut):
            return None
        further = self._source.further(before.place)
        if further is None:
            return None
        instant = self._source.instant_of(before.cursor) if before.cursor else None
        cursor.go_on(before.began, before.cursor, instant)
        self._reached, self._before = before, before.requests
        self.goes_on, self._firm = True, further.firm
        return further.pages

    def see(self, page: Page, cursor: Cursor, requests: int) -> None:
        """A page was taken, after so many requests of this run."""
        self._first = bool(page.records) if self._first is None else self._first
        if not self._keeps or page.place is None:
            return
        began = min(cursor.began or page.at, datetime.now(UTC))
        self._reached = msgspec.structs.replace(
            self._reached or _Reached(page.place, began, self._started_at),
            place=page.place,
            moved_at=progress.now_us(),
            requests=self._before + requests,
            cursor=cursor.at,
        )

    def forget(self) -> None:
        """Nothing counts of what was seen since the last commit."""
        self._reached = self._committed

    def commit(self) -> str | None:
        """What to write down beside the rows of everything that was seen."""
        if self._keeps:
            self._text = msgspec.json.encode(self._reached).decode() if self._reached else None
        return self._text

    def break_off(self, problem: MasterProblem) -> None:
        """The run ends here: it was cut short, or the place leads nowhere any more."""
        if self._reached is None or isinstance(problem, Stopped):
            return
        if isinstance(problem, LeftAlone):
            self._reached.cut |= self._first is not None
        elif self.goes_on and self._first is None:
            old = progress.now_us() - self._reached.moved_at > _LEADS_NOWHERE_US
            self._reached = None if old or isinstance(problem, RequestRefused) else self._reached

    @property
    def in_parts(self) -> bool:
        """Whether the listing takes more than one run, so that it is not looked at as a whole."""
        return self.goes_on and self._reached is not None and self._reached.cut

    def last_look(self, cursor: str | None) -> Iterator[Page] | None:
        """What changed since its first run began, once: then nobody can have been passed over.

        None where somebody can all the same: behind a key alone nobody moves.
        """
        firm = self._firm and self._first and not self._source.shifting
        if self._looked or not firm or self._source.doubt or cursor is None:
            return None
        self._looked = True
        return self._source.pages(cursor)

    @property
    def doubt(self) -> str | None:
        """Why somebody may be missing at its end; None where nobody can be."""
        doubted = self._reached if self.in_parts and not self._looked else None
        return _IN_PARTS.format(doubted.requests) if doubted else None

    @property
    def started_at(self) -> int | None:
        """Since when it is under way, where somebody may be missing: it is of no later day."""
        return self._reached.started_at if self._reached and self.doubt else None
