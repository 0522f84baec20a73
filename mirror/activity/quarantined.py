"""What quarantine keeps of activity: bytes no longer than somebody is here whom they are about.

The line stays until the record is mended or leaves the master: which, by which rule, since when.
Whose a record is, is known as far as it could be read; the rest is not kept for long.
"""

from collections.abc import Iterable

from msgspec.structs import replace
from sqlalchemy import Connection, exists, update

from mirror.activity.records import STREAMS
from mirror.progress import feed, now_us
from mirror.quarantine import Refusal
from mirror.tables import customer, quarantine

NOTHING = b""
KEPT_DAYS = 30
"""The bytes of a record that names nobody who is here are kept so long from its first refusal."""
_DAY_US = 24 * 3600 * 1_000_000


def erase(connection: Connection, source: str, customers: list[str]) -> None:
    """Drop the sealed bytes of every record of these few customers, in every stream."""
    feeds, named = [feed(source, stream) for stream in STREAMS], quarantine.c.customer
    theirs = quarantine.c.source.in_(feeds), named.in_(customers)
    connection.execute(update(quarantine).where(*theirs).values(raw=NOTHING))


def expire(connection: Connection, source: str, stream: str) -> None:
    """Drop the sealed bytes of old records of a stream that name nobody who is here."""
    columns, named = quarantine.c, customer.c.external_id == quarantine.c.customer
    here = exists().where(customer.c.source == source, named)
    old = columns.first_seen_at < now_us() - KEPT_DAYS * _DAY_US
    mine = columns.source == feed(source, stream), columns.raw != NOTHING
    connection.execute(update(quarantine).where(*mine, old, ~here).values(raw=NOTHING))


def without_bytes(refusals: Iterable[Refusal], gone: set[str]) -> list[Refusal]:
    """The same refusals, of those who are gone from the master without what was sent."""
    return [replace(one, raw=NOTHING) if one.customer in gone else one for one in refusals]
