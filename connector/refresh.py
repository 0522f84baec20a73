"""Asks again: for one customer now, for whom a master hinted at, for what waits in quarantine."""

import logging
from collections.abc import Collection, Sequence
from functools import partial

import msgspec

from connector.http import MapBroken, MasterProblem, RequestRefused, Unreachable
from connector.page_reader import PageReader
from connector.sources import Page, Source
from mirror.records import CUSTOMERS
from mirror.store.engine import Database, FenceLost, fenced
from mirror.store.progress import Figures, feed, left_alone_until
from mirror.writing import BY_NAME, quarantine
from mirror.writing.holds import Losses
from mirror.writing.judgement import Trust
from mirror.writing.quarantine import LOST


def ask_one(
    db: Database,
    source: Source,
    fence: int,
    external_id: str,
    *,
    accept_older: bool = False,
    hinted: bool = False,
) -> Figures:
    """Bring one customer in step with the master; the cursor stays where it is.

    ``accept_older``: the master's word counts also where ours is newer. ``hinted``: no person
    asks, so that one of many who lose a field waits like the others. Raises MasterProblem, also
    where the master cannot be asked for one customer.
    """
    page, customers = source.one(external_id), BY_NAME[CUSTOMERS]
    believed = {external_id} if accept_older else frozenset[str]()
    reading, _ = PageReader(source, db, {}, believed=believed).read(page)
    if any(head.external_id != external_id for head in reading.heads):
        raise MapBroken(f"{source.name}: asked for one customer, the master sent another.")
    with fenced(db, fence) as connection:
        done = customers.apply(
            connection,
            db.keys,
            source.name,
            reading.arrivals,
            reading.refusals,
            counter=source.counter,
            trust=Trust(lambda name: True, believed),
            rules=source.rules,
            losses=partial(Losses, source.name) if hinted else None,
        )
        done.gone = customers.remove(
            connection, source.name, reading.gone, "master", source.rules, reading.gone_at
        )
        if reading.unchanged:
            quarantine.clear(connection, source.name, [external_id])
    done.received, done.unchanged = reading.received, done.unchanged + reading.unchanged
    done.stale += len(reading.older)
    return done


# Looks into what a master hinted at: the customers it named, one request each.
#
# The reading of changes that follows finds what changed; what it cannot find is who is gone.

_HINTS_AT_ONCE = 50
log = logging.getLogger("espelho.sync")


def look_into(db: Database, source: Source, fence: int, ids: Sequence[str]) -> list[str]:
    """Ask for these customers, at most fifty now; who is left for the next time.

    A master that cannot be asked for one leaves it to the reading of changes; one that does not
    answer, or wants to be left alone, is asked the next time: of who is gone that reading says
    nothing.
    """
    with db.reading() as connection:
        if ids and left_alone_until(connection, source.name):
            return list(ids)
    for place, external_id in enumerate(ids[:_HINTS_AT_ONCE]):
        try:
            ask_one(db, source, fence, external_id, hinted=True)
        except Unreachable:
            return list(ids[place:])
        except (RequestRefused, MapBroken) as problem:  # this one's id is none; others' are
            log.warning("%s: a hint was not followed: %s", source.name, type(problem).__name__)
        except MasterProblem:
            return []
        except FenceLost:  # whoever is no longer the writer does not go on asking
            raise
        except Exception as problem:  # a hint must not keep the changes from being read
            log.warning(
                "%s: a hint could not be looked into: %s", source.name, type(problem).__name__
            )
    return list(ids[_HINTS_AT_ONCE:])


# Reads quarantined records again, from their sealed copies: a mended map needs no new row.

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
        everything = quarantine.kept(connection, db.keys, where)
    # Who waits for a person's word is not read again for another's.
    before = [one for one in everything if one.rule != LOST]
    if before:
        source.prepare()
    reader = PageReader(source, db, {}, BY_NAME[stream])
    for start in range(0, len(before), _AT_ONCE):
        read_again(db, source, fence, reader, stream, before[start : start + _AT_ONCE])
    with db.reading() as connection:
        remain = quarantine.known(connection, where).keys()
    written = sum(one.subject not in remain for one in before)
    return Replay(len(before), written, len(remain))


# Writes what can be read of records in quarantine by now, and of whom a person let go.

_LET_GO_AT_ONCE = 2_000


def read_again(
    db: Database,
    source: Source,
    fence: int,
    reader: PageReader,
    stream: str,
    part: list[quarantine.Kept],
) -> None:
    """Write what can be read now of these in quarantine, whose turn it is; raises MasterProblem."""
    # One page a record: so few good ones among them never mean that the map is wrong.
    readings = [reader.read(Page([one.raw], one.seen_at, stream=stream))[0] for one in part]
    arrivals = [arrival for reading in readings for arrival in reading.arrivals]
    refusals = [refusal for reading in readings for refusal in reading.refusals]
    still = {refusal.subject for refusal in refusals}
    with fenced(db, fence) as connection:
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


def let_go(db: Database, source: Source, fence: int, names: Collection[str]) -> None:
    """Write of those who lose a field these, as a person said; raises MasterProblem."""
    with db.reading() as connection:
        found = quarantine.kept(connection, db.keys, source.name)
    waiting = [one for one in found if one.rule == LOST and one.subject in names]
    source.prepare()
    reader = PageReader(source, db, {})
    for start in range(0, len(waiting), _LET_GO_AT_ONCE):
        part = waiting[start : start + _LET_GO_AT_ONCE]
        read_again(db, source, fence, reader, CUSTOMERS, part)
