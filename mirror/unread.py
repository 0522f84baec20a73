"""What pages say of quarantine: that something could not be read, whose it is and since when.

Never a value. Every question is a lookup by an index, or counts up to a bound, however much there
is in quarantine.
"""

from collections.abc import Iterable

from sqlalchemy import Connection, func, select

from mirror.activity.records import CUSTOMERS, STREAMS
from mirror.database import Database
from mirror.progress import feed
from mirror.tables import checkpoint, quarantine

MOST = 1_000
"""Of a feed so many are counted at most, and one more where there are more."""

_SOURCES = select(checkpoint.c.source).distinct()
_of = quarantine.c


def problem(connection: Connection, source: str, external_id: str) -> tuple[str, str] | None:
    """Field and rule of a newer row of this customer that could not be read."""
    query = select(_of.field, _of.rule).where(_of.source == source, _of.subject == external_id)
    found = connection.execute(query).first()
    return (found[0], found[1]) if found else None


def since(db: Database, source: str, external_id: str) -> int | None:
    """Since when (microseconds since 1970) a customer's own record cannot be read, if so."""
    query = select(_of.first_seen_at).where(_of.source == source, _of.subject == external_id)
    with db.reading() as connection:
        return connection.execute(query).scalar()


def with_code(db: Database, codes: Iterable[str]) -> int | None:
    """Since when a customer's record with one of these ids cannot be read, in any source."""
    query = select(func.min(_of.first_seen_at)).where(
        _of.source.in_(_SOURCES), _of.subject.in_(set(codes)), _of.external_id.is_not(None)
    )
    with db.reading() as connection:
        return connection.execute(query).scalar()


def of_customer(db: Database, source: str, external_id: str) -> dict[str, int]:
    """Stream → how many of a customer's records in it cannot be read; streams with none left out.

    Whose a record is, is known as far as it could be read.
    """
    feeds = {feed(source, stream): stream for stream in STREAMS}
    theirs = _of.source.in_(feeds), _of.customer == external_id
    query = select(_of.source, func.count()).where(*theirs).group_by(_of.source)
    with db.reading() as connection:
        found = {feeds[row[0]]: row[1] for row in connection.execute(query)}
    return {stream: found[stream] for stream in STREAMS if stream in found}


def any_customer(db: Database) -> bool:
    """Whether any customer's record cannot be read."""
    query = select(_of.id).where(_of.source.in_(_SOURCES)).limit(1)
    with db.reading() as connection:
        return connection.execute(query).first() is not None


def numbers(db: Database) -> list[tuple[str, str, int]]:
    """Source, stream and how many of its records cannot be read, counted up to `MOST` and one."""
    with db.reading() as connection:
        found = [
            (source, stream, _number(connection, feed(source, stream)))
            for source in sorted(connection.scalars(_SOURCES))
            for stream in (CUSTOMERS, *STREAMS)
        ]
    return [one for one in found if one[2]]


def _number(connection: Connection, name: str) -> int:
    some = select(_of.subject).where(_of.source == name).limit(MOST + 1).subquery()
    return int(connection.execute(select(func.count()).select_from(some)).scalar_one())
