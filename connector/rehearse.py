"""Reads a master as a cycle would and says what it would do, without writing anything."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import islice

import msgspec

from connector.looking import Look
from connector.problems import MasterProblem
from connector.reading import PageReader, Reading
from connector.sources.source import Source
from mirror import progress, quarantine
from mirror.database import Database
from mirror.progress import Figures, feed
from mirror.streams import BY_NAME, Stream

_FIRST_PAGES = 3
"""So many may come without a record, as of a queue, before there is nothing to look at."""


class Rehearsal(msgspec.Struct, frozen=True):
    """What a cycle would have done."""

    source: str
    ok: bool
    figures: Figures
    problem: str | None


def rehearse(db: Database, source: Source, *, full: bool = False) -> Rehearsal:
    """A cycle without a single write: what would be added, changed, refused."""
    figures = Figures()
    with db.reading() as connection:
        point = progress.load_checkpoint(connection, source.name, source.streams[0])
        before = {
            stream: quarantine.known(connection, feed(source.name, stream))
            for stream in source.streams
        }
    readers = {
        stream: PageReader(source, db, known, BY_NAME[stream]) for stream, known in before.items()
    }
    where = feed(source.name, source.streams[0])
    try:
        for page in source.pages(None if full else point.cursor):
            reading, _ = readers[page.stream].read(page)
            figures.add(_judged(db, source, BY_NAME[page.stream], reading))
    except MasterProblem as problem:
        return Rehearsal(where, False, figures, str(problem))
    figures.requests = source.requests
    return Rehearsal(where, True, figures, None)


def _judged(db: Database, source: Source, stream: Stream, reading: Reading) -> Figures:
    with db.reading() as connection:
        judged, present = stream.judge(
            connection, db.keys, source.name, reading.arrivals, counter=source.counter
        )
    changed = sum(name in present for name in judged.accepted)
    return Figures(
        received=reading.received,
        added=len(judged.accepted) - changed,
        changed=changed,
        unchanged=reading.unchanged + judged.unchanged,
        stale=judged.stale,
        quarantined=len(reading.refusals) + len(judged.contradictions),
    )


class Inspection(msgspec.Struct, frozen=True):
    """What one page shows of how a master is understood; no value of any customer."""

    received: int
    looked: int
    """Of those received; fewer where each costs a request of its own."""
    at: datetime
    """The master's clock."""
    filled: list[tuple[str, int]]
    """Each field of a customer, and how many had it."""
    examples: dict[str, str]
    """Of each field that was filled, something to recognise it by."""
    refused: list[tuple[str, int]]
    """Each field and rule, and how many broke it."""
    flags: list[tuple[str, int]]
    """What was wrong but not wrong enough to refuse the record, and how often."""
    requests: int
    seconds: float
    """What the page took, waits for the master's limits included."""
    size: int
    """Bytes of the records looked at."""


def inspect(source: Source, monotonic: Callable[[], float] = time.monotonic) -> Inspection:
    """Read the first page of a master that has customers; raises MasterProblem."""
    look, at, begun = Look(), datetime.now(UTC), monotonic()
    for page in islice(source.pages(None), _FIRST_PAGES):
        at = page.at
        look.page(source, page)
        if page.records:
            break
    return inspection_of(look, at, source.requests, monotonic() - begun)


def inspection_of(look: Look, at: datetime, requests: int, seconds: float) -> Inspection:
    """What was seen, as plain values."""
    return Inspection(
        received=look.received,
        looked=look.looked,
        at=at,
        filled=list(look.filled.items()),
        examples=look.examples(),
        refused=list(look.refused.items()),
        flags=list(look.flags.items()),
        requests=requests,
        seconds=seconds,
        size=look.size,
    )
