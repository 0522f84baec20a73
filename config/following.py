"""The connector's side of a running installation: every source by its schedule."""

import logging
import signal
from contextlib import closing
from datetime import UTC, datetime
from threading import Event, Thread

from config.assemble import mirror_of, source_of
from config.settings import Settings, SourceSettings
from config.telling import EXIT_DEFECT, told
from connector.schedule import Job, Schedule
from connector.sync import run
from mirror.lease import lease

log = logging.getLogger("espelho.sync")


def follow(settings: Settings) -> None:
    """Follow every source until SIGTERM or SIGINT; a cycle under way is finished first."""
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        # By a thread: an event set by a handler can wait for the very thread that it interrupts.
        signal.signal(number, lambda *_: Thread(target=stop.set).start())
    mirror_of(settings).close()  # a mirror that cannot be used is told now, not once a minute
    jobs = [_job(settings, source) for source in settings.sources]
    log.info(
        "following %d source(s) since %s", len(jobs), datetime.now(UTC).isoformat("T", "seconds")
    )
    Schedule(jobs).run_until(stop)


def _job(settings: Settings, source: SourceSettings) -> Job:
    def once(sweep: bool) -> None:
        try:
            _once(settings, source, sweep)
        except Exception as problem:  # the schedule must outlive any fault
            sentence, code = told(problem)
            level = logging.ERROR if code == EXIT_DEFECT else logging.WARNING
            log.log(level, "%s: %s Next try in %d s.", source.name, sentence, source.interval_s)

    return Job(source.name, source.interval_s, source.sweep_at, once)


def _once(settings: Settings, chosen: SourceSettings, sweep: bool) -> None:
    with (
        closing(source_of(settings, chosen)) as source,
        closing(mirror_of(settings)) as db,
        lease(db, settings.data_dir) as fence,
    ):
        report = run(db, source, fence, full=sweep)
    tell = log.info if report.ok else log.warning
    tell("%s: %s", chosen.name, report.sentence)
