"""Reads quarantined records again, from their sealed copies: a mended map needs no new row."""

import msgspec

from connector.reading import PageReader
from connector.sources.page import Page
from connector.sources.source import Source
from mirror import quarantine
from mirror.database import Database
from mirror.lease import check_fence
from mirror.progress import feed
from mirror.streams import BY_NAME

_AT_ONCE = 200


class Replay(msgspec.Struct, frozen=True):
    """What became of the records in quarantine."""

    tried: int
    written: int
    """Read and written, or overtaken by a newer row."""
    remain: int
    """Those among them of which what was sent is not kept are read when the master lists them."""


def replay(db: Database, source: Source, fence: int) -> Replay:
    """Read every record of ``source`` in quarantine once more and write what can be read now.

    Raises MasterProblem where reading needs the master (lookups, details) and it does not answer.
    """
    parts = [
        _replay(db, one, stream, fence)
        for one in (source, *source.activities)
        for stream in one.streams
    ]
    return Replay(*(sum(getattr(one, name) for one in parts) for name in Replay.__struct_fields__))


def _replay(db: Database, source: Source, stream: str, fence: int) -> Replay:
    where = feed(source.name, stream)
    with db.reading() as connection:
        before = quarantine.kept(connection, db.keys, where)
    if before:
        source.prepare()
    reader = PageReader(source, db, {}, BY_NAME[stream])
    for start in range(0, len(before), _AT_ONCE):
        _again(db, source, fence, reader, stream, before[start : start + _AT_ONCE])
    with db.reading() as connection:
        remain = quarantine.known(connection, where).keys()
    written = sum(one.subject not in remain for one in before)
    return Replay(len(before), written, len(remain))


def _again(
    db: Database,
    source: Source,
    fence: int,
    reader: PageReader,
    stream: str,
    part: list[quarantine.Kept],
) -> None:
    # One page a record: so few good ones among them never mean that the map is wrong.
    readings = [reader.read(Page([one.raw], one.seen_at, stream=stream))[0] for one in part]
    arrivals = [arrival for reading in readings for arrival in reading.arrivals]
    refusals = [refusal for reading in readings for refusal in reading.refusals]
    still = {refusal.subject for refusal in refusals}
    with db.writing() as connection:
        check_fence(connection, fence)
        BY_NAME[stream].apply(
            connection,
            db.keys,
            source.name,
            arrivals,
            refusals,
            counter=source.counter,
            rules=source.rules,
        )
        healed = [one.subject for one in part if one.subject not in still]
        quarantine.clear(connection, feed(source.name, stream), healed)
