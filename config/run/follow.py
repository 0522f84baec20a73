"""The connector's side of a running installation: every source by its schedule."""

import logging
import os
import signal
from contextlib import closing
from datetime import UTC, datetime
from hashlib import blake2b
from threading import Event, Thread
from typing import TYPE_CHECKING, NoReturn
from zoneinfo import ZoneInfo

from msgspec.json import encode

from config.assemble import ledger_of, mirror_of, source_of
from config.failures import EXIT_DEFECT, told
from config.rebuild import begun_empty
from config.settings import Settings, SourceSettings
from config.sources import declared
from connector.http.transport import ENDING
from connector.reconcile import sweep_fits
from connector.refresh import look_into
from connector.schedule import Job, Schedule, Sweeps, SweepTime
from connector.sync import break_off
from connector.sync import follow as cycle
from mirror.instants import instant_of
from mirror.ledger import hints
from mirror.store import progress
from mirror.store.engine import Database
from mirror.store.faults import DatabaseProblem
from mirror.store.lease import lease

if TYPE_CHECKING:
    from connector.sources import Source

log = logging.getLogger("espelho.sync")


def follow(settings: Settings) -> None:
    """Follow every source until SIGTERM or SIGINT.

    A cycle under way ends where it waits for its master, and keeps what it read; one that still
    hangs after five seconds is told as broken off, and the process ends all the same.
    """
    stop = Event()

    def end() -> None:
        ENDING.ask("a signal to the connector")
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        # By a thread: an event set by a handler can wait for the very thread that it interrupts.
        signal.signal(number, lambda *_: Thread(target=end).start())
    with closing(ledger_of(settings)) as ledger:
        open_or_rebuild(settings)
        followed = [_Followed(settings, source, ledger) for source in settings.sources]
        jobs = [
            Job(one.chosen.name, one.chosen.interval_s, one.sweep_time, one.once)
            for one in followed
        ]
        now = datetime.now(UTC).isoformat("T", "seconds")
        log.info("following %d source(s) since %s", len(jobs), now)
        schedule = Schedule(jobs, hinted=lambda: hints.waiting(ledger))
        if not schedule.run_until(stop, _HANG_S):
            _leave(followed)
        for one in followed:
            one.close()


_HANG_S = 5.0
_TELL_WITHIN_S = 1.0
_HUNG = (
    "Broken off: the connector was to end and its master did not answer. What was written before "
)
_HUNG += "is kept; the next run goes on from there."


def _leave(followed: "list[_Followed]") -> NoReturn:
    """End although a cycle hangs, where no signal reaches it: in a name's look-up, in a disk."""

    def tell() -> None:
        for one in followed:
            one.break_off()

    telling = Thread(target=tell, daemon=True)
    telling.start()
    telling.join(_TELL_WITHIN_S)
    log.warning(_HUNG)
    os._exit(0)  # the hanging thread would keep the interpreter from ending


def open_or_rebuild(settings: Settings) -> None:
    """A mirror that cannot be used is told now, not once a minute; or is made anew, if it may be.

    For a damaged one that may not be, whoever serves waits until somebody makes it anew. Raises
    KeyProblem, and DatabaseProblem for what is wrong with it otherwise.
    """
    try:
        mirror_of(settings).close()
    except DatabaseProblem as problem:
        if _rebuilt(settings, problem):
            return
        if not problem.fault or problem.fault.code != "damaged":
            raise
        log.error("%s", problem)


def _rebuilt(settings: Settings, problem: Exception) -> bool:
    aside = begun_empty(settings, problem)
    if aside:
        log.warning("The mirror was damaged. It is set aside as %s; a new one is filled.", aside)
    return aside is not None


class _Followed:
    """One source, kept open from run to run: its budget of requests and its token go on."""

    def __init__(self, settings: Settings, chosen: SourceSettings, ledger: Database) -> None:
        self.chosen = chosen
        self._settings = settings
        self._ledger = ledger
        self._source: Source | None = None
        self._fence: int | None = None
        self._declared = declared(settings.file, chosen, settings.sources)
        self._shape = blake2b(encode(self._declared), digest_size=8).hexdigest()
        self.sweep_time = SweepTime(chosen.sweep_at, ZoneInfo(self._declared.timezone))
        self._sweeps = Sweeps(self.sweep_time)

    def once(self) -> None:
        """One cycle; never raises. After a failure the source is opened anew: secrets change."""
        try:
            if not self._run():
                self.close()
        except Exception as problem:  # the schedule must outlive any fault
            self.close()
            if _rebuilt(self._settings, problem):
                return
            sentence, code = told(problem)
            level = logging.ERROR if code == EXIT_DEFECT else logging.WARNING
            name, again = self.chosen.name, self.chosen.interval_s
            log.log(level, "%s: %s Next try in %d s.", name, sentence, again)

    def close(self) -> None:
        """Close the connections to the master."""
        if self._source is not None:
            self._source.close()
            self._source = None

    def break_off(self) -> None:
        """Close the run that hangs, if it is one of this source's."""
        if self._fence is not None:
            with closing(mirror_of(self._settings)) as db:
                break_off(db, self.chosen.name, self._fence, _HUNG)

    def _run(self) -> bool:
        self._source = self._source or source_of(self._settings, self.chosen)
        hinted = hints.taken(self._ledger, self.chosen.name)
        with (
            closing(mirror_of(self._settings)) as db,
            lease(db, self._settings.data_dir) as fence,
        ):
            self._fence = fence
            left = look_into(db, self._source, fence, hinted.ids)
            reports = []
            sweep = self._sweep_is_due(db, self._source)
            for report in cycle(db, self._source, fence, full=sweep, declared=self._shape):
                reports.append(report)
                tell = log.info if report.ok else log.warning
                tell("%s: %s", report.source, report.sentence)
                if ENDING.asked:
                    break
        ok = all(report.ok for report in reports)
        if ok and hinted.upto:
            hints.settle(self._ledger, hinted, left)
        return ok

    def _sweep_is_due(self, db: Database, source: "Source") -> bool:
        """Whether this run is to list everything, by when each of its lists was read to its end."""
        read = {one.streams[0] for one in (source, *source.activities)}
        with db.reading() as connection:
            if progress.left_alone_until(connection, source.name):
                return False  # nothing will be asked: that is no attempt
            points = progress.checkpoints(connection)
        mine = [one for one in points if one.source == source.name and one.stream in read]
        listed = [one.listed_at for one in mine if one.listed_at is not None]
        last = instant_of(min(listed)) if listed else None
        return self._can_end(db) and self._sweeps.due(last, datetime.now(UTC))

    def _can_end(self, db: Database) -> bool:
        """Whether a day's requests may be enough, or the master is declared in another way now.

        A sweep that cannot end takes them from the changes, and settles nothing.
        """
        most, name = self._declared.limits.per_day, self.chosen.name
        if most is None:
            return True
        with db.reading() as connection:
            asked = sum(number for _, number in progress.asked_lately(connection, name))
        return sweep_fits(db, name, most - asked, self._shape)
