"""Runs the cycles by the clock: changes every interval, a sweep every night, one at a time.

APScheduler keeps the appointments by the wall clock, so an hour set back would silence it for an
hour. A watchdog on the monotonic clock notices a source that was not run for too long and has it
run now.
"""

import logging
import time
from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from threading import Event

import msgspec
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

_LOOK_EVERY_S = 1.0
_HINTS_AN_INTERVAL = 6
_MISFIRE_GRACE_S = 3_600  # a late run is still worth having; the default of 1 s drops it

log = logging.getLogger("espelho.schedule")


class Job(msgspec.Struct, frozen=True):
    """One source's appointments."""

    name: str
    interval_s: int
    sweep_at: str
    """``HH:MM`` in this machine's zone."""
    run: Callable[[bool], object]
    """Follow the source once; True asks for a sweep. Must not raise."""


class Schedule:
    """The appointments of several sources. One cycle at a time: there is one writer."""

    def __init__(
        self,
        jobs: Iterable[Job],
        monotonic: Callable[[], float] = time.monotonic,
        hinted: Callable[[], Collection[str]] = tuple,
    ) -> None:
        self._jobs = {job.name: job for job in jobs}
        self._monotonic = monotonic
        self._hinted = hinted
        self._last = dict.fromkeys(self._jobs, monotonic())
        self._running = False
        self.scheduler = BackgroundScheduler(
            executors={"default": ThreadPoolExecutor(1)},
            job_defaults={
                "max_instances": 1,
                "coalesce": True,
                "misfire_grace_time": _MISFIRE_GRACE_S,
            },
        )
        for job in self._jobs.values():
            self._appoint(job)

    def run_until(self, stop: Event) -> None:
        """Keep the appointments until ``stop`` is set; a cycle under way is finished first."""
        self.scheduler.start()
        while not stop.wait(_LOOK_EVERY_S):
            self.watch()
        self.scheduler.shutdown(wait=True)

    def watch(self) -> None:
        """Have every source run now that hinted, or was not run for an interval and a half.

        Not while one is running: the others wait for it, however long it takes.
        """
        if self._running:
            return
        for job in self._jobs.values():
            silent = self._monotonic() - self._last[job.name]
            if silent > job.interval_s * 1.5 + _LOOK_EVERY_S:
                log.warning("%s: no run for %d s (clock set back?); running now", job.name, silent)
                self._run_now(job)
        for job in (self._jobs[name] for name in self._hinted() if name in self._jobs):
            # A master that talks all the time is still not asked all the time.
            if self._monotonic() - self._last[job.name] >= job.interval_s / _HINTS_AN_INTERVAL:
                self._run_now(job)

    def _run_now(self, job: Job) -> None:
        self._last[job.name] = self._monotonic()
        self.scheduler.modify_job(job.name, next_run_time=datetime.now().astimezone())

    def _appoint(self, job: Job) -> None:
        hour, minute = job.sweep_at.split(":")
        self.scheduler.add_job(
            self._run,
            IntervalTrigger(seconds=job.interval_s),
            args=(job, False),
            id=job.name,
            next_run_time=datetime.now().astimezone(),
        )
        self.scheduler.add_job(
            self._run,
            CronTrigger(hour=hour, minute=minute),
            args=(job, True),
            id=f"{job.name} sweep",
        )

    def _run(self, job: Job, sweep: bool) -> None:
        began = self._monotonic()
        self._running = True
        try:
            job.run(sweep)
        finally:
            ended = self._monotonic()
            # The others waited for this one: that is no silence of theirs.
            self._last = {name: last + ended - began for name, last in self._last.items()}
            self._last[job.name] = ended
            self._running = False
