"""The proof of sameness: equal where it is, and where it is not it names who differs."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from connector.reconcile import BUCKETS, prove
from mirror.store.engine import Database
from tests.connector.conftest import Follow
from tests.fakes.looking import everything
from tests.fakes.master import Master, record, source

pytestmark = pytest.mark.engines


def people(number: int) -> Master:
    return Master(*(record(one) for one in range(1, number + 1)), size=20)


def test_a_mirror_in_step_is_the_same_in_every_bucket(follow: Follow, mirror_db: Database):
    master = people(90)
    follow(source(master))
    before = everything(mirror_db)
    proof = prove(mirror_db, source(master))
    assert proof.same
    assert (proof.listed, proof.mirrored, proof.suspects) == (90, 90, [])
    assert proof.sentence.startswith("1,024 of 1,024 buckets are the same: the mirror has the 90")
    assert everything(mirror_db) == before, "nothing is written"


def differs(mirror_db: Database, master: Master, *suspects: str) -> None:
    proof = prove(mirror_db, source(master))
    assert proof.suspects == list(suspects)
    assert proof.differing == len(suspects)
    assert f"{BUCKETS - len(suspects):,} of 1,024" in proof.sentence
    assert "espelho sync --full --source loja" in proof.sentence


def test_who_is_missing_changed_or_too_many_is_named(follow: Follow, mirror_db: Database):
    master = people(40)
    follow(source(master))
    master.put(record(7, 2, name="Outra"))
    master.put(record(41))
    del master.records[9]
    differs(mirror_db, master, "41", "7", "9")


def test_a_row_altered_behind_the_mirrors_back_is_found(follow: Follow, mirror_db: Database):
    master = people(5)
    follow(source(master))
    with mirror_db.writing() as connection:
        connection.execute(
            text(
                "UPDATE customer SET content_hash = (SELECT content_hash FROM customer"
                " WHERE external_id = '1') WHERE external_id = '3'"
            )
        )
    differs(mirror_db, master, "3")


def test_who_waits_in_quarantine_is_counted_as_there(follow: Follow, mirror_db: Database):
    master = Master(record(1), record(2, emails=[{"address": {}}]), record(3, id=None))
    follow(source(master))
    proof = prove(mirror_db, source(master))
    assert proof.same
    assert proof.mirrored == 3


def test_a_broken_newer_row_counts_as_what_the_mirror_has(follow: Follow, mirror_db: Database):
    master = people(3)
    follow(source(master))
    master.put(record(2, 2, updated_at=record(9)["updated_at"], emails=[{"address": {}}]))
    follow(source(master))
    assert prove(mirror_db, source(master)).same


def test_no_more_suspects_are_named_than_asked_for(follow: Follow, mirror_db: Database):
    follow(source(people(3)))
    assert len(prove(mirror_db, source(people(60)), most=5).suspects) == 5


def test_what_a_moving_master_changed_since_the_last_run_is_no_alarm(
    follow: Follow, mirror_db: Database
):
    master = people(40)
    follow(source(master))
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    master.put(record(7, 2, name="Outra", updated_at=now))
    master.put(record(41, updated_at=now))
    proof = prove(mirror_db, source(master))
    assert (proof.same, proof.suspects, proof.younger) == (True, [], 2)
    assert "2 changed there since the last run" in proof.sentence


def test_an_older_difference_beside_it_still_is_one(follow: Follow, mirror_db: Database):
    master = people(40)
    follow(source(master))
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    master.put(record(7, 2, name="Outra", updated_at=now))
    master.put(record(8, 2, name="Outra"))
    proof = prove(mirror_db, source(master))
    assert (proof.same, proof.suspects, proof.younger) == (False, ["8"], 1)
