"""What a master hinted at is asked for, one by one; who is gone is found so, at once."""

from pathlib import Path

from connector.http import Answer, Request, RequestRefused, Unreachable
from connector.refresh import look_into
from mirror.store.engine import Database
from mirror.store.lease import lease
from tests.connector.conftest import Follow
from tests.connector.test_refresh import Single
from tests.fakes.looking import customers
from tests.fakes.master import record, source


def test_whom_the_master_deleted_and_hinted_at_is_gone(
    follow: Follow, mirror_db: Database, data_dir: Path
):
    master = Single(*(record(number) for number in range(1, 5)))
    follow(source(master))
    del master.records[2]
    master.put(record(3, 2, name="Nova"))
    with lease(mirror_db, data_dir) as fence:
        assert look_into(mirror_db, source(master), fence, ["2", "3"]) == []
    assert {one.external_id: one.name for one in customers(mirror_db)} == {
        "1": "Cliente 1",
        "3": "Nova",
        "4": "Cliente 4",
    }


def test_many_hints_wait_their_turn(mirror_db: Database, data_dir: Path):
    master = Single(record(900))
    names = [str(number) for number in range(120)]
    with lease(mirror_db, data_dir) as fence:
        left = look_into(mirror_db, source(master), fence, names)
    assert left == names[50:]
    assert customers(mirror_db) == []


def test_a_master_that_does_not_answer_is_asked_the_next_time(
    follow: Follow, mirror_db: Database, data_dir: Path
):
    class Down(Single):
        def send(self, request: Request) -> Answer:
            raise Unreachable("loja cannot be reached.")

    follow(source(Single(record(1))))
    with lease(mirror_db, data_dir) as fence:
        assert look_into(mirror_db, source(Down()), fence, ["1", "2"]) == ["1", "2"]
    assert len(customers(mirror_db)) == 1


def test_an_id_that_the_master_refuses_keeps_nobody_elses_from_being_asked_for(
    follow: Follow, mirror_db: Database, data_dir: Path
):
    class Numbered(Single):
        def send(self, request: Request) -> Answer:
            if request.path.endswith("/C-1"):
                raise RequestRefused("loja: that is no id.")
            return super().send(request)

    master = Numbered(record(1))
    follow(source(master))
    master.put(record(2))
    with lease(mirror_db, data_dir) as fence:
        assert look_into(mirror_db, source(master), fence, ["C-1", "2"]) == []
    assert {one.external_id for one in customers(mirror_db)} == {"1", "2"}


def test_a_master_that_cannot_be_asked_for_one_leaves_it_to_the_reading_of_changes(
    mirror_db: Database, data_dir: Path
):
    made = source(Single(record(1)), stream={"one": None})
    with lease(mirror_db, data_dir) as fence:
        assert look_into(mirror_db, made, fence, ["1", "2"]) == []
