"""What one run does to one stream: reads its pages, gathers a batch, settles what is gone."""

from collections.abc import Callable

from sqlalchemy import Connection

from connector.batch import Batch
from connector.reading import PageReader
from connector.reconcile import Census, misses_any, settle
from connector.sources.page import Head, Page
from connector.sources.source import Source
from mirror import quarantine
from mirror.activity import quarantined
from mirror.activity.records import CUSTOMERS
from mirror.database import Database
from mirror.progress import Figures, feed
from mirror.streams import BY_NAME


class StreamRun:
    """One stream of one source in one run; a sweep notes whom it saw."""

    def __init__(
        self, connection: Connection, db: Database, source: Source, stream: str, mode: str
    ) -> None:
        self._db, self._source = db, source
        self._stream = BY_NAME[stream]
        if stream != CUSTOMERS:
            quarantined.expire(connection, source.name, stream)
        self._refused_before = quarantine.known(connection, feed(source.name, stream))
        self._census: Census | None = None
        if mode == "sweep":
            self._census = Census(connection, source.name, self._stream, self._refused_before)
        self._reader = PageReader(source, db, self._refused_before, self._stream)
        later = mode == "initial" and stream != CUSTOMERS
        self._rules = None if later else source.rules
        self._gone: set[str] = set()
        self._batch = Batch()

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
    def misses_any(self) -> bool:
        """Whether somebody the mirror has was not seen by the listing so far."""
        return self._census is not None and misses_any(self._db, self._census)

    def take(self, page: Page) -> list[Head]:
        """Add a whole page to the batch, none of it where it cannot be read; its heads."""
        reading, stored = self._reader.read(page)
        if self._census is not None:
            self._census.see_all(kept[0] for kept in stored.values())
            self._census.see_refused(head.external_id for head in reading.heads)
            self._census.see_refused(reading.refused)
        self._batch.add(reading)
        return reading.heads

    def write(self, connection: Connection, is_latest: Callable[[str], bool]) -> Figures:
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
            revive=lambda name: is_latest(name) or name in self._gone,
        )
        done.gone = self._stream.remove(connection, source.name, batch.gone, "master", source.rules)
        done.received = batch.received
        done.unchanged += batch.unchanged
        done.stale += batch.stale
        return done

    def written(self) -> None:
        """The transaction is through: begin the next batch."""
        self._gone.update(self._batch.gone)
        for name in self._batch.gone:
            self._refused_before.pop(name, None)
        self._batch = Batch()

    def settle(self, fence: int) -> Figures:
        """Remove what a complete sweep did not see, or put the removal on hold."""
        if self._census is None:
            return Figures()
        return settle(self._db, self._census, self._source.rules, fence)
