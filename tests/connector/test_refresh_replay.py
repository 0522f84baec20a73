"""Quarantined records read again: a mended map needs no new row of the master."""

from pathlib import Path

import pytest

from connector.refresh import Replay, replay
from connector.sources import Source
from mirror.store.engine import Database
from mirror.store.lease import lease
from tests.connector.conftest import Follow
from tests.fakes.looking import customers, refused, versions
from tests.fakes.master import Master, record, source

pytestmark = pytest.mark.engines

BROKEN = [record(number, name=True, called="Ana") for number in (2, 3)]
ELSEWHERE = {"name": "called"}


def again(db: Database, data_dir: Path, made: Source) -> Replay:
    with lease(db, data_dir) as fence:
        return replay(db, made, fence)


def test_a_mended_map_reads_what_it_could_not(follow: Follow, mirror_db: Database, data_dir: Path):
    master = Master(record(1), *BROKEN)
    follow(source(master))
    assert set(refused(mirror_db)) == {"2", "3"}
    asked = master.requests
    done = again(mirror_db, data_dir, source(master, map=ELSEWHERE))
    assert done == Replay(tried=2, written=2, remain=0)
    assert refused(mirror_db) == {}
    assert set(versions(mirror_db)) == {"1", "2", "3"}
    assert master.requests == asked, "nothing is asked of the master"


def test_what_is_still_broken_stays(follow: Follow, mirror_db: Database, data_dir: Path):
    master = Master(record(1), *BROKEN)
    follow(source(master))
    assert again(mirror_db, data_dir, source(master)) == Replay(tried=2, written=0, remain=2)
    assert set(refused(mirror_db)) == {"2", "3"}


def test_an_old_record_does_not_win_over_a_newer_row(
    follow: Follow, mirror_db: Database, data_dir: Path
):
    master = Master(record(1), *BROKEN)
    follow(source(master))
    assert set(refused(mirror_db)) == {"2", "3"}
    master.put(record(2, 5, updated_at=record(9)["updated_at"], name="Nova"))
    follow(source(master))
    again(mirror_db, data_dir, source(master, map=ELSEWHERE))
    assert versions(mirror_db) == {"1": 1, "2": 5, "3": 1}
    assert [one.name for one in customers(mirror_db) if one.external_id == "2"] == ["Nova"]


def test_records_without_an_id_stay_too(follow: Follow, mirror_db: Database, data_dir: Path):
    follow(source(Master(record(1), record(2, id=None))))
    done = again(mirror_db, data_dir, source(Master(), map=ELSEWHERE))
    assert (done.tried, done.remain) == (1, 1)
