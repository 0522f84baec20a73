"""One customer, asked for now: brought in step, and the cursor stays where it is."""

from pathlib import Path
from typing import Any

import pytest

from connector.http import Answer, BadAnswer, MapBroken, Request, RequestRefused
from connector.refresh import ask_one
from mirror.store.engine import Database
from mirror.store.lease import lease
from mirror.store.progress import Figures
from tests.connector.conftest import Follow
from tests.fakes.looking import customers, graves, point, refused
from tests.fakes.master import Master, encode, record, source

pytestmark = pytest.mark.engines


class Single(Master):
    """Also answers for one customer."""

    def send(self, request: Request) -> Answer:
        if request.path == "/api/v1/customers":
            return super().send(request)
        number = int(request.path.rpartition("/")[2])
        if number not in self.records:
            return Answer(b"{}", self.now, 404)
        return Answer(encode(self.records[number]), self.now)


@pytest.fixture
def ask(mirror_db: Database, data_dir: Path) -> Any:
    def one(made: Any, external_id: str) -> Figures:
        with lease(mirror_db, data_dir) as fence:
            return ask_one(mirror_db, made, fence, external_id)

    return one


def test_a_change_is_brought_at_once_and_the_cursor_stays(
    follow: Follow, ask: Any, mirror_db: Database
):
    master = Single(record(1), record(2))
    follow(source(master))
    cursor = point(mirror_db).cursor
    master.put(record(1, 2, updated_at="2024-05-01T00:00:00Z", name="Nova"))
    assert ask(source(master), "1").changed == 1
    assert customers(mirror_db)[0].name == "Nova"
    assert point(mirror_db).cursor == cursor


def test_who_is_gone_is_gone_and_nobody_else(follow: Follow, ask: Any, mirror_db: Database):
    master = Single(record(1), record(2))
    follow(source(master))
    del master.records[1]
    assert ask(source(master), "1").gone == 1
    assert [one.external_id for one in customers(mirror_db)] == ["2"]
    assert graves(mirror_db) == {"1": "master"}
    assert ask(source(master), "77").gone == 0


def test_a_master_s_older_record_is_told_and_taken_only_when_accepted(
    follow: Follow, mirror_db: Database, data_dir: Path
):
    master = Single(record(1, 2**62))
    follow(source(master))
    master.put(record(1, 4, name="Nova"))
    with lease(mirror_db, data_dir) as fence:
        done = ask_one(mirror_db, source(master), fence, "1")
        assert (done.stale, done.changed) == (1, 0)
        done = ask_one(mirror_db, source(master), fence, "1", accept_older=True)
        assert (done.stale, done.changed) == (0, 1)
    assert [(one.name, one.version) for one in customers(mirror_db)] == [("Nova", 4)]


def test_what_cannot_be_read_waits_in_quarantine(follow: Follow, ask: Any, mirror_db: Database):
    master = Single(record(1))
    follow(source(master))
    master.put(record(1, 2, name=True))
    assert ask(source(master), "1").quarantined == 1
    assert set(refused(mirror_db)) == {"1"}
    master.put(record(1))
    ask(source(master), "1")
    assert refused(mirror_db) == {}


def test_another_customer_than_was_asked_for_is_not_used(
    follow: Follow, ask: Any, mirror_db: Database
):
    master = Single(record(1))
    master.records[5] = record(6)
    with pytest.raises(MapBroken, match="sent another"):
        ask(source(master), "5")
    assert customers(mirror_db) == []


def test_a_master_that_is_not_asked_for_one_says_so(ask: Any):
    with pytest.raises(RequestRefused, match="single customers"):
        ask(source(Single(), stream={"one": None}), "1")


class Elsewhere(Single):
    """Says of everybody that there is nothing at their address."""

    def send(self, request: Request) -> Answer:
        there = request.path == "/api/v1/customers"
        return super().send(request) if there else Answer(b"{}", self.now, 404)


def test_a_master_that_knows_nobody_of_its_own_list_is_not_believed(
    follow: Follow, ask: Any, mirror_db: Database
):
    follow(source(Single(record(1), record(2))))
    with pytest.raises(BadAnswer, match=r"even those that it lists. Is /api/v1/customers/\{id\}"):
        ask(source(Elsewhere(record(1), record(2))), "1")
    assert len(customers(mirror_db)) == 2


def test_a_master_that_knows_nobody_any_more_is_not_believed(
    follow: Follow, ask: Any, mirror_db: Database
):
    follow(source(Single(record(1), record(2))))
    with pytest.raises(BadAnswer, match="nor others"):
        ask(source(Single()), "1")
    assert len(customers(mirror_db)) == 2
