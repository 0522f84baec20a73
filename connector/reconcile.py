"""What the master no longer has: a complete sweep marks whom it saw, the rest is gone.

Absence is believed only after a listing that reached its end, and only for a few: more than
max(50, 2 %), or half of them, waits on hold for a person (promise 4).
"""

from collections.abc import Iterable, Iterator

import msgspec
from sqlalchemy import Connection, delete, select, update
from sqlalchemy.dialects.sqlite import insert

from mirror import quarantine
from mirror.database import Database
from mirror.lease import check_fence
from mirror.progress import Figures, feed, now_us
from mirror.standing.facts import Rules
from mirror.streams import Stream
from mirror.tables import hold

_AT_ONCE = 2_000
_FEW = 5
_RELEASE_LASTS_US = 24 * 3600 * 1_000_000


class Census:
    """Who of one source was seen in a sweep: one bit a customer, a megabyte for eight million."""

    def __init__(
        self, connection: Connection, source: str, stream: Stream, refused: Iterable[str]
    ) -> None:
        self.source, self.stream = source, stream
        self.unseen_refused = set(refused)
        """Subjects in quarantine before the sweep that did not occur in it, read or not."""
        self._end = stream.shelf.end(connection)
        self._seen = bytearray(self._end // 8 + 1)
        self.known = stream.shelf.number(connection, source)
        """How many records of the source there were when the sweep began."""

    @property
    def feed(self) -> str:
        """What quarantine and holds call the stream."""
        return feed(self.source, self.stream.name)

    def see_all(self, row_ids: Iterable[int]) -> None:
        """Mark these rows as still being in the master."""
        for row_id in row_ids:
            if row_id < self._end:
                self._seen[row_id >> 3] |= 1 << (row_id & 7)

    def see_refused(self, subjects: Iterable[str]) -> None:
        """These occurred: whether they stay in quarantine is decided where they are written."""
        self.unseen_refused.difference_update(subjects)

    def misses(self, row_id: int) -> bool:
        """Whether the row was there before the sweep and was not seen by it."""
        return row_id < self._end and not self._seen[row_id >> 3] & 1 << (row_id & 7)


def settle(db: Database, census: Census, rules: Rules, fence: int) -> Figures:
    """Remove whom a complete sweep did not see, or put the removal on hold.

    What it did not see leaves quarantine too: the record is gone, or has an id by now.
    """
    missing, source, where = list(_missing(db, census)), census.source, census.feed
    if _too_many(len(missing), census.known) and not _released(db, where, missing):
        _hold(db, where, fence, missing, census.known)
        return Figures(held=len(missing))
    for start in range(0, len(missing), _AT_ONCE):
        with db.writing() as connection:
            check_fence(connection, fence)
            part = missing[start : start + _AT_ONCE]
            census.stream.remove(connection, source, part, "sweep", rules)
    with db.writing() as connection:
        check_fence(connection, fence)
        connection.execute(delete(hold).where(hold.c.source == where))
        quarantine.clear(connection, where, census.unseen_refused)
    return Figures(gone=len(missing))


def misses_any(db: Database, census: Census) -> bool:
    """Whether somebody the mirror has was not seen by the listing so far."""
    return next(_missing(db, census), None) is not None


def _too_many(missing: int, known: int) -> bool:
    # Of a few customers most may be within the fifty: a master that lost half is held too.
    return missing > max(50, known // 50) or missing > max(_FEW, known // 2)


def _missing(db: Database, census: Census) -> Iterator[str]:
    rows = census.stream.shelf.everything(db, census.source)
    return (row[0] for row in rows if census.misses(row[1]))


def _released(db: Database, source: str, missing: list[str]) -> bool:
    """Whether a person let these very customers go, within the last day."""
    with db.reading() as connection:
        known = select(hold.c.released_at, hold.c.ids).where(hold.c.source == source)
        found = connection.execute(known).first()
    if not found or not found[0] or found[0] < now_us() - _RELEASE_LASTS_US:
        return False
    return set(missing) <= set(found[1].split())


def _hold(db: Database, source: str, fence: int, missing: list[str], known: int) -> None:
    row = {
        "source": source,
        "held_at": now_us(),
        "missing": len(missing),
        "known": known,
        "ids": "\n".join(missing),
    }
    statement = insert(hold).values(row)
    with db.writing() as connection:
        check_fence(connection, fence)
        connection.execute(
            statement.on_conflict_do_update(
                index_elements=["source"], set_=row | {"released_at": None}
            )
        )


class Hold(msgspec.Struct, frozen=True):
    """A removal that waits for a person."""

    source: str
    held_at: int
    missing: int
    known: int
    released_at: int | None


def holds(db: Database) -> list[Hold]:
    """Every removal on hold."""
    with db.reading() as connection:
        columns = (hold.c[name] for name in Hold.__struct_fields__)
        return [Hold(*row) for row in connection.execute(select(*columns))]


def release(db: Database, source: str) -> bool:
    """Let the removal go at the next sweep; False where nothing is on hold."""
    with db.writing() as connection:
        done = connection.execute(
            update(hold).where(hold.c.source == source).values(released_at=now_us())
        )
        return bool(done.rowcount)
