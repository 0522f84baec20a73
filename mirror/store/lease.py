"""One writer at a time: a lock the system frees when its holder dies, and a fencing number.

The lock keeps two connectors apart; the fence, checked in every transaction, stops one that was
believed dead (a frozen machine, a lost disk) from writing after another has taken over.

Beside the fence stands which number a new customer is to have. A number is in the addresses of
pages, in what is open on a till, in the journal; in a mirror that was made anew or restored it must
not come to mean somebody else.
"""

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from mirror.store.engine import Database, engine_of
from mirror.store.faults import DatabaseProblem
from mirror.store.progress import begin_again, fact, set_fact

LOCK_FILE = "connector.lock"
NUMBERS = 1 << 24
"""How many customers one lease may add and be killed before it notes that: more than any load."""
_WIDE = 64
_NOTED = re.compile(r"(\d+) (\d{1,18})(?: (\d{1,18}))?", re.ASCII)


class Noted(NamedTuple):
    """What stands beside a mirror, whatever becomes of the mirror itself."""

    fence: int = 0
    next_id: int = 1
    """As it was when a lease began or ended: fewer than `NUMBERS` more were given since."""


class LeaseTaken(Exception):
    """Another process is writing this mirror."""


@contextmanager
def lease(db: Database, data_dir: Path) -> Iterator[int]:
    """Be the only writer of this mirror for the length of the block; yields the fencing number.

    A mirror whose number is behind the one beside it was restored from a copy: it gets another
    epoch, and every source is read from the beginning.
    """
    with alone(data_dir) as (handle, beside), engine_of(db.engine).sole(db) as holder:
        if holder:
            raise LeaseTaken(
                f"Another process ({holder}) is syncing into this mirror. Wait for it, or stop it "
                "first."
            )
        with db.writing() as connection:
            known = int(fact(connection, "fence", "0"))
            if known < beside.fence:
                begin_again(connection)
            fence = max(known, beside.fence) + 1
            set_fact(connection, "fence", str(fence))
            next_id = _unused(connection, beside)
        note(handle, Noted(fence, next_id))
        try:
            yield fence
        finally:
            with suppress(DatabaseProblem, SQLAlchemyError), db.reading() as connection:
                note(handle, Noted(fence, int(fact(connection, "next_id", "1"))))


def _unused(connection: Connection, beside: Noted) -> int:
    """The number of the next customer: in a mirror that knows of fewer than were given, far on."""
    known = int(fact(connection, "next_id", "1"))
    if known >= beside.next_id:
        return known
    beyond = (beside.next_id // NUMBERS + 2) * NUMBERS
    set_fact(connection, "next_id", str(beyond))
    return beyond


@contextmanager
def alone(data_dir: Path) -> Iterator[tuple[int, Noted]]:
    """Keep every writer away, without a look into the mirror: its lock, and what stands beside."""
    handle = os.open(data_dir / LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        yield handle, _lock(handle, data_dir)
    finally:
        os.close(handle)


def note(handle: int, noted: Noted) -> None:
    """Write beside a mirror, by the handle of its lock, who has it and how far it is."""
    told = f"{os.getpid()} {noted.fence} {noted.next_id}"
    os.pwrite(handle, told.encode().ljust(_WIDE), 0)  # in one piece, over all that stood there
    os.ftruncate(handle, _WIDE)


def _lock(handle: int, data_dir: Path) -> Noted:
    """Take the lock, or raise LeaseTaken."""
    content = os.pread(handle, _WIDE, 0).decode("ascii", "replace").strip()
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = content.partition(" ")[0]
        raise LeaseTaken(
            f"Another process (pid {holder or 'unknown'}) is syncing into {data_dir}. "
            "Wait for it, or stop it first."
        ) from None
    found = _NOTED.fullmatch(content)
    beside = Noted(int(found[2]), int(found[3] or 1)) if found else Noted()
    note(handle, beside)
    return beside
