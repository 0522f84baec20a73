"""Runs the cycles by the clock: changes every interval, a sweep every day, one at a time.

A wall clock may stand still, jump years ahead and back, or show an hour twice. So nothing here
counts what was missed: a source whose turn has passed runs once, a watchdog on the monotonic clock
notices one that was not run for too long, and whether a sweep is due is told by when everything
was last listed.
"""

import logging
import time
from collections.abc import Callable, Collection, Iterable
from datetime import UTC, datetime, timedelta, tzinfo
from datetime import time as time_of_day
from threading import Event

import msgspec
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger

_LOOK_EVERY_S = 1.0
_SHORT_S = 0.05
_HINTS_AN_INTERVAL = 6
_CLOCK_DRIFT = timedelta(minutes=5)
_HOUR_S, _DAY_S = 3_600.0, 86_400.0

log = logging.getLogger("espelho.schedule")


class SweepTime(msgspec.Struct, frozen=True):
    """The time of day at which everything is to be listed and compared, by the clock of a zone."""

    at: str
    """``HH:MM``."""
    zone: tzinfo

    def last(self, now: datetime) -> datetime:
        """The latest such time that has come at ``now`` (aware), one each day.

        Of a time that the clock shows twice it is the first, of one that it passes over the moment
        at which it would have come had nobody moved the clock.
        """
        hour, minute = map(int, self.at.split(":"))
        today = now.astimezone(self.zone).date()
        then = self._on(today.toordinal(), time_of_day(hour, minute))
        if then > now:
            then = self._on(today.toordinal() - 1, time_of_day(hour, minute))
        return then

    def missed(self, listed_at: datetime, now: datetime) -> bool:
        """Whether it came after everything was listed at ``listed_at``, or nobody can tell."""
        return listed_at < self.last(now) or listed_at > now + _CLOCK_DRIFT

    def _on(self, day: int, at: time_of_day) -> datetime:
        # In UTC: two times of one zone would be compared by what its clock shows.
        return datetime.combine(datetime.fromordinal(day), at, self.zone).astimezone(UTC)


class Sweeps:
    """When to sweep one source, and how soon again after a sweep that did not reach its end.

    Meanwhile changes are read: a listing that always breaks off must not take their place.
    """

    def __init__(self, time: SweepTime, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._time = time
        self._monotonic = monotonic
        self._not_before, self._pause_s = monotonic(), _HOUR_S

    def due(self, listed_at: datetime | None, now: datetime) -> bool:
        """Whether this run is to sweep, everything having been listed last at ``listed_at``.

        Who is told so once is told so again an hour later at the earliest, then after two, four …
        """
        if listed_at is None:  # the first listing is under way, and settles nothing
            return False
        if not self._time.missed(listed_at, now):
            self._not_before, self._pause_s = self._monotonic(), _HOUR_S
            return False
        if self._monotonic() < self._not_before:
            return False
        self._not_before = self._monotonic() + self._pause_s
        self._pause_s = min(2 * self._pause_s, _DAY_S)
        return True


class Job(msgspec.Struct, frozen=True):
    """One source's appointments."""

    name: str
    interval_s: int
    sweep: SweepTime
    run: Callable[[], object]
    """Follow the source once, with a sweep where one is due. Must not raise."""


class _Every(BaseTrigger):  # type: ignore[misc]  # the library ships no types
    """Every so many seconds; of the turns that have passed there is one, however many they are."""

    def __init__(self, seconds: int) -> None:
        self._interval = timedelta(seconds=seconds)

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime:
        following = (previous or now) + self._interval
        return following if following > now else now + self._interval


class Schedule:
    """The appointments of several sources. One cycle at a time: there is one writer."""

    def __init__(
        self,
        jobs: Iterable[Job],
        monotonic: Callable[[], float] = time.monotonic,
        hinted: Callable[[], Collection[str]] = tuple,
        wall: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._jobs = {job.name: job for job in jobs}
        self._monotonic = monotonic
        self._hinted = hinted
        self._wall = wall
        self._last = dict.fromkeys(self._jobs, monotonic())
        self._swept = {job.name: job.sweep.last(wall()) for job in self._jobs.values()}
        self._running = False
        self.scheduler = BackgroundScheduler(
            executors={"default": ThreadPoolExecutor(1)},
            # However late a run is, it is worth having; the default drops one that is a second.
            job_defaults={"max_instances": 1, "coalesce": True, "misfire_grace_time": None},
            timezone=UTC,
        )
        for job in self._jobs.values():
            self._appoint(job)

    def run_until(self, stop: Event, within_s: float = _DAY_S) -> bool:
        """Keep the appointments until ``stop`` is set; whether all had ended so soon after it.

        A cycle under way is waited for, so long at most.
        """
        self.scheduler.start()
        while not stop.wait(_LOOK_EVERY_S):
            self.watch()
        self.scheduler.shutdown(wait=False)
        until = self._monotonic() + within_s
        while self._running and self._monotonic() < until:
            time.sleep(_SHORT_S)
        return not self._running

    def watch(self) -> None:
        """Have every source run now that hinted, whose time to sweep has come, or that is silent.

        Silent is who was not run for an interval and a half. Not while one is running: the others
        wait for it, however long it takes.
        """
        if self._running:
            return
        now = self._wall()
        for job in self._jobs.values():
            silent = self._monotonic() - self._last[job.name]
            if silent > job.interval_s * 1.5 + _LOOK_EVERY_S:
                log.warning("%s: no run for %d s (clock set back?); running now", job.name, silent)
                self._run_now(job)
            elif self._swept[job.name] != (last := job.sweep.last(now)):
                self._swept[job.name] = last
                self._run_now(job)
        for job in (self._jobs[name] for name in self._hinted() if name in self._jobs):
            # A master that talks all the time is still not asked all the time.
            if self._monotonic() - self._last[job.name] >= job.interval_s / _HINTS_AN_INTERVAL:
                self._run_now(job)

    def _run_now(self, job: Job) -> None:
        self._last[job.name] = self._monotonic()
        self.scheduler.modify_job(job.name, next_run_time=datetime.now(UTC))

    def _appoint(self, job: Job) -> None:
        self.scheduler.add_job(
            self._run,
            _Every(job.interval_s),
            args=(job,),
            id=job.name,
            next_run_time=datetime.now(UTC),
        )

    def _run(self, job: Job) -> None:
        began = self._monotonic()
        self._running = True
        try:
            job.run()
        finally:
            ended = self._monotonic()
            # The others waited for this one: that is no silence of theirs.
            self._last = {name: last + ended - began for name, last in self._last.items()}
            self._last[job.name] = ended
            self._running = False
