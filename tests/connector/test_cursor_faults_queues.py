"""A master that tells changes as messages, in order and sometimes twice: the last word holds."""

from typing import Any

import pytest

from connector import sync
from mirror.store import progress
from mirror.store.engine import Database
from tests.connector.conftest import Follow
from tests.fakes.looking import graves, refused, versions
from tests.model.paper import Queue, person


@pytest.fixture
def queue(follow: Follow) -> Queue:
    """Customers 1 to 3, listed and in the mirror."""
    made = Queue(*(person(number, 1) for number in (1, 2, 3)))
    follow(made)
    return made


@pytest.fixture
def _one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every message is a transaction of its own."""
    monkeypatch.setattr(sync, "_BATCH_RECORDS", 1)


def test_who_is_gone_is_removed_at_once(mirror_db: Database, queue: Queue, follow: Follow):
    queue.messages = ["2"]
    assert follow(queue).figures.gone == 1
    assert graves(mirror_db) == {"2": "master"}


def test_a_message_told_twice_changes_nothing(mirror_db: Database, queue: Queue, follow: Follow):
    queue.messages = [person(1, 2), "2", person(3, 2)]
    queue.confirms = False
    follow(queue)
    before = versions(mirror_db)
    queue.confirms, queue.told = True, 0
    assert follow(queue).ok
    assert versions(mirror_db) == before == {"1": 2, "3": 2}


def test_nothing_is_confirmed_before_it_is_committed(
    mirror_db: Database, queue: Queue, follow: Follow, monkeypatch: pytest.MonkeyPatch
):
    queue.messages = [person(1, 2)]
    monkeypatch.setattr(progress, "save_run", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        follow(queue)
    assert (queue.confirmed, versions(mirror_db)["1"]) == (0, 1)


def test_who_comes_back_in_the_same_batch_is_there(
    mirror_db: Database, queue: Queue, follow: Follow
):
    queue.messages = ["2", person(2, 2)]
    follow(queue)
    assert versions(mirror_db)["2"] == 2


def back_twice(queue: Queue, follow: Follow) -> None:
    """Gone and back, confirmed only the second time, when each is a batch of its own."""
    queue.messages = ["2", person(2, 2)]
    queue.confirms = False
    follow(queue)
    queue.confirms, queue.told = True, 0


def test_who_came_back_is_not_lost_when_it_is_told_again_in_other_batches(
    mirror_db: Database, queue: Queue, follow: Follow, monkeypatch: pytest.MonkeyPatch
):
    back_twice(queue, follow)
    monkeypatch.setattr(sync, "_BATCH_RECORDS", 1)
    follow(queue)
    assert versions(mirror_db)["2"] == 2


def test_who_came_back_is_found_by_a_sweep_at_the_latest(
    mirror_db: Database, queue: Queue, follow: Follow, monkeypatch: pytest.MonkeyPatch
):
    back_twice(queue, follow)
    monkeypatch.setattr(sync, "_BATCH_RECORDS", 1)
    follow(queue)
    queue.listed[1] = person(2, 2)
    follow(queue, full=True)
    assert versions(mirror_db)["2"] == 2


@pytest.mark.usefixtures("_one_at_a_time")
def test_who_came_back_before_a_first_list_outlives_the_older_messages(
    mirror_db: Database, follow: Follow
):
    made = Queue(person(1, 1), person(2, 2))
    made.messages = ["2", person(2, 2)]
    follow(made)
    follow(made)
    assert versions(mirror_db) == {"1": 1, "2": 2}


@pytest.mark.parametrize(
    "broken",
    [{"name": True}, {"v": "dois"}],
    ids=["field", "version"],
)
def test_who_comes_back_broken_is_told(
    mirror_db: Database, queue: Queue, follow: Follow, broken: dict[str, Any]
):
    queue.messages = ["2", person(2, 2) | broken]
    follow(queue)
    assert set(refused(mirror_db)) == {"2"}


@pytest.mark.usefixtures("_one_at_a_time")
def test_who_comes_back_broken_is_told_when_it_is_told_again(
    mirror_db: Database, queue: Queue, follow: Follow
):
    queue.messages = ["2", person(2, 2, name=True)]
    for _ in range(2):  # once more from the first message, as after a lost confirmation
        queue.confirmed = queue.told = 0
        follow(queue)
    assert set(refused(mirror_db)) == {"2"}


def test_an_older_broken_message_says_nothing_of_the_newer_that_is_here(
    mirror_db: Database, queue: Queue, follow: Follow
):
    queue.listed[1] = person(2, 3, name="Bia")
    follow(queue, full=True)
    queue.messages = [person(2, 2, name=True), person(2, 3, name="Bia")]
    follow(queue)
    assert versions(mirror_db)["2"] == 3
    assert refused(mirror_db) == {}


def test_what_was_broken_for_a_day_is_healed_by_the_next_sweep(
    mirror_db: Database, queue: Queue, follow: Follow
):
    queue.listed[1] = person(2, 1, name=True)
    follow(queue, full=True)
    assert set(refused(mirror_db)) == {"2"}
    queue.listed[1] = person(2, 1)
    follow(queue, full=True)
    assert refused(mirror_db) == {}
