"""A master that went back is noticed, told, and believed when a person says so; never before."""

from datetime import UTC, datetime
from typing import Any

import pytest

from connector.sources.rest import RestSource
from mirror.reading.freshness import freshness
from mirror.store.engine import Database
from mirror.store.tables import hold
from mirror.writing.holds import GONE, OLDER, Hold, holds, release
from tests.connector.conftest import Follow
from tests.connector.test_refresh import Single
from tests.fakes.looking import customers, graves, history, versions
from tests.fakes.master import Master, at, record, source

pytestmark = pytest.mark.engines


def crowd(number: int, version: int = 3) -> Master:
    return Master(*(record(one, version) for one in range(1, number + 1)), size=100)


def state(db: Database) -> str:
    return freshness(db, datetime.now(UTC)).state


def waiting(db: Database) -> dict[str, int]:
    return {one.kind: one.missing for one in holds(db)}


@pytest.fixture
def back(follow: Follow, sweep: Follow) -> Master:
    """A master of 40 of whom 7 were changed since the backup from which it was put back."""
    master = crowd(40)
    follow(source(master))
    backup = dict(master.records)
    master.put(*(record(one, 4, updated_at=at(1_000 + one), name="Ana") for one in range(1, 8)))
    follow(source(master))
    master.records = backup
    sweep(source(master))
    return master


def test_a_master_put_back_from_a_backup_is_held_and_told(mirror_db: Database, back: Master):
    (run, *_) = history(mirror_db)

    assert (run.outcome, run.figures.held, run.figures.stale) == ("held", 7, 7)
    assert "7 are older at the master than here" in run.sentence
    assert "`espelho hold release loja`" in run.sentence
    assert waiting(mirror_db) == {OLDER: 7}
    assert state(mirror_db) == "late"
    assert [one.name for one in customers(mirror_db)[:7]] == ["Ana"] * 7


def test_its_word_is_taken_once_a_person_says_so(mirror_db: Database, back: Master, sweep: Follow):
    assert release(mirror_db, "loja")

    report = sweep(source(back))

    assert (report.ok, report.figures.changed) == (True, 7)
    assert set(versions(mirror_db).values()) == {3}
    assert [one.name for one in customers(mirror_db)[:2]] == ["Cliente 1", "Cliente 2"]
    assert (holds(mirror_db), state(mirror_db)) == ([], "fresh")


def test_a_release_takes_back_nobody_else(mirror_db: Database, back: Master, sweep: Follow):
    release(mirror_db, "loja")
    back.put(record(30, 2, name="Outra"))

    sweep(source(back))

    assert versions(mirror_db)["30"] == 3
    assert waiting(mirror_db) == {OLDER: 1}


def test_a_release_of_long_ago_takes_back_nobody(mirror_db: Database, back: Master, sweep: Follow):
    release(mirror_db, "loja")
    with mirror_db.writing() as connection:
        connection.execute(
            hold.update().values(released_at=hold.c.released_at - 25 * 3_600 * 10**6)
        )

    assert sweep(source(back)).figures.held == 7


def test_nobody_is_removed_while_rows_are_older_than_ours(
    mirror_db: Database, back: Master, sweep: Follow
):
    """Who came after the backup is not gone: the master forgot."""
    del back.records[40]

    report = sweep(source(back))

    assert (report.figures.gone, report.figures.held) == (0, 8)
    assert waiting(mirror_db) == {GONE: 1, OLDER: 7}
    assert len(versions(mirror_db)) == 40


def test_both_are_carried_out_together_once_released(
    mirror_db: Database, back: Master, sweep: Follow
):
    del back.records[40]
    sweep(source(back))
    release(mirror_db, "loja")

    report = sweep(source(back))

    assert (report.ok, report.figures.gone, report.figures.changed) == (True, 1, 7)
    assert (holds(mirror_db), graves(mirror_db)) == ([], {"40": "sweep"})


def test_a_newer_row_ends_its_part_of_the_hold_without_anybody(
    mirror_db: Database, back: Master, follow: Follow
):
    """A replica that was behind catches up; the next reading of changes is enough."""
    back.put(*(record(one, 4, updated_at=at(2_000 + one), name="Ana") for one in range(1, 7)))
    follow(source(back))
    assert waiting(mirror_db) == {OLDER: 1}

    back.put(record(7, 5, updated_at=at(2_010)))
    follow(source(back))

    assert (holds(mirror_db), state(mirror_db)) == ([], "fresh")


