"""One writer at a time: a lock the system frees when its holder dies, and a fencing number.

The lock keeps two connectors apart; the fence, checked in every transaction, stops one that was
believed dead (a frozen machine, a lost disk) from writing after another has taken over.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mirror.store.engine import Database
from mirror.store.progress import begin_again, fact, set_fact

LOCK_FILE = "connector.lock"


class LeaseTaken(Exception):
    """Another process is writing this mirror."""


@contextmanager
def lease(db: Database, data_dir: Path) -> Iterator[int]:
    """Be the only writer of this mirror for the length of the block; yields the fencing number.

    A mirror whose number is behind the one beside it was restored from a copy: it gets another
    epoch, and every source is read from the beginning.
    """
    with alone(data_dir) as (handle, beside):
        with db.writing() as connection:
            known = int(fact(connection, "fence", "0"))
            if known < beside:
                begin_again(connection)
            fence = max(known, beside) + 1
            set_fact(connection, "fence", str(fence))
        os.pwrite(handle, f"{os.getpid()} {fence}".encode(), 0)
        yield fence


@contextmanager
def alone(data_dir: Path) -> Iterator[tuple[int, int]]:
    """Keep every writer away, without a look into the mirror: its lock and the fence beside it."""
    handle = os.open(data_dir / LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        yield handle, _lock(handle, data_dir)
    finally:
        os.close(handle)


def _lock(handle: int, data_dir: Path) -> int:
    """Take the lock, or raise LeaseTaken; the fencing number that was written beside the mirror."""
    holder, _, fence = os.pread(handle, 64, 0).decode("ascii", "replace").strip().partition(" ")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise LeaseTaken(
            f"Another process (pid {holder or 'unknown'}) is syncing into {data_dir}. "
            "Wait for it, or stop it first."
        ) from None
    beside = int(fence) if fence.isascii() and fence.isdigit() and len(fence) < 19 else 0
    os.ftruncate(handle, 0)
    os.pwrite(handle, f"{os.getpid()} {beside}".encode(), 0)
    return beside
