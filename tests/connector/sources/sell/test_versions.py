"""Which word of Sell's on a record is the newest: the revision decides, and no second for ever."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connector.refresh import ask_one
from mirror.store.engine import Database
from mirror.store.lease import lease
from tests.connector.conftest import Follow
from tests.fakes.looking import customers, graves
from tests.fakes.sell import Sell, contact
from tests.fakes.sell_queue import item
from tests.fakes.sell_source import source
from tests.fakes.sell_story import Telling, telling

pytestmark = pytest.mark.engines

FUTURE = "2099-01-01T00:00:00Z"
EARLIER, LATER = contact(1)["updated_at"], contact(500)["updated_at"]


@pytest.fixture
def sell() -> Iterator[Sell]:
    with Sell(size=50).running() as account:
        yield account


@pytest.fixture
def queue(sell: Sell) -> Telling:
    sell.contacts = {number: contact(number) for number in range(1, 4)}
    return telling(sell)


def told(queue: Telling, revision: int, name: str, stamp: str = EARLIER) -> None:
    queue.handed.append(item("contact", contact(1, name=name, updated_at=stamp), revision))


def name(db: Database) -> str | None:
    return next((one.name for one in customers(db) if one.external_id == "1"), None)


@pytest.mark.parametrize("stamp", [FUTURE, LATER, EARLIER])
@pytest.mark.parametrize("next_stamp", [FUTURE, LATER, EARLIER])
def test_a_later_revision_holds_whatever_its_stamp(
    mirror_db: Database, follow: Follow, sell: Sell, queue: Telling, stamp: str, next_stamp: str
):
    told(queue, 4, "Quatro", stamp)
    assert follow(source(sell)).ok
    told(queue, 5, "Cinco", next_stamp)
    assert follow(source(sell)).ok
    assert name(mirror_db) == "Cinco"

    told(queue, 3, "Três", FUTURE)
    told(queue, 4, "Quatro", LATER)
    assert follow(source(sell)).ok
    assert name(mirror_db) == "Cinco"


def test_the_same_holds_within_one_run(
    mirror_db: Database, follow: Follow, sell: Sell, queue: Telling
):
    sell.size = 1
    told(queue, 4, "Quatro", FUTURE)
    told(queue, 5, "Cinco", LATER)
    told(queue, 6, "Seis", EARLIER)
    told(queue, 3, "Três", FUTURE)

    assert follow(source(sell)).ok
    assert name(mirror_db) == "Seis"


def test_one_of_a_future_stamp_is_here_without_it(
    mirror_db: Database, follow: Follow, sell: Sell, queue: Telling
):
    told(queue, 4, "Quatro", FUTURE)
    follow(source(sell))

    one = customers(mirror_db)[0]
    assert (one.name, one.updated_at, one.flags) == ("Quatro", None, ("updated_at_future",))


def test_lists_and_the_queue_are_held_against_each_other(
    mirror_db: Database, follow: Follow, sweep: Follow, sell: Sell, queue: Telling
):
    told(queue, 4, "Quatro", LATER)
    follow(source(sell))

    sell.plan_has_sync = False
    sell.put(contact(1, name="Lista", updated_at=contact(600)["updated_at"]))
    follow(source(sell))
    assert name(mirror_db) == "Lista"

    sell.plan_has_sync = True
    told(queue, 4, "Quatro", LATER)
    follow(source(sell))
    assert name(mirror_db) == "Lista"

    told(queue, 5, "Cinco", EARLIER)
    follow(source(sell))
    assert name(mirror_db) == "Cinco"


def test_a_list_without_sync_is_not_kept_out_by_a_stamp_of_the_future(
    mirror_db: Database, follow: Follow, sweep: Follow, sell: Sell
):
    sell.plan_has_sync = False
    sell.put(contact(1, name="Futuro", updated_at=FUTURE), contact(2))
    follow(source(sell))
    now = datetime.now(UTC) + timedelta(seconds=2)
    sell.put(contact(1, name="Agora", updated_at=f"{now:%Y-%m-%dT%H:%M:%SZ}"))

    assert sweep(source(sell)).figures.changed == 1
    assert name(mirror_db) == "Agora"


def test_one_that_is_asked_for_is_what_it_is_now(
    mirror_db: Database, data_dir: Path, follow: Follow, sell: Sell, queue: Telling
):
    told(queue, 4, "Quatro", LATER)
    follow(source(sell))
    sell.contacts[1] = contact(1, name="Perguntada", updated_at=LATER)

    with lease(mirror_db, data_dir) as fence:
        assert ask_one(mirror_db, source(sell), fence, "1").changed == 1
    assert name(mirror_db) == "Perguntada"

    told(queue, 5, "Cinco", EARLIER)
    follow(source(sell))
    assert name(mirror_db) == "Cinco"


def test_what_was_deleted_at_a_revision_does_not_come_back_with_an_earlier_one(
    mirror_db: Database, follow: Follow, sell: Sell, queue: Telling
):
    told(queue, 4, "Quatro")
    follow(source(sell))
    queue.handed.append(item("contact", {"id": 1}, 6, gone=True))
    follow(source(sell))
    assert graves(mirror_db) == {"1": "master"}

    told(queue, 5, "Cinco", LATER)
    follow(source(sell))
    assert name(mirror_db) is None

    told(queue, 7, "Sete", EARLIER)
    follow(source(sell))
    assert name(mirror_db) == "Sete"


def test_who_came_back_is_not_removed_by_the_deletion_before(
    mirror_db: Database, follow: Follow, sell: Sell, queue: Telling
):
    told(queue, 7, "Sete", EARLIER)
    follow(source(sell))
    queue.handed.append(item("contact", {"id": 1}, 6, gone=True))
    follow(source(sell))
    assert name(mirror_db) == "Sete"

    queue.handed.append(item("contact", {"id": 1}, 8, gone=True))
    follow(source(sell))
    assert name(mirror_db) is None


def test_one_that_was_deleted_before_it_was_seen_does_not_come_by_an_earlier_word(
    mirror_db: Database, follow: Follow, sell: Sell, queue: Telling
):
    queue.handed.append(item("contact", contact(2), 1))
    queue.handed.append(item("contact", {"id": 1}, 6, gone=True))
    follow(source(sell))

    told(queue, 5, "Cinco", LATER)
    follow(source(sell))
    assert name(mirror_db) is None

    told(queue, 7, "Sete", EARLIER)
    follow(source(sell))
    assert name(mirror_db) == "Sete"
