"""A mirror made anew from its masters: filled beside the one that is read, or in its place.

A mirror is never repaired, for whatever is in it can be had again. The ledger is not touched.
"""

import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

from sqlalchemy.exc import SQLAlchemyError

from config.assemble import ledger_of, make_databases, mirror_of, writer_password
from config.settings import Settings
from mirror.store.engine import Database, engine_of
from mirror.store.faults import DatabaseProblem, fault_of
from mirror.store.lease import Noted, alone, note
from mirror.store.sealing import load_key
from mirror.store.sqlite import MIRROR_FILE, bring_up, open_mirror, set_aside
from mirror.store.sqlite_copies import put_in_place
from mirror.store.tables import facet
from mirror.writing.holds import too_many

SHADOW = "rebuilding"
"""The directory, within the data directory, where a mirror is filled before it is read."""


def is_readable(settings: Settings) -> bool:
    """Whether there is a mirror that opens, so that it can be read until another takes its place.

    On a server none is filled beside it: there the tables are set aside and filled anew. Raises
    KeyProblem.
    """
    if settings.mirror.url:
        return False
    try:
        mirror_of(settings, read_only=True).close()
    except DatabaseProblem:
        return False
    return True


def is_damaged(settings: Settings) -> bool:
    """Whether a page of the mirror is not as it was written; reads all of it.

    Raises KeyProblem, and DatabaseProblem for what is wrong with it otherwise.
    """
    try:
        with closing(mirror_of(settings, read_only=True)) as db:
            return bool(db.damage())
    except DatabaseProblem as problem:
        fault = fault_of(problem)
        if fault is None or fault.code != "damaged":
            raise
        return True


def begin_empty(settings: Settings) -> Path:
    """Set the mirror aside and make an empty one; where the other is. Raises LeaseTaken.

    Also KeyProblem and DatabaseProblem, with nothing done, where the ledger does not open: then it
    is the key that is wrong, and not the mirror.
    """
    ledger_of(settings).close()
    with alone(settings.data_dir):
        if settings.mirror.url:
            from mirror.store import postgres_setup

            aside = Path(postgres_setup.set_aside(settings.mirror.url, writer_password(settings)))
        else:
            aside = set_aside(settings.data_dir)
        make_databases(settings)
    return aside


def begun_empty(settings: Settings, problem: BaseException) -> Path | None:
    """Where the mirror was set aside, when this problem is its damage and the settings let it be
    made anew; None otherwise."""
    fault = fault_of(problem)
    damaged = fault is not None and (fault.code, fault.about) == ("damaged", "mirror")
    return begin_empty(settings) if damaged and settings.rebuild_damaged_mirror else None


class Shadow(NamedTuple):
    """A mirror that is being filled while another is read."""

    settings: Settings
    place: Path
    """Its directory: who fills it opens the mirror of that one, under its lease."""
    resumed: bool
    """Whether a rebuild that broke off had begun it."""
    beside: int
    """The handle of the lock of the mirror that is read."""

    def lacks(self) -> list[str]:
        """Of which sources it has too few of those whom the other has, a sentence each."""
        with closing(open_mirror(self.place, load_key(self.settings.key_file))) as db:
            new = _customers(db)
        try:
            with closing(mirror_of(self.settings, read_only=True)) as db:
                old = _customers(db)
        except (DatabaseProblem, SQLAlchemyError):
            return []  # of a damaged mirror nobody can say how many it has
        of_each = (
            (one.name, new.get(one.name, 0), old.get(one.name, 0)) for one in self.settings.sources
        )
        return [
            f"{name}: {here:,} customers, and {there:,} in the mirror that is read."
            for name, here, there in of_each
            if too_many(there - here, there) or there > here == 0
        ]

    def take_over(self) -> Path:
        """Put it where it is read from the next question on; where the other mirror is now."""
        with alone(self.place) as (_, noted):
            note(self.beside, noted)
            file = self.settings.data_dir / MIRROR_FILE
            aside = put_in_place(self.place / MIRROR_FILE, file)[0]
        shutil.rmtree(self.place)
        return aside


def _customers(db: Database) -> dict[str, int]:
    with db.reading() as connection:
        sizes = engine_of(connection).sizes(connection, facet.c.name == "source")
    return {source: number for (_, source), number in sizes.items()}


@contextmanager
def shadow(settings: Settings) -> Iterator[Shadow]:
    """Fill a mirror while the one that is there is read; nobody else writes that one meanwhile.

    Left without `Shadow.take_over` it stays, and the next one goes on with it. Raises LeaseTaken,
    KeyProblem and DatabaseProblem, the last two also for what is wrong with the ledger.
    """
    ledger_of(settings).close()
    place = settings.data_dir / SHADOW
    with alone(settings.data_dir) as (handle, beside):
        resumed = place.exists()
        place.mkdir(mode=0o700, exist_ok=True)
        with alone(place) as (own, noted):
            note(own, Noted(max(noted.fence, beside.fence), max(noted.next_id, beside.next_id)))
        keys, read = load_key(settings.key_file), settings.data_dir / MIRROR_FILE
        bring_up(place / MIRROR_FILE, "mirror", keys, read)
        yield Shadow(settings, place, resumed, handle)
