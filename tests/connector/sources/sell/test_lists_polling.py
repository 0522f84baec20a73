"""Following Zendesk Sell on a plan without Sync: lists, newest change first, and sweeps."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mirror.store.engine import Database
from tests.connector.conftest import Follow
from tests.fakes.looking import graves, point, refused, versions
from tests.fakes.sell import Refusal, Sell, contact
from tests.fakes.sell_source import source


@pytest.fixture
def sell() -> Iterator[Sell]:
    with Sell(plan_has_sync=False).running() as account:
        account.put(*(contact(number) for number in range(1, 251)))
        yield account


def numbers(db: Database) -> list[int]:
    return sorted(map(int, versions(db)))


def test_without_sync_everybody_is_listed_by_id(mirror_db: Database, follow: Follow, sell: Sell):
    report = follow(source(sell))

    assert (report.ok, report.figures.added) == (True, 250)
    assert point(mirror_db).cursor == contact(250)["updated_at"]
    # Twice: a row that moves up meanwhile may pass a reader by.
    assert [path for path in sell.paths("GET /v2/contacts") if "sort_by=id" in path] == [
        f"GET {path}" for path in _listed_by_id() * 2
    ]


def _listed_by_id() -> list[str]:
    linked = (f"/v2/contacts?page={page}&per_page=100&sort_by=id" for page in (2, 3))
    return ["/v2/contacts?sort_by=id&per_page=100", *linked]


def test_the_settings_may_say_so_and_then_sync_is_not_asked(follow: Follow, sell: Sell):
    sell.plan_has_sync = True

    assert follow(source(sell, mode="polling")).figures.added == 250
    assert sell.paths("POST") == []


def test_where_the_settings_want_sync_its_lack_is_told(follow: Follow, sell: Sell):
    report = follow(source(sell, mode="sync"))

    assert not report.ok
    assert "(403)" in report.sentence
    assert "the plan lacks" in report.sentence


def test_changes_are_read_newest_first_down_to_what_is_known(
    mirror_db: Database, follow: Follow, sell: Sell
):
    follow(source(sell))
    sell.put(contact(3, updated_at=contact(300)["updated_at"], name="Nova"), contact(301))
    del sell.asked[:]

    report = follow(source(sell))

    assert (report.figures.changed, report.figures.added) == (1, 1)
    assert point(mirror_db).cursor == contact(301)["updated_at"]
    assert len(sell.paths("GET /v2/contacts")) == len(sell.paths("GET /v2/deals")) == 1
    assert follow(source(sell)).figures.requests == report.figures.requests  # nothing new: no more


def test_it_goes_on_to_the_overlap_and_not_further(follow: Follow, sell: Sell):
    follow(source(sell))
    sell.put(*(contact(number) for number in range(251, 500)))
    del sell.asked[:]

    assert follow(source(sell)).figures.added == 249
    assert len(sell.paths("GET /v2/contacts")) == 3 * 2  # 249 new ones and ten minutes more


def test_one_that_became_visible_late_is_found_within_the_overlap(follow: Follow, sell: Sell):
    # Further down than the first page, which is always read whole.
    hours: dict[str, Any] = {"overlap_s": 150 * 60}
    follow(source(sell, **hours))
    sell.put(contact(777, updated_at=contact(120)["updated_at"]))

    assert follow(source(sell, **hours)).figures.added == 1
    assert follow(source(sell, **hours)).figures.added == 0


def test_changes_while_reading_newest_first_are_lost_to_nobody(
    mirror_db: Database, follow: Follow, sell: Sell
):
    follow(source(sell))
    sell.put(*(contact(number) for number in range(251, 500)))

    def moves() -> None:  # the oldest of the changed ones, not read yet, jumps to the front
        sell.before.clear()
        sell.put(contact(251, updated_at=contact(900)["updated_at"], name="Nova"))

    sell.before["GET /v2/contacts?page=2&per_page=100&sort_by=updated_at"] = moves
    follow(source(sell))
    assert 251 in numbers(mirror_db)  # it went past us, and the second look met it
    assert point(mirror_db).cursor == contact(499)["updated_at"]

    assert follow(source(sell)).ok
    assert numbers(mirror_db) == list(range(1, 500))


def test_changes_while_everybody_is_listed_are_read_the_next_time(
    mirror_db: Database, follow: Follow, sell: Sell
):
    # The head is noted first: the listing itself ends with something much newer.
    looks = iter(range(2))
    soon = f"{datetime.now(UTC) + timedelta(seconds=30):%Y-%m-%dT%H:%M:%SZ}"

    def moves() -> None:
        if next(looks) == 1:  # after the second look has passed them
            sell.before.clear()
            sell.put(contact(2, updated_at=soon, name="Nova"), contact(260, updated_at=soon))

    sell.before["GET /v2/contacts?page=2&per_page=100&sort_by=id"] = moves
    # What changes after a listing began was passed over by nobody: it ends with this look.
    assert follow(source(sell)).ok
    assert next(looks, None) is None
    assert point(mirror_db).cursor == contact(250)["updated_at"]

    assert follow(source(sell)).figures.changed == 1


def test_a_run_that_breaks_off_keeps_the_old_cursor(
    mirror_db: Database, follow: Follow, sell: Sell
):
    follow(source(sell))
    before = point(mirror_db).cursor
    sell.put(*(contact(number) for number in range(251, 500)))

    def breaks() -> None:
        sell.before.clear()
        sell.refusals["GET /v2/contacts"] = Refusal(500, times=3)

    sell.before["GET /v2/contacts?page=2"] = breaks
    assert not follow(source(sell)).ok
    assert point(mirror_db).cursor == before

    assert follow(source(sell)).ok
    assert numbers(mirror_db) == list(range(1, 500))


def test_a_date_in_the_future_does_not_push_the_cursor(
    mirror_db: Database, follow: Follow, sell: Sell
):
    sell.put(contact(600, updated_at="2099-01-01T00:00:00Z"))
    follow(source(sell))
    assert point(mirror_db).cursor == contact(250)["updated_at"]

    sell.put(contact(601, updated_at="2099-01-01T00:00:01Z"), contact(251))
    follow(source(sell))
    assert point(mirror_db).cursor == contact(251)["updated_at"]


def test_a_sweep_tells_who_is_gone(mirror_db: Database, follow: Follow, sweep: Follow, sell: Sell):
    follow(source(sell))
    sell.delete(7, 8)

    assert follow(source(sell)).figures.gone == 0
    assert sweep(source(sell)).figures.gone == 2
    assert graves(mirror_db) == {"7": "sweep", "8": "sweep"}


def test_a_deletion_while_a_sweep_lists_costs_nobody_else(
    mirror_db: Database, follow: Follow, sweep: Follow, sell: Sell
):
    # Everybody behind the deleted one moves up: 101 is on page 1 by now, which was read before.
    follow(source(sell))

    def deletes() -> None:
        sell.before.clear()
        sell.delete(5)

    sell.before["GET /v2/contacts?page=2&per_page=100&sort_by=id"] = deletes
    assert sweep(source(sell)).figures.gone == 0
    assert numbers(mirror_db) == list(range(1, 251))

    assert sweep(source(sell)).figures.gone == 1
    assert graves(mirror_db) == {"5": "sweep"}


@pytest.mark.parametrize("order", ["id", "updated_at"])
def test_a_deletion_while_it_is_read_passes_nobody_over(
    mirror_db: Database, follow: Follow, sell: Sell, order: str
):
    # Everybody behind the deleted one moves up: one of them is on a page that was read before.
    if order == "updated_at":
        follow(source(sell))
        sell.put(*(contact(number) for number in range(251, 500)))

    def deletes() -> None:
        sell.before.clear()
        sell.delete(5 if order == "id" else 480)

    sell.before[f"GET /v2/contacts?page=2&per_page=100&sort_by={order}"] = deletes
    assert follow(source(sell)).ok

    assert sell.contacts.keys() <= set(numbers(mirror_db))


def test_a_sweep_that_lists_nobody_removes_nobody(
    mirror_db: Database, follow: Follow, sweep: Follow
):
    with Sell(plan_has_sync=False).running() as account:
        account.put(contact(1), contact(2))
        follow(source(account))
        account.contacts.clear()

        report = sweep(source(account))

    assert not report.ok
    assert "no customer at all" in report.sentence
    assert numbers(mirror_db) == [1, 2]


def test_a_link_to_another_host_is_not_followed(follow: Follow, sell: Sell):
    with Sell().running() as other:
        other.contacts = sell.contacts
        sell.next_host = other.url

        report = follow(source(sell))

        assert not report.ok
        assert "would have left" in report.sentence
        assert other.asked == []


def test_links_in_a_circle_end(follow: Follow, sell: Sell):
    page = sell._listed

    def circle(query: dict[str, str], *rest: Any) -> tuple[int, object]:
        return page(query | {"page": "1"}, *rest)

    sell._listed = circle  # type: ignore[method-assign, assignment]

    report = follow(source(sell))

    assert not report.ok
    assert "repeat or never end" in report.sentence


def test_pages_that_are_not_linked_are_counted(mirror_db: Database, follow: Follow, sell: Sell):
    # Some say that Sell links no pages: a hundred and no link is not the end.
    sell.links = False

    assert follow(source(sell)).figures.added == 250


def test_pages_that_are_neither_linked_nor_full_are_counted_too(
    mirror_db: Database, follow: Follow, sweep: Follow, sell: Sell
):
    # A page cap below what was asked for: forty and no link is not the end either.
    sell.links, sell.cap = False, 40

    assert follow(source(sell)).figures.added == 250
    assert sweep(source(sell)).figures.gone == 0

    sell.put(*(contact(number, name="Nova") for number in range(141, 251)))
    assert follow(source(sell, overlap_s=120 * 60)).figures.changed == 110


def test_exactly_a_hundred_are_all(follow: Follow, sell: Sell):
    sell.delete(*range(101, 251))

    assert follow(source(sell)).figures.added == 100


def test_one_that_cannot_be_read_does_not_stop_the_walk(
    mirror_db: Database, follow: Follow, sell: Sell
):
    follow(source(sell))
    sell.put(contact(251), contact(9, updated_at="ontem"), contact(252, name=True))

    report = follow(source(sell))

    assert (report.ok, report.figures.added, report.figures.changed) == (True, 1, 1)
    assert list(refused(mirror_db)) == ["252"]


def test_half_an_emoji_costs_no_page(mirror_db: Database, follow: Follow, sell: Sell):
    sell.put(contact(4, name="Ana \ud83d"))

    assert follow(source(sell)).figures.added == 250


def test_when_the_plan_gets_sync_the_next_run_is_a_new_device(
    mirror_db: Database, follow: Follow, sell: Sell
):
    follow(source(sell))
    sell.plan_has_sync = True
    sell.size = 100
    sell.put(contact(4, updated_at=contact(260)["updated_at"], name="Nova"))

    report = follow(source(sell))

    assert (report.figures.changed, report.figures.stale) == (1, 0)
    assert sell.queues.waiting(str(point(mirror_db).cursor)) == []


def test_when_the_plan_loses_sync_everybody_is_listed_anew(
    mirror_db: Database, follow: Follow, sell: Sell
):
    sell.plan_has_sync, sell.size = True, 100
    follow(source(sell))
    sell.plan_has_sync = False
    sell.put(contact(4, updated_at=contact(260)["updated_at"], name="Nova"))

    report = follow(source(sell))
    assert (report.figures.received, report.figures.changed) == (2 * 250, 1)
    assert point(mirror_db).cursor == contact(260)["updated_at"]
    assert follow(source(sell)).figures.received < 250
