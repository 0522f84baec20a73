"""Reads quarantined records again, from their sealed copies: a mended map needs no new row."""

import msgspec

from connector.reading import PageReader
from connector.sources.page import Page
from connector.sources.source import Source
from mirror import quarantine
from mirror.database import Database
from mirror.lease import check_fence
from mirror.progress import Figures
from mirror.writing import apply

_AT_ONCE = 200


class Replay(msgspec.Struct, frozen=True):
    """What became of the records in quarantine."""

    tried: int
    written: int
    """Read and written, or overtaken by a newer row."""
    remain: int


def replay(db: Database, source: Source, fence: int) -> Replay:
    """Read every record of ``source`` in quarantine once more and write what can be read now.

    Raises MasterProblem where reading needs the master (lookups, details) and it does not answer.
    """
    source.prepare()
    with db.reading() as connection:
        before = quarantine.kept(connection, db.keys, source.name)
    reader = PageReader(source, db, {})
    done = Figures()
    for start in range(0, len(before), _AT_ONCE):
        done.add(_again(db, source, fence, reader, before[start : start + _AT_ONCE]))
    with db.reading() as connection:
        remain = len(quarantine.known(connection, source.name))
    return Replay(len(before), len(before) - remain, remain)


def _again(
    db: Database, source: Source, fence: int, reader: PageReader, part: list[quarantine.Kept]
) -> Figures:
    # One page a record: so few good ones among them never mean that the map is wrong.
    readings = [reader.read(Page([one.raw], one.seen_at))[0] for one in part]
    arrivals = [arrival for reading in readings for arrival in reading.arrivals]
    refusals = [refusal for reading in readings for refusal in reading.refusals]
    still = {refusal.subject for refusal in refusals}
    with db.writing() as connection:
        check_fence(connection, fence)
        done = apply(connection, db.keys, source.name, arrivals, refusals, counter=source.counter)
        healed = [one.subject for one in part if one.subject not in still]
        quarantine.clear(connection, source.name, healed)
    return done
