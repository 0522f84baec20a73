"""Pages fetched ahead: in order, no more at once than allowed, errors where they are."""

import threading
import time
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from connector.http import BadAnswer, Request
from connector.http.client import Budget, Fetcher, Limits
from connector.sources.rest.envelope import Envelope
from connector.sources.rest.paging import Habits, Place, Walk
from connector.sources.rest.request import ahead
from connector.sources.source_file import Paging
from tests.connector.sources.rest.test_paging import BASE, Rows
from tests.fakes.hostile import Asked, hostile, reply

Ask = Callable[[Place], Envelope]


class Slow:
    """Serves rows with a delay and notes how many asked at once; waits for so many.

    Not the first page: it is asked for alone.
    """

    def __init__(self, number: int, wanted: int = 1) -> None:
        self.rows = Rows(number)
        self.inside = self.most = 0
        self._wanted, self._changed = wanted, threading.Condition()

    def __call__(self, place: Place) -> Envelope:
        with self._changed:
            self.inside += 1
            self.most = max(self.most, self.inside)
            self._changed.notify_all()
            if self._wanted > 1 and place.values["page"] > 1:
                self._changed.wait_for(lambda: self.most >= self._wanted, timeout=30)
        time.sleep(0.02)
        with self._changed:
            self.inside -= 1
            return self.rows(place)


def listed(ask: Ask, at_once: int, **paging: Any) -> list[int]:
    made = msgspec.convert({"kind": "page", "size": 3, "stop": ["short"]} | paging, Paging)
    with ahead(ask, made, at_once) as fetched:
        pages = list(Walk(fetched, made, "loja", BASE, Habits(first_seen=True)))
    return [msgspec.json.decode(raw)["id"] for page in pages for raw in page.records]


@pytest.mark.parametrize("kind", ["page", "offset"])
@pytest.mark.parametrize("number", [0, 2, 3, 40])
def test_every_row_comes_once_and_in_order(kind: str, number: int):
    assert listed(Slow(number), 4, kind=kind) == list(range(1, number + 1))


def test_as_many_are_asked_at_once_as_allowed_and_no_more():
    slow = Slow(40, wanted=4)
    listed(slow, 4)
    assert slow.most == 4


def test_behind_what_is_said_to_be_the_last_page_one_is_asked_for_alone():
    slow = Slow(2)
    listed(slow, 4)
    assert len(slow.rows.asked) == 2


def test_past_the_end_no_more_is_asked_than_is_fetched_at_once():
    slow = Slow(10)
    listed(slow, 4)
    assert len(slow.rows.asked) <= 4 + 3


def test_what_fails_past_the_end_is_not_looked_at():
    rows = Rows(7)

    def asked(place: Place) -> Envelope:
        if place.values["page"] > 3:
            raise BadAnswer("past the end")
        return rows(place)

    assert listed(asked, 4) == list(range(1, 8))


def test_what_fails_within_is_told_where_it_is():
    rows = Rows(30)

    def asked(place: Place) -> Envelope:
        if place.values["page"] == 5:
            raise BadAnswer("page 5")
        return rows(place)

    made = msgspec.convert({"kind": "page", "size": 3, "stop": ["short"]}, Paging)
    with ahead(asked, made, 4) as fetched:
        pages = iter(Walk(fetched, made, "loja", BASE, Habits(first_seen=True)))
        assert sum(len(next(pages).records) for _ in range(4)) == 12
        with pytest.raises(BadAnswer, match="page 5"):
            next(pages)


def test_pages_that_hang_on_each_other_are_fetched_one_by_one():
    made = msgspec.convert({"kind": "keyset", "size": 3, "key": "id"}, Paging)
    slow = Slow(20)
    with ahead(slow, made, 4) as fetched:
        assert sum(len(page.records) for page in Walk(fetched, made, "loja", BASE)) == 20
    assert slow.most == 1


def test_several_threads_keep_one_budget():
    slept: list[float] = []
    now = [0.0]

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        now[0] += seconds

    budget = Budget([(1, 3)], sleep, lambda: now[0])
    threads = [threading.Thread(target=budget.take) for _ in range(9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert budget.take() == 10
    assert sum(slept) == pytest.approx(3)


def test_each_call_has_its_own_deadline():
    def script(asked: Asked) -> bytes:
        time.sleep(0.6 if asked.target == "/slow" else 0.0)
        return reply(b"{}")

    with hostile(script) as master:
        made = Fetcher(master.url, {}, Limits(timeout_s=1, attempts=1))
        slow = threading.Thread(target=made.send, args=(Request("/slow"),))
        slow.start()
        time.sleep(0.3)
        assert made.send(Request("/quick")).body == b"{}"
        slow.join()
        made.close()
