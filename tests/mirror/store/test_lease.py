"""One writer at a time: a second process is refused, a killed one leaves nothing to clean up."""

import os
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from mirror.store.engine import Database, FenceLost, check_fence
from mirror.store.lease import LOCK_FILE, NUMBERS, LeaseTaken, lease
from mirror.store.progress import (
    Checkpoint,
    epoch,
    fact,
    load_checkpoint,
    save_checkpoint,
    set_fact,
)
from mirror.store.sealing import Keyring
from mirror.store.sqlite import create_databases, open_mirror

pytestmark = pytest.mark.engines

ROOT = Path(__file__).parents[3]

HOLD = """
import pathlib, sys, time
from tests.fakes.engines import open_mirror
from mirror.store.lease import lease
from mirror.store.sealing import Keyring
directory = pathlib.Path(sys.argv[1])
with lease(open_mirror(directory, Keyring(sys.argv[2].encode())), directory):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def holder(data_dir: Path, keys: Keyring) -> Iterator[subprocess.Popen[str]]:
    """Another process that has the lease."""
    command = [sys.executable, "-c", HOLD, str(data_dir), keys._root.decode()]
    here = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=here)
    assert process.stdout
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def test_a_second_process_is_refused_and_told_who_has_it(
    mirror_db: Database, data_dir: Path, holder: subprocess.Popen[str]
):
    with pytest.raises(LeaseTaken, match=rf"pid {holder.pid}\).*Wait"), lease(mirror_db, data_dir):
        pytest.fail("two writers")
    with mirror_db.reading() as connection:
        assert fact(connection, "fence", "0") == "1"  # the holder's


def test_it_is_free_again_when_its_holder_was_killed(
    mirror_db: Database, data_dir: Path, holder: subprocess.Popen[str]
):
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    with lease(mirror_db, data_dir) as fence:
        assert fence == 2


def test_a_second_taker_in_the_same_process_is_refused_too(mirror_db: Database, data_dir: Path):
    with (
        lease(mirror_db, data_dir),
        pytest.raises(LeaseTaken, match=str(os.getpid())),
        lease(mirror_db, data_dir),
    ):
        pytest.fail("two writers")


def test_it_is_free_again_after_the_block_and_after_a_fault(mirror_db: Database, data_dir: Path):
    with pytest.raises(ZeroDivisionError), lease(mirror_db, data_dir):
        raise ZeroDivisionError
    with lease(mirror_db, data_dir) as second:
        assert second == 2


def test_every_taker_gets_a_higher_fence(mirror_db: Database, data_dir: Path):
    fences = []
    for _ in range(3):
        with lease(mirror_db, data_dir) as fence:
            fences.append(fence)
    assert fences == [1, 2, 3]


def test_one_believed_dead_cannot_write_after_another_took_over(
    mirror_db: Database, data_dir: Path
):
    with ExitStack() as held:
        fence = held.enter_context(lease(mirror_db, data_dir))
        with mirror_db.writing() as connection:
            check_fence(connection, fence)
            set_fact(connection, "fence", str(fence + 1))  # another machine took over

        with pytest.raises(FenceLost, match="took over"), mirror_db.writing() as connection:
            check_fence(connection, fence)


def test_the_lock_file_is_its_owner_s_and_names_the_last_holder(
    mirror_db: Database, data_dir: Path
):
    file = data_dir / LOCK_FILE
    file.write_text("a longer text than any process id")
    with lease(mirror_db, data_dir) as fence:
        assert file.read_text().split() == [str(os.getpid()), str(fence), "1"]
    file.unlink()
    with lease(mirror_db, data_dir):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def points(db: Database) -> tuple[str, str | None]:
    with db.reading() as connection:
        return fact(connection, "epoch", ""), load_checkpoint(connection, "loja").cursor


def test_a_mirror_restored_from_a_copy_is_another_one_and_reads_everything_again(
    mirror_db: Database, data_dir: Path
):
    with mirror_db.writing() as connection:
        known = epoch(connection)
        save_checkpoint(connection, Checkpoint(source="loja", cursor="2024-01-01T00:00:00Z"))
    with lease(mirror_db, data_dir) as before:
        pass
    assert points(mirror_db) == (known, "2024-01-01T00:00:00Z")
    with lease(mirror_db, data_dir):
        pass
    with mirror_db.writing() as connection:
        set_fact(connection, "fence", str(before))  # what an older copy of the file would say
    with lease(mirror_db, data_dir) as after:
        assert after == before + 2, "fencing numbers are never used twice"
    restored, cursor = points(mirror_db)
    assert restored != known
    assert cursor is None
    with lease(mirror_db, data_dir):
        assert points(mirror_db)[0] == restored


def numbers(db: Database) -> int:
    with db.reading() as connection:
        return int(fact(connection, "next_id", "1"))


def give(db: Database, data_dir: Path, many: int) -> None:
    """Add so many customers under one lease."""
    with lease(db, data_dir), db.writing() as connection:
        set_fact(connection, "next_id", str(int(fact(connection, "next_id", "1")) + many))


@pytest.mark.engines("sqlite")
def test_no_number_ever_means_another_customer_whatever_becomes_of_the_mirror(
    mirror_db: Database, data_dir: Path, keys: Keyring
):
    give(mirror_db, data_dir, 100)
    copy = shutil.copy(data_dir / "mirror.db", data_dir / "copy.db")
    give(mirror_db, data_dir, 100)
    assert numbers(mirror_db) == 201
    mirror_db.close()

    def reopened(name: str) -> int:
        """The first number that is free in what lies in the mirror's place now."""
        with closing(open_mirror(data_dir, keys)) as db, lease(db, data_dir):
            return numbers(db)

    for ending in ("", "-wal", "-shm"):
        (data_dir / f"mirror.db{ending}").unlink(missing_ok=True)
    create_databases(data_dir, keys)
    anew = reopened("an empty mirror")
    assert anew > 201 + NUMBERS, "as many as one lease may have added before it was killed"
    assert reopened("the same") == anew

    shutil.copy(copy, data_dir / "mirror.db")
    assert reopened("an older copy") > anew + NUMBERS


def test_a_note_of_before_numbers_were_noted_is_read(mirror_db: Database, data_dir: Path):
    data_dir.joinpath(LOCK_FILE).write_text("77 5")
    with lease(mirror_db, data_dir) as fence:
        assert (fence, numbers(mirror_db)) == (6, 1)