def test_one_version_that_ran_away_is_noticed_and_mended(
    mirror_db: Database, follow: Follow, sweep: Follow
):
    master = crowd(40)
    master.put(record(7, 2**62))
    follow(source(master))
    master.put(record(7, 4, name="Ana", updated_at=at(50)))

    assert follow(source(master)).figures.stale == 1
    assert sweep(source(master)).figures.held == 1
    assert state(mirror_db) == "late"
    release(mirror_db, "loja")
    sweep(source(master))

    assert versions(mirror_db)["7"] == 4
    assert (holds(mirror_db), state(mirror_db)) == ([], "fresh")
    master.put(record(7, 5, name="Bia", updated_at=at(60)))
    assert follow(source(master)).figures.changed == 1


def test_a_master_emptied_and_filled_again_is_believed_when_released(
    mirror_db: Database, follow: Follow, sweep: Follow
):
    follow(source(crowd(60)))
    refilled = crowd(60, version=1)

    assert sweep(source(refilled)).figures.held == 60
    release(mirror_db, "loja")
    sweep(source(refilled))

    assert set(versions(mirror_db).values()) == {1}


def test_who_was_deleted_at_a_newer_version_is_missed_aloud(
    mirror_db: Database, follow: Follow, sweep: Follow
):
    """A list that again has somebody whom a tombstone keeps away is a master that went back."""
    master = crowd(40)
    follow(source(master))
    lost = master.records.pop(7)
    sweep(source(master))
    master.put(lost | {"v": 2})

    assert sweep(source(master)).figures.held == 1
    assert (waiting(mirror_db), "7" in versions(mirror_db)) == ({OLDER: 1}, False)
    release(mirror_db, "loja")
    sweep(source(master))

    assert versions(mirror_db)["7"] == 2
    assert (holds(mirror_db), graves(mirror_db)) == ([], {})


def test_a_hold_tells_what_happened_without_a_value():
    told = {kind: Hold("loja/orders", kind, 0, 1_200, 3_000, None).sentence
            for kind in (GONE, OLDER, "phone")}  # fmt: skip

    assert "1,200 are missing" in told[GONE]
    assert "1,200 are older" in told[OLDER]
    assert "1,200 of the 3,000 that had it lose their phone" in told["phone"]
    assert all("`espelho hold release loja/orders`" in one for one in told.values())


# What a run of changes sees of it, so that a copy is not called fresh until the next sweep.


def test_a_change_to_what_is_older_than_ours_is_held_at_once(mirror_db: Database, follow: Follow):
    """Put back to version 3, and edited since: the version is lower, the date is not."""
    master = crowd(10, 5)
    follow(source(master))
    master.put(record(4, 4, updated_at=at(500), name="Outra"))

    report = follow(source(master))

    assert (report.ok, report.figures.held, waiting(mirror_db)) == (False, 1, {OLDER: 1})
    assert "1 are older at the master than here" in report.sentence
    assert (state(mirror_db), versions(mirror_db)["4"]) == ("late", 5)
    master.put(record(4, 6, updated_at=at(600), name="Certa"))
    assert follow(source(master)).ok
    assert (waiting(mirror_db), state(mirror_db)) == ({}, "fresh")


def test_a_replica_that_is_behind_is_no_master_that_went_back(mirror_db: Database, follow: Follow):
    master = crowd(10, 5)
    follow(source(master))
    master.put(record(10, 4, name="Alt"))  # of the same moment: within the overlap
    report = follow(source(master))
    assert (report.ok, report.figures.stale, waiting(mirror_db)) == (True, 1, {})


def timed(master: Master, **stream: object) -> RestSource:
    return source(master, stream={"records": {"version": None}} | stream)


class Unsorted(Single):
    """Lists in no order of change."""

    def _all(self) -> list[dict[str, Any]]:
        return sorted(super()._all(), key=lambda one: -int(one["id"]))


@pytest.mark.parametrize("kind", [Single, Unsorted])
def test_the_one_who_changed_last_is_asked_for_where_the_changes_lack_them(
    mirror_db: Database, follow: Follow, kind: type[Single]
):
    """Versions are dates: of what a backup lost nothing comes, and nothing else would tell."""
    master = kind(*(record(one) for one in range(1, 11)), size=100)
    follow(timed(master))
    backup = dict(master.records)
    master.put(*(record(one, updated_at=at(90_000 + one), name="Ana") for one in (3, 4)))
    follow(timed(master))
    assert state(mirror_db) == "fresh"
    master.records = backup

    report = follow(timed(master))

    assert (report.ok, waiting(mirror_db), state(mirror_db)) == (False, {OLDER: 1}, "late")
    assert [one.name for one in customers(mirror_db)[2:4]] == ["Ana", "Ana"]


def test_whoever_changed_last_and_is_gone_is_asked_for_once(mirror_db: Database, follow: Follow):
    master = Single(*(record(one) for one in range(1, 11)), size=100)
    master.put(record(7, updated_at=at(90_000)))
    follow(timed(master))
    del master.records[7]

    asked = [follow(timed(master)).figures.requests for _ in range(3)]

    assert state(mirror_db) == "fresh"
    assert asked[0] > asked[1] == asked[2]
