"""Reads a master as a cycle would and says what it would do, without writing anything."""

from collections import Counter
from datetime import datetime

import msgspec

from connector.maps.values import Refused
from connector.problems import MasterProblem
from connector.reading import PageReader, Reading, Source
from connector.strict import NotStrict, decode_object
from mirror import planning, progress, quarantine, restating
from mirror.database import Database
from mirror.progress import Figures
from mirror.records import Customer


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
        point = progress.load_checkpoint(connection, source.name)
        before = quarantine.known(connection, source.name)
    reader = PageReader(source, db.keys, before, lambda names: _stored(db, source.name, names))
    try:
        for page in source.pages(None if full else point.cursor):
            reading, _ = reader.read(page)
            figures.add(_judged(db, source, reading))
    except MasterProblem as problem:
        return Rehearsal(source.name, False, figures, str(problem))
    figures.requests = source.requests
    return Rehearsal(source.name, True, figures, None)


def _judged(db: Database, source: Source, reading: Reading) -> Figures:
    names = [arrival.external_id for arrival in reading.arrivals]
    with db.reading() as connection:
        present = planning.known(connection, source.name, names)
        dead = planning.graves(connection, source.name, (n for n in names if n not in present))
        judged = planning.plan(reading.arrivals, present, dead, counter=source.counter)
        restating.settle(connection, db.keys, source.name, judged, present)
    changed = sum(name in present for name in judged.accepted)
    return Figures(
        received=reading.received,
        added=len(judged.accepted) - changed,
        changed=changed,
        unchanged=reading.unchanged + judged.unchanged,
        stale=judged.stale,
        quarantined=len(reading.refusals) + len(judged.contradictions),
    )


def _stored(db: Database, source: str, names: list[str]) -> dict[str, tuple[int, bytes]]:
    with db.reading() as connection:
        return planning.hashes(connection, source, names)


class Inspection(msgspec.Struct, frozen=True):
    """What one page shows of how a master is understood; no value of any customer."""

    received: int
    at: datetime
    """The master's clock."""
    filled: list[tuple[str, int]]
    """Each field of a customer, and how many had it."""
    refused: list[tuple[str, int]]
    """Each field and rule, and how many broke it."""


def inspect(source: Source) -> Inspection:
    """Read the first page of a master; raises MasterProblem."""
    page = next(source.pages(None))
    filled: Counter[str] = Counter(dict.fromkeys(Customer.__struct_fields__, 0))
    refused: Counter[str] = Counter()
    for raw in page.records:
        try:
            customer = source.translate(decode_object(raw), source.head(raw, page.at))
        except (Refused, NotStrict) as why:
            refused[str(why)] += 1
        else:
            filled.update(name for name in filled if getattr(customer, name))
    return Inspection(len(page.records), page.at, list(filled.items()), list(refused.items()))
