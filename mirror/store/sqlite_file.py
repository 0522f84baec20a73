"""The file of a SQLite database: whether it still is what was opened, and whose log lies beside.

Page 1 holds generation and number of commits (`mirror.store.engine.Stamp`), and is part of each. A
file whose stamp went back was replaced; a write-ahead log fits a file that is no older than what
its first commit stands on and no newer than its last: over any other it would make one of two.
"""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from threading import Event, Lock, RLock, Thread
from time import monotonic, sleep, time
from typing import Any, NamedTuple

import sqlalchemy
import sqlcipher3.dbapi2 as sqlcipher
from sqlalchemy import Connection, event
from sqlalchemy.exc import DatabaseError, OperationalError

from mirror.store import sqlite_log
from mirror.store.engine import Stamp, begin
from mirror.store.faults import SEEN, DatabaseProblem, Fault, Replaced
from mirror.store.sqlite_copies import TURNS, WAIT_S, link_to, stamp_by, stamp_in
from mirror.store.sqlite_log import first_pages, holds_nothing, is_lost, note, noted

_AT_CLOSE_MS = 250  # a checkpoint that others hold up is theirs to make
_TRIES, _PAUSE_S = 5, 0.01  # a page that a checkpoint is writing does not read as a whole
_SALT = 16
_MENDED_BY = {
    "ledger": "`espelho restore` puts it right",
    "mirror": "`espelho rebuild` fills a new one from the master",
}


class _Sight(NamedTuple):
    """What the directory says of a file: another one when it was replaced or written to."""

    place: tuple[int, int] = (0, 0)
    size: int = 0
    changed: int = 0
    log: int = 0


_NOTHING = _Sight()


