"""A file that was handled while it was open, or left with another's log, is noticed in time."""

import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from mirror.ledger import journal
from mirror.ledger.journal import Entry
from mirror.store.engine import Database, Stamp, engine_of
from mirror.store.faults import DatabaseProblem, Replaced
from mirror.store.progress import begin_again, fact, set_fact
from mirror.store.sealing import Keyring
from mirror.store.sqlite import create_databases, open_copy, open_ledger, open_mirror
from mirror.store.sqlite_file import SqliteFile
from mirror.store.sqlite_log import wait_for_lost_log

ENTRY = Entry("staff", "ana", "reveal")


def written(db: Database, rows: int = 1) -> None:
    for _ in range(rows):
        journal.record(db, ENTRY)


@pytest.fixture
def older(data_dir: Path, keys: Keyring, tmp_path: Path) -> Path:
    """A ledger as it was one row ago; in the directory lies the newer one, closed."""
    with closing(open_ledger(data_dir, keys)) as db:
        written(db)
    copy = Path(shutil.copy(data_dir / "ledger.db", tmp_path / "older.db"))
    with closing(open_ledger(data_dir, keys)) as db:
        written(db)
    return copy


@pytest.fixture
def opened(older: Path, data_dir: Path, keys: Keyring) -> Iterator[Database]:
    with closing(open_ledger(data_dir, keys)) as db:
        written(db)
        yield db


def _deleted(file: Path, older: Path) -> None:
    file.unlink()


def _renamed_over(file: Path, older: Path) -> None:
    older.replace(file)


def _copied_over(file: Path, older: Path) -> None:
    shutil.copyfile(older, file)


def _copied_over_with_its_times(file: Path, older: Path) -> None:
    shutil.copyfile(older, file)
    shutil.copystat(older, file)


def _emptied(file: Path, older: Path) -> None:
    os.truncate(file, 0)


def _cut(file: Path, older: Path) -> None:
    os.truncate(file, file.stat().st_size - 8192)


def _other_bytes(file: Path, older: Path) -> None:
    file.write_bytes(os.urandom(file.stat().st_size))


def _log_removed(file: Path, older: Path) -> None:
    Path(f"{file}-wal").unlink()


def _log_of_another(file: Path, older: Path) -> None:
    Path(f"{file}-wal").unlink()
    Path(f"{file}-wal").write_bytes(b"")


HANDLINGS: tuple[Callable[[Path, Path], None], ...] = (
    _deleted,
    _renamed_over,
    _copied_over,
    _copied_over_with_its_times,
    _emptied,
    _cut,
    _other_bytes,
    _log_removed,
    _log_of_another,
)


@pytest.mark.parametrize("handle", HANDLINGS)
def test_a_file_that_was_handled_is_noticed_before_anything_is_read_or_written(
    opened: Database, older: Path, data_dir: Path, handle: Callable[[Path, Path], None]
):
    handle(data_dir / "ledger.db", older)

    for _ in range(2):  # and stays noticed
        with pytest.raises(Replaced, match="handled the file"), opened.reading():
            pytest.fail("something was read")
        with pytest.raises(Replaced), opened.writing():
            pytest.fail("something was written")
        with pytest.raises(Replaced):
            journal.record(opened, ENTRY)


def test_what_was_written_to_a_file_that_goes_away_meanwhile_does_not_count(
    opened: Database, data_dir: Path
):
    def write() -> None:
        with opened.writing() as connection:
            connection.exec_driver_sql("DELETE FROM hint")
            (data_dir / "ledger.db").unlink()

    with pytest.raises(Replaced):
        write()


def test_a_log_that_was_unlinked_is_saved_into_its_file(
    opened: Database, data_dir: Path, keys: Keyring
):
    written(opened, 5)
    Path(f"{data_dir / 'ledger.db'}-wal").unlink()

    with pytest.raises(Replaced):
        written(opened)

    shutil.copytree(data_dir, data_dir.parent / "killed", ignore=shutil.ignore_patterns("*-shm"))
    with closing(open_ledger(data_dir.parent / "killed", keys)) as db:
        assert len(journal.entries(db)) == 8


def test_what_a_deleted_log_held_is_waited_for(
    opened: Database, data_dir: Path, keys: Keyring, tmp_path: Path
):
    """Who restores cannot read it: whoever has it open puts it into the file at their next look."""
    written(opened, 5)
    file = data_dir / "ledger.db"
    Path(f"{file}-wal").unlink()
    wait_for_lost_log(file, within_s=0.05)  # nobody looked yet
    assert _rows_in(file, keys, tmp_path) < 8

    def look_later() -> None:
        time.sleep(0.2)
        with pytest.raises(Replaced):
            opened.look()

    looking = threading.Thread(target=look_later)
    looking.start()
    wait_for_lost_log(file)

    assert _rows_in(file, keys, tmp_path) == 8
    looking.join()


