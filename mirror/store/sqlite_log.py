"""Beside a SQLite file: its write-ahead log, what it holds, and notes of those who have it open.

A log that was deleted lives on with whoever had it open, and they put it into the file when they
next look (`mirror.store.sqlite_file`). The index of the log, beside both, tells how far they are.
Formats: https://sqlite.org/fileformat2.html#the_write_ahead_log and
https://sqlite.org/walformat.html#the_wal_index_file_format
"""

import mmap
import os
import struct
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from time import monotonic, sleep

from mirror.store.engine import Stamp

_LOG_HEAD, _FRAME_HEAD = 32, 24
_INDEX_HEAD, _FRAMES_AT, _IN_FILE_AT = 100, 16, 96
_PAUSE_S = 0.01
_NOTE = struct.Struct("<qq")
_PLACE = struct.Struct("<QQQ")


def first_pages(log: Path) -> Iterator[bytes]:
    """Every page 1 in a write-ahead log, as it was committed."""
    with suppress(FileNotFoundError), log.open("rb") as file:
        if os.fstat(file.fileno()).st_size <= _LOG_HEAD:
            return
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            size, salts = int.from_bytes(content[8:12], "big"), content[16:24]
            for at in range(_LOG_HEAD, len(content) - size - _FRAME_HEAD + 1, size + _FRAME_HEAD):
                if content[at + 8 : at + 16] != salts:
                    return
                if content[at : at + 4] == b"\0\0\0\1":
                    yield content[at + _FRAME_HEAD : at + _FRAME_HEAD + size]


def wait_for_lost_log(file: Path, within_s: float = 5) -> None:
    """Wait until ``file`` has everything that a log held which was deleted under others' hands.

    At most so long: of those who died with it in their hands nobody puts it in.
    """
    until = monotonic() + within_s
    log = Path(f"{file}-wal")
    while holds_nothing(log) and not _is_all_in(file) and monotonic() < until:
        sleep(_PAUSE_S)


def is_lost(file: Path) -> bool:
    """Whether somebody has the file open, and the log that goes with it is not there."""
    return Path(f"{file}-shm").exists() and not Path(f"{file}-wal").exists()


def holds_nothing(log: Path) -> bool:
    """Whether nobody can have written anything into this log."""
    return not log.exists() or log.stat().st_size == 0


def _is_all_in(file: Path) -> bool:
    # Not where this process has the database open: the end of this look would let go its locks.
    with suppress(FileNotFoundError), Path(f"{file}-shm").open("rb") as index:
        head = index.read(_INDEX_HEAD)
        frames, in_file = (
            int.from_bytes(head[at : at + 4], sys.byteorder) for at in (_FRAMES_AT, _IN_FILE_AT)
        )
        return in_file >= frames
    return True


def note(lock: int | None, stamp: Stamp) -> None:
    """Write into the open lock file how far whoever closes the database has come."""
    if lock is not None:
        os.pwrite(lock, _NOTE.pack(*stamp), 0)


def noted(lock: int | None) -> Stamp:
    """How far the last who wrote had come."""
    told = os.pread(lock, _NOTE.size, 0) if lock is not None else b""
    return Stamp(*_NOTE.unpack(told)) if len(told) == _NOTE.size else Stamp(0, 0)


def noted_beside(file: Path) -> Stamp:
    """The same of a database that is not open."""
    with suppress(FileNotFoundError), file.with_suffix(".lock").open("rb") as lock:
        return noted(lock.fileno())
    return Stamp(0, 0)


def note_place(lock: int | None, file: Path) -> None:
    """Write beside it which file the log's index here is of, for whoever opens it while it is."""
    with suppress(FileNotFoundError):
        if lock is not None:
            os.pwrite(lock, _place_of(file), _NOTE.size)


def is_of_another(lock: int, file: Path) -> bool:
    """Whether others hold log and index here with another file than lies there now: who opened
    it as well would write into that log, and they put it into theirs."""
    told = os.pread(lock, _PLACE.size, _NOTE.size)
    with suppress(FileNotFoundError):
        now = _place_of(file)
        return len(told) == _PLACE.size and told != now and told[-8:] == now[-8:]
    return False


def _place_of(file: Path) -> bytes:
    found, index = file.stat(), Path(f"{file}-shm").stat()
    return _PLACE.pack(found.st_dev, found.st_ino, index.st_ino)