class SqliteFile:
    """What `mirror.store.engine.OpenFile` asks for; links to it are made here."""

    def __init__(
        self,
        path: Path,
        name: str,
        raw_key: str,
        prepare: Callable[[Any], None],
        *,
        read_only: bool,
    ) -> None:
        self.pool: sqlalchemy.Engine | None = None
        """The links that are open; closed where another file is followed."""
        self._path, self._log = path, Path(f"{path}-wal")
        self._looked_at = str(path), str(self._log)  # a path costs more than the look itself
        self._turns = tuple(str(path.with_suffix(ending)) for ending in TURNS)
        self._name, self._key = name, raw_key
        self._prepare, self._read_only = prepare, read_only
        self._seen = _NOTHING
        self._stamp = self._noted = self._noted_at_first = Stamp(0, 0)
        self._problem = ""
        self._turn = RLock()
        self._writer = Lock()
        self._lock: int | None = None

    def connect(self) -> Any:
        """A link to the file that was opened first, and to no other."""
        with self._turn:
            if self._lock is None:
                self._lock = self._held()
                # What was put back since, all may have closed.
                self._noted_at_first = noted(self._lock)
            else:
                self._refuse_lost_log()
            self._refuse_unwritable()
        link = link_to(self._path, self._key, f"mode={'ro' if self._read_only else 'rwc'}")
        try:
            self._prepare(link)
            self._recognise()
            sqlite_log.note_place(self._lock, self._path)
        except BaseException:
            link.close()
            raise
        return link

    def _refuse_unwritable(self) -> None:
        # SQLite would open it to be read, and so it would stay when it may be written again.
        if not self._read_only and self._path.exists() and not os.access(self._path, os.W_OK):
            refused = sqlcipher.OperationalError("attempt to write a readonly database")
            refused.sqlite_errorname = "SQLITE_READONLY"
            raise refused

    def _recognise(self) -> None:
        sight = self._sight()
        with self._turn:
            if self._seen == _NOTHING:
                self._seen = sight
                self._stamp = self._stamp_now() or self._stamp
            elif sight.place != self._seen.place:
                raise Replaced(self._told("is another one than it was"), self._name)

    def look(self) -> None:
        """As it promises: two looks at the directory, and one at page 1 where something moved."""
        if self._seen == _NOTHING:
            return
        if self._moved():
            with self._turn:
                if self._moved():  # nobody judged it meanwhile
                    self._judge()
        if self._problem:
            raise Replaced(self._problem, self._name)

    def _moved(self) -> bool:
        # Who mends it may leave all of that in the log, where no look at the directory sees it.
        mended = bool(self._problem) and noted(self._lock) != self._noted
        return mended or self._sight() != self._seen

    def _sight(self) -> _Sight:
        file, beside = self._looked_at
        try:
            found = os.stat(file)
        except FileNotFoundError:
            return _NOTHING
        try:
            log = os.stat(beside).st_ino
        except FileNotFoundError:
            log = 0
        return _Sight((found.st_dev, found.st_ino), found.st_size, found.st_ctime_ns, log)

    def _seen_with_stamp(self) -> tuple[_Sight, Stamp | None]:
        """What lay there, and then the stamp of that very file: it may be replaced between both."""
        while True:
            sight = self._sight()
            for _ in range(_TRIES if self._name == "mirror" and sight == _NOTHING else 0):
                sleep(_PAUSE_S)  # another one takes its place within a moment (`put_in_place`)
                sight = self._sight()
            stamp = self._stamp_now() if sight != _NOTHING else None
            if sight.place == self._sight().place:
                return sight, stamp

    def _judge(self) -> None:
        told = self._noted = noted(self._lock)  # one of several was not asked since, and saw less
        known = self._stamp if told == self._noted_at_first else max(self._stamp, told)
        sight, stamp = self._seen_with_stamp()
        if stamp is None and sight != _NOTHING and not os.access(self._path, os.R_OK):
            raise Replaced(f"The {self._name} {self._path} may not be read now.", self._name)
        if stamp and stamp < known and self._log_fits():
            stamp = self._with_log(stamp)
        wrong = self._problem or self._wrong(sight, stamp, known)
        if not wrong and stamp:
            self._seen, self._stamp = sight, stamp
        elif stamp and self._follows(sight, stamp, known):
            if self._log_is_lost():  # for a moment, maybe: so it is judged again at the next look
                self._problem = self._problem or self._told("has lost its write-ahead log")
                return
            self._seen, self._stamp, self._problem = sight._replace(log=0), stamp, ""
            if self.pool is not None:
                self.pool.dispose()
        else:
            self._problem = self._problem or self._told(wrong)
            # A log that was unlinked holds what was told of: into the file with it. Not where there
            # is another, which others may have written since, nor into a file that is another.
            if sight.place == self._seen.place and holds_nothing(self._log):
                self._checkpoint()
            # What was judged, not what lies there by now: that may be mended already.
            self._seen = sight._replace(changed=1) if sight == _NOTHING else sight

    def _wrong(self, sight: _Sight, stamp: Stamp | None, known: Stamp) -> str:
        """What is wrong with the file that was opened; empty where nothing is."""
        if sight == _NOTHING:
            return "is gone"
        if sight.place != self._seen.place:
            return "is another one than it was"
        if self._seen.log not in (0, sight.log):
            return "has lost its write-ahead log"
        if sight.size < self._seen.size or stamp is None:
            return "was cut or damaged"
        return "is older than it was" if stamp < known else ""

    def _follows(self, sight: _Sight, stamp: Stamp, known: Stamp) -> bool:
        """Whether what lies there now is to be read from now on: never what is older."""
        another = sight.place != self._seen.place and self._name == "mirror"
        return stamp >= known and (another or stamp.generation > self._stamp.generation)

    def _with_log(self, stamp: Stamp) -> Stamp:
        """How far the file is with the log beside it, and without where that came in meanwhile."""
        logged = [self._stamp_of(page) for page in list(first_pages(self._log))[-1:]]
        return max(one for one in (*logged, stamp, self._stamp_now()) if one)

    def _log_is_lost(self) -> bool:
        """Whether others have the file open, and the log that they made with it is gone."""
        for _ in range(_TRIES):
            if not is_lost(self._path):
                return False
            sleep(_PAUSE_S)  # the last one who closes deletes both, one after the other
        return True

    def _told(self, wrong: str) -> str:
        return (
            f"The {self._name} {self._path} {wrong}: somebody handled the file while it was in "
            f"use. Nothing is shown until that is mended; {_MENDED_BY[self._name]}."
        )

    # Of those who wait for its write lock SQLite lets each sleep and look again, ever longer: with
    # many that is a lottery, and who loses waits for seconds. Here one waits for the other: threads
    # for a lock of their process, and processes for two files in turn, so that who goes and comes
    # again stands behind who waits. What a killed process held the kernel lets go.

    @contextmanager
    def turn(self) -> Iterator[None]:
        """As it promises."""
        if self._name != "ledger":  # a mirror has one writer
            yield
            return
        until = monotonic() + WAIT_S
        if not self._writer.acquire(timeout=WAIT_S):
            raise self._kept_too_long()
        held: list[int] = []
        try:
            for file in self._turns:
                if not _takes(file, until, held):
                    raise self._kept_too_long()
            os.close(held.pop(0))
            yield
        finally:
            for one in held:
                os.close(one)
            self._writer.release()

    def _kept_too_long(self) -> OperationalError:
        error: Any = TimeoutError("the turn to write did not come")
        error.fault = Fault("locked", self._name)
        SEEN[error.fault] = time()
        return OperationalError(None, None, error)

    def _stamp_now(self) -> Stamp | None:
        for _ in range(_TRIES):
            if (stamp := stamp_in(self._path, self._key)) is not None:
                return stamp
            sleep(_PAUSE_S)
        return None

    def settle(self) -> None:
        """As it promises."""
        if not self._problem and self._seen != _NOTHING:
            self._checkpoint()

    def _checkpoint(self) -> None:
        if self._read_only or self.pool is None:
            return
        with suppress(DatabaseError, sqlcipher.Error, DatabaseProblem):
            link = self.pool.raw_connection()
            try:
                driver: Any = link.driver_connection
                driver.execute(f"PRAGMA busy_timeout = {_AT_CLOSE_MS}")
                driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
                note(self._lock, stamp_by(driver))
                driver.execute(f"PRAGMA busy_timeout = {WAIT_S * 1000}")
            finally:
                link.close()

    def release(self) -> None:
        """As it promises."""
        lock, self._lock, self._seen = self._lock, None, _NOTHING
        if lock is not None:
            os.close(lock)

    def copy(self, target: Path) -> None:
        """As it promises, while others write; whole in itself, without a log."""
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        if self.pool is None:
            return
        copying = closing(link_to(target, self._key, "mode=rw"))
        with closing(self.pool.raw_connection()) as source, copying as copy:
            source.driver_connection.backup(copy)  # type: ignore[union-attr]
            copy.execute("PRAGMA journal_mode = DELETE")
        with target.open("rb") as file:
            os.fsync(file.fileno())

    # Who opens a file that nobody else has open judges the log that was left beside it.

    def _held(self) -> int:
        lock = os.open(self._path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                self._refuse_other_log()
            except BlockingIOError:  # others have it open, and decided before
                self._refuse_lost_log()
                if sqlite_log.is_of_another(lock, self._path):
                    told = self._told("is not the one that others opened")
                    raise Replaced(told, self._name) from None
            fcntl.flock(lock, fcntl.LOCK_SH)
        except BaseException:
            os.close(lock)
            raise
        return lock

    def _refuse_lost_log(self) -> None:
        # One more link would make a log anew, and nobody could put the one that is gone right.
        if self._log_is_lost():
            raise Replaced(self._told("has lost its write-ahead log"), self._name) from None

    def _refuse_other_log(self) -> None:
        if self._log_fits():
            return
        do = (
            "`espelho restore` with a backup, or with --as-it-is, sets the log aside"
            if self._name == "ledger"
            else "`espelho rebuild` sets both aside and fills a new one from the master"
        )
        raise DatabaseProblem(
            f"The log {self._log} was written beside another file than {self._path} is now: "
            f"together they would make one damaged {self._name}. Nothing was changed. Put back the "
            f"file that the log belongs to; or {do}."
        )

    def _log_fits(self) -> bool:
        pages = list(first_pages(self._log))
        if not pages:
            return True
        if not self._path.exists():
            return self._name == "mirror"  # a log without a file is nothing to SQLite
        base = self._stamp_now()
        stamps = [one for page in (pages[0], pages[-1]) if (one := self._stamp_of(page))]
        if base is None or not stamps:
            return True  # of another key, or torn: opening it tells
        with self._path.open("rb") as file:
            same = file.read(_SALT) == pages[0][:_SALT]
        first, last = stamps[0], stamps[-1]
        on_it = base.commits == first.commits - 1 or base >= first
        return same and on_it and base <= last

    def _stamp_of(self, page: bytes) -> Stamp | None:
        with NamedTemporaryFile(prefix="espelho-") as file:
            file.write(page)
            file.flush()
            return stamp_in(Path(file.name), self._key)


def _takes(file: str, until: float, held: list[int]) -> bool:
    """Whether a file was locked in time: open among ``held`` then, and closed the next one's.

    Where it cannot be opened nobody waits for it: the database itself tells what is wrong.
    """
    try:
        here = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError:
        held.append(os.open(os.devnull, os.O_RDONLY))
        return True
    try:
        fcntl.flock(here, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        if not _waits(here, until - monotonic()):
            return False
    held.append(here)
    return True


def _waits(here: int, seconds: float) -> bool:
    """Whether an open file was locked in time, by a thread: the wait itself knows no end."""
    came, left, one_at_a_time = Event(), Event(), Lock()

    def wait() -> None:
        fcntl.flock(here, fcntl.LOCK_EX)
        with one_at_a_time:
            if left.is_set():
                os.close(here)
            came.set()

    Thread(target=wait, daemon=True).start()
    if came.wait(max(0.0, seconds)):
        return True
    with one_at_a_time:
        left.set()
        return came.is_set()


# Every commit that changes something writes page 1, where its number stands: a log that is left
# over then tells of which file it is.


def number_commits(pool: sqlalchemy.Engine) -> None:
    """Begin transactions as their engine says, and number those that change something."""
    event.listen(pool, "begin", _begin)
    event.listen(pool, "commit", _count)


def begin_on(driver: Any, writing: bool) -> None:
    """As engines do; the driver's own would begin too late, and never IMMEDIATE."""
    driver.execute("BEGIN IMMEDIATE" if writing else "BEGIN")


def _begin(connection: Connection) -> None:
    begin(connection)
    if connection.get_execution_options().get("writing"):
        connection.info["changes"] = link_of(connection).total_changes


def _count(connection: Connection) -> None:
    link, writes = link_of(connection), connection.get_execution_options().get("writing")
    if writes and link.total_changes != connection.info.pop("changes"):
        (commits,) = link.execute("PRAGMA user_version").fetchone()
        link.execute(f"PRAGMA user_version = {commits + 1}")


def link_of(connection: Connection) -> Any:
    """The driver's own link behind a connection."""
    return connection.connection.driver_connection