def _rows_in(file: Path, keys: Keyring, tmp_path: Path) -> int:
    """How many rows the file has without any log."""
    copy = Path(shutil.copy(file, tmp_path / "alone.db"))
    with closing(open_copy(copy, keys)) as db:
        return len(journal.entries(db))


def test_a_log_that_others_lost_is_not_made_anew(opened: Database, data_dir: Path, keys: Keyring):
    """A new one, empty, would keep those who hold the old one from saving what it has."""
    with closing(open_ledger(data_dir, keys)) as other:
        other.engine.dispose()  # open, as one who followed and has read nothing since
        written(opened)
        Path(f"{data_dir / 'ledger.db'}-wal").unlink()

        with pytest.raises(Replaced, match="lost its write-ahead log"):
            other.engine.connect()
        assert not Path(f"{data_dir / 'ledger.db'}-wal").exists()


def test_who_comes_later_writes_no_log_that_is_of_another_file(
    opened: Database, older: Path, data_dir: Path, keys: Keyring
):
    """What would be written there, those who hold the first file put into that one."""
    written(opened)
    older.replace(data_dir / "ledger.db")

    with pytest.raises(Replaced, match="not the one that others opened"):
        open_ledger(data_dir, keys)

    for ending in ("", "-wal", "-shm"):  # as a restore sets them aside
        Path(f"{data_dir / 'ledger.db'}{ending}").unlink()
    create_databases(data_dir, keys)
    with closing(open_ledger(data_dir, keys)) as db:
        written(db)


def _restored_aside(file: Path, older: Path, keys: Keyring) -> Path:
    """Put an older ledger in the place of ``file``; what a restore would put there instead."""
    with closing(open_ledger(file.parent, keys)) as db, db.writing() as connection:
        engine_of(connection).renew(connection)
    mended = Path(shutil.copy(file, f"{file}.mended"))
    Path(shutil.copy(older, f"{file}.new")).replace(file)
    return mended


def test_what_is_mended_while_it_is_judged_is_looked_at_again(
    opened: Database, older: Path, data_dir: Path, keys: Keyring, monkeypatch: pytest.MonkeyPatch
):
    file = data_dir / "ledger.db"
    assert isinstance(opened.file, SqliteFile)
    mended = _restored_aside(file, older, keys)
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(opened.file, "_told", lambda _: mended.replace(file) and "it is another")
        with pytest.raises(Replaced, match="it is another"):
            opened.look()

    assert len(journal.entries(opened)) == 3


def test_a_stamp_is_never_another_files(
    opened: Database, older: Path, data_dir: Path, keys: Keyring, monkeypatch: pytest.MonkeyPatch
):
    """What is replaced between a look at the directory and one at page 1 is looked at again."""
    file = data_dir / "ledger.db"
    assert isinstance(opened.file, SqliteFile)
    mended = _restored_aside(file, older, keys)
    really = opened.file._stamp_now

    def mended_first() -> Stamp | None:
        if mended.exists():
            mended.replace(file)
        return really()

    monkeypatch.setattr(opened.file, "_stamp_now", mended_first)
    opened.look()

    assert len(journal.entries(opened)) == 3


def test_what_may_be_read_again_is_read_again(
    opened: Database, data_dir: Path, monkeypatch: pytest.MonkeyPatch
):
    assert isinstance(opened.file, SqliteFile)
    with monkeypatch.context() as forbidden:  # root reads everything
        forbidden.setattr(os, "access", lambda *_: False)
        forbidden.setattr(opened.file, "_stamp_now", lambda: None)
        (data_dir / "ledger.db").chmod(0)
        for _ in range(2):
            with pytest.raises(Replaced, match="may not be read"):
                opened.look()

    (data_dir / "ledger.db").chmod(0o600)
    written(opened)


def test_what_the_program_itself_does_is_no_handling(
    opened: Database, data_dir: Path, keys: Keyring
):
    for _ in range(3):
        with closing(open_ledger(data_dir, keys)) as other:  # leaves nothing in the log
            written(other, 3)
            written(opened)
        assert Path(f"{data_dir / 'ledger.db'}-wal").stat().st_size == 0
    (data_dir / "ledger.db").chmod(0o400)
    written(opened)

    assert len(journal.entries(opened)) == 16


def test_a_clean_end_leaves_no_log(opened: Database, data_dir: Path):
    opened.close()

    assert not [one for one in data_dir.iterdir() if one.name.startswith("ledger.db-")]


# A log that was left over by who was killed.


def _killed(data_dir: Path, keys: Keyring, place: Path) -> Path:
    """A directory as it would lie there after a kill: with two rows in the log alone."""
    with closing(open_ledger(data_dir, keys)) as db:
        written(db, 2)
        return Path(shutil.copytree(data_dir, place, ignore=shutil.ignore_patterns("*-shm")))


