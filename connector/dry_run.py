"""One stream of a source in a run that writes nothing: what would be written, removed or held."""

from collections import Counter

from sqlalchemy import Connection

from connector.http import MapBroken
from connector.page_reader import PageReader, Reading
from connector.reconcile import Census, absent
from connector.sources import Page, Source
from mirror.records import CUSTOMERS
from mirror.store.engine import Database
from mirror.store.progress import Figures, feed
from mirror.writing import Stream, quarantine
from mirror.writing.holds import GONE, OLDER, Losses

_HELD = {
    GONE: "{:,} are missing at the master, too many to believe: they would be held.",
    OLDER: "{:,} are older at the master than here: they would be held.",
}
_LOST = "{:,} would lose their {} at once: they would be held, as they are."


class DryRun:
    """One stream of one source in a run that writes nothing."""

    def __init__(
        self, connection: Connection, db: Database, source: Source, stream: Stream, *, sweep: bool
    ) -> None:
        self._db, self._source, self._stream = db, source, stream
        known = quarantine.known(connection, feed(source.name, stream.name))
        self.reader = PageReader(source, db, known, stream)
        self._rate = quarantine.Rate(stream.name, known)
        self._losses = Losses(source.name, known) if stream.name == CUSTOMERS else None
        self._census = Census(connection, source.name, stream, known) if sweep else None

    def take(self, page: Page) -> Figures:
        """Judge a page; raises MapBroken where too much is refused."""
        reading, stored = self.reader.read(page)
        self._rate.count(reading.received, len(reading.arrivals), reading.refusals)
        self._check()
        if self._census is not None:
            self._census.take(reading, stored, page.at)
        return self._judged(reading)

    def settled(self, figures: Figures, *, listing: bool, doubted: bool) -> list[str]:
        """What would wait for a person, a sentence each; counts who would be removed."""
        if listing:
            self._check(listed=True)
        told, held = [], Counter[str]()
        if self._losses is not None:
            with self._db.reading() as connection:
                lost = self._losses.too_many(connection)
            told = [_LOST.format(number, field) for field, number in lost.items()]
        if self._census is not None and not doubted:
            found = absent(self._db, self._census, self._source.overlap)
            held[OLDER], gone = len(found.older), len(found.missing)
            if found.held:
                held[GONE] = gone
            else:
                figures.gone += gone
        return told + [_HELD[kind].format(number) for kind, number in held.items() if number]

    def _judged(self, reading: Reading) -> Figures:
        with self._db.reading() as connection:
            judged, present = self._stream.judge(
                connection,
                self._db.keys,
                self._source.name,
                reading.arrivals,
                counter=self._source.counter,
            )
            if self._losses is not None:
                self._losses.count(connection, judged.accepted, present)
        changed = sum(name in present for name in judged.accepted)
        return Figures(
            received=reading.received,
            added=len(judged.accepted) - changed,
            changed=changed,
            unchanged=reading.unchanged + judged.unchanged,
            stale=judged.stale + len(reading.older),
            quarantined=len(reading.refusals) + len(judged.contradictions),
        )

    def _check(self, *, listed: bool = False) -> None:
        if told := self._rate.problem(listed=listed):
            raise MapBroken(told)
