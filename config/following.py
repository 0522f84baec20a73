"""The connector's side of a running installation: every source by its schedule."""

import logging
import signal
from datetime import UTC, datetime
from threading import Event

from config.assemble import mirror_of, source_of
from config.settings import Settings, SourceSettings
from connector.schedule import Job, Schedule
from connector.sync import run
from mirror.lease import FenceLost, LeaseTaken, lease

log = logging.getLogger("espelho.sync")


def follow(settings: Settings) -> None:
    """Follow every source until SIGTERM or SIGINT; a cycle under way is finished first."""
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
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
        except (LeaseTaken, FenceLost) as busy:
            log.info("%s: %s", source.name, busy)
        except Exception as fault:
            # The schedule must outlive any fault; its class and place are told, never its values.
            log.error(
                "%s: stopped by %s; next try in %d s",
                source.name,
                type(fault).__name__,
                source.interval_s,
                exc_info=log.isEnabledFor(logging.DEBUG),
            )

    return Job(source.name, source.interval_s, source.sweep_at, once)


def _once(settings: Settings, chosen: SourceSettings, sweep: bool) -> None:
    db = mirror_of(settings)
    source = source_of(settings, chosen)
    try:
        with lease(db, settings.data_dir) as fence:
            report = run(db, source, fence, full=sweep)
    finally:
        source.close()
        db.close()
    tell = log.info if report.ok else log.warning
    tell("%s: %s", chosen.name, report.sentence)
