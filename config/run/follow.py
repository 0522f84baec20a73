"""The connector's side of a running installation: every source by its schedule."""

import logging
import signal
from contextlib import closing
from datetime import UTC, datetime
from threading import Event, Thread
from typing import TYPE_CHECKING

from config.assemble import ledger_of, mirror_of, source_of
from config.failures import EXIT_DEFECT, told
from config.settings import Settings, SourceSettings
from connector.refresh import look_into
from connector.schedule import Job, Schedule
from connector.sync import follow as cycle
from mirror.ledger import hints
from mirror.store.engine import Database
from mirror.store.lease import lease

if TYPE_CHECKING:
    from connector.sources import Source

log = logging.getLogger("espelho.sync")


def follow(settings: Settings) -> None:
    """Follow every source until SIGTERM or SIGINT; a cycle under way is finished first."""
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        # By a thread: an event set by a handler can wait for the very thread that it interrupts.
        signal.signal(number, lambda *_: Thread(target=stop.set).start())
    mirror_of(settings).close()  # a mirror that cannot be used is told now, not once a minute
    with closing(ledger_of(settings)) as ledger:
        followed = [_Followed(settings, source, ledger) for source in settings.sources]
        jobs = [
            Job(one.chosen.name, one.chosen.interval_s, one.chosen.sweep_at, one.once)
            for one in followed
        ]
        now = datetime.now(UTC).isoformat("T", "seconds")
        log.info("following %d source(s) since %s", len(jobs), now)
        Schedule(jobs, hinted=lambda: hints.waiting(ledger)).run_until(stop)
        for one in followed:
            one.close()


class _Followed:
    """One source, kept open from run to run: its budget of requests and its token go on."""

    def __init__(self, settings: Settings, chosen: SourceSettings, ledger: Database) -> None:
        self.chosen = chosen
        self._settings = settings
        self._ledger = ledger
        self._source: Source | None = None

    def once(self, sweep: bool) -> None:
        """One cycle; never raises. After a failure the source is opened anew: secrets change."""
        try:
            if not self._run(sweep):
                self.close()
        except Exception as problem:  # the schedule must outlive any fault
            self.close()
            sentence, code = told(problem)
            level = logging.ERROR if code == EXIT_DEFECT else logging.WARNING
            name, again = self.chosen.name, self.chosen.interval_s
            log.log(level, "%s: %s Next try in %d s.", name, sentence, again)

    def close(self) -> None:
        """Close the connections to the master."""
        if self._source is not None:
            self._source.close()
            self._source = None

    def _run(self, sweep: bool) -> bool:
        self._source = self._source or source_of(self._settings, self.chosen)
        hinted = hints.taken(self._ledger, self.chosen.name)
        with (
            closing(mirror_of(self._settings)) as db,
            lease(db, self._settings.data_dir) as fence,
        ):
            left = look_into(db, self._source, fence, hinted.ids)
            reports = []
            for report in cycle(db, self._source, fence, full=sweep):
                reports.append(report)
                tell = log.info if report.ok else log.warning
                tell("%s: %s", report.source, report.sentence)
        ok = all(report.ok for report in reports)
        if ok and hinted.upto:
            hints.settle(self._ledger, hinted, left)
        return ok