def test_a_log_that_fits_is_read(older: Path, data_dir: Path, keys: Keyring, tmp_path: Path):
    left = _killed(data_dir, keys, tmp_path / "killed")

    with closing(open_ledger(left, keys)) as db:
        assert len(journal.entries(db)) == 4
        assert journal.verify(db).intact


def test_a_log_is_not_laid_over_an_older_file(
    older: Path, data_dir: Path, keys: Keyring, tmp_path: Path
):
    left = _killed(data_dir, keys, tmp_path / "killed")
    shutil.copyfile(older, left / "ledger.db")
    before = {one.name: one.read_bytes() for one in left.iterdir() if one.suffix != ".lock"}

    for way in (lambda: open_ledger(left, keys), lambda: create_databases(left, keys)):
        with pytest.raises(DatabaseProblem, match=r"written beside another file.*espelho restore"):
            way()

    for name, content in before.items():
        assert (left / name).read_bytes() == content


def test_an_older_log_is_not_laid_over_a_newer_file(
    older: Path, data_dir: Path, keys: Keyring, tmp_path: Path
):
    left = _killed(data_dir, keys, tmp_path / "killed")
    with closing(open_ledger(data_dir, keys)) as db:
        written(db, 3)
    shutil.copyfile(data_dir / "ledger.db", left / "ledger.db")

    with pytest.raises(DatabaseProblem, match="written beside another file"):
        open_ledger(left, keys)


def test_a_log_without_its_ledger_is_not_thrown_away(
    older: Path, data_dir: Path, keys: Keyring, tmp_path: Path
):
    left = _killed(data_dir, keys, tmp_path / "killed")
    (left / "ledger.db").unlink()

    with pytest.raises(DatabaseProblem, match="written beside another file"):
        create_databases(left, keys)

    assert (left / "ledger.db-wal").stat().st_size > 4096


def test_a_log_that_was_half_written_back_fits_its_file(
    older: Path, data_dir: Path, keys: Keyring, tmp_path: Path
):
    with closing(open_ledger(data_dir, keys)) as db:
        written(db, 2)
        with db.engine.connect() as plain:
            link = plain.connection.driver_connection
            assert link
            link.execute("PRAGMA wal_checkpoint(PASSIVE)")
        left = Path(
            shutil.copytree(data_dir, tmp_path / "left", ignore=shutil.ignore_patterns("*-shm"))
        )

    with closing(open_ledger(left, keys)) as db:
        assert len(journal.entries(db)) == 4


# The mirror: one that was built anew is followed, an older one is not.


@pytest.fixture
def read(data_dir: Path, keys: Keyring) -> Iterator[Database]:
    with closing(open_mirror(data_dir, keys)) as db, db.writing() as connection:
        set_fact(connection, "told", "one")
    with closing(open_mirror(data_dir, keys, read_only=True)) as db:
        assert _told(db) == "one"
        yield db


def _told(db: Database) -> str:
    with db.reading() as connection:
        return fact(connection, "told", "nothing")


def test_a_mirror_that_was_built_anew_is_followed(read: Database, data_dir: Path, keys: Keyring):
    for ending in ("", "-wal", "-shm"):
        Path(f"{data_dir / 'mirror.db'}{ending}").unlink()
    with pytest.raises(Replaced, match="espelho rebuild"):
        _told(read)

    create_databases(data_dir, keys)
    with closing(open_mirror(data_dir, keys)) as db, db.writing() as connection:
        set_fact(connection, "told", "two")

    assert _told(read) == "two"


@pytest.mark.parametrize("put_back", [_renamed_over, _copied_over])
@pytest.mark.parametrize("asked", [True, False])
def test_an_older_mirror_is_not_shown_until_it_begins_again(
    read: Database,
    data_dir: Path,
    keys: Keyring,
    tmp_path: Path,
    asked: bool,
    put_back: Callable[[Path, Path], None],
):
    """Whoever reads it was asked since the mirror moved on, or knows only by who wrote it."""
    older = Path(shutil.copy(data_dir / "mirror.db", tmp_path / "older.db"))
    with closing(open_mirror(data_dir, keys)) as db, db.writing() as connection:
        set_fact(connection, "told", "two")
    assert not asked or _told(read) == "two"

    put_back(data_dir / "mirror.db", older)
    for _ in range(2):
        with pytest.raises(Replaced):
            _told(read)

    if put_back is _renamed_over:  # who wrote it now would write a log that is of the first
        with pytest.raises(Replaced, match="not the one that others opened"):
            open_mirror(data_dir, keys)
        read.close()
    with closing(open_mirror(data_dir, keys)) as db, db.writing() as connection:
        begin_again(connection)
    assert _told(read) == "one"


def test_a_mirror_that_moves_on_is_read_on(read: Database, data_dir: Path, keys: Keyring):
    for told in ("two", "three"):
        with closing(open_mirror(data_dir, keys)) as db, db.writing() as connection:
            set_fact(connection, "told", told)
        assert _told(read) == told
