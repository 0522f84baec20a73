"""How long a master asks to be left alone, in its own way; and what is not asked for twice."""

from typing import Any

import pytest

from mirror.store.engine import Database
from tests.connector.conftest import Follow
from tests.fakes.fake_master import FakeMaster, Reply, opened
from tests.fakes.looking import point, versions
from tests.fakes.master import record


class Moody(FakeMaster):
    """Refuses so often, in its own words, and then answers."""

    reads = ("GET /api/v1/customers",)

    def __init__(self, *refusals: Reply) -> None:
        super().__init__()
        self.faults = [("", one) for one in refusals]

    def answer(self, call: Any) -> Reply:
        return Reply({"items": [record(1)], "next": None, "has_more": False})


def paused(master: Moody, **errors: Any) -> float:
    """The seconds that went by in reading one page, jitter and all."""
    with master.running():
        source = opened(master, "omni", {"token": "t"}, errors=errors)
        assert [len(page.records) for page in source.pages(None)] == [1]
        source.close()
    return master.time.now


@pytest.mark.parametrize("status", [429, 503])
def test_a_header_in_milliseconds_says_how_long(status: int):
    refusal = Reply({"code": status}, status, {"x-rate-limit-reset": "7000"})
    wait = {"header": "x-rate-limit-reset", "unit": "ms"}
    assert 7 <= paused(Moody(refusal), wait=wait) < 8


def test_a_code_without_a_wait_waits_as_long_as_is_known():
    refusal = Reply({"errors": [{"code": "THROTTLED"}]})
    errors = {"code": "errors[0].code", "retry": ["THROTTLED"], "wait": {"otherwise_s": 5}}
    assert 5 <= paused(Moody(refusal), **errors) < 6


def test_what_the_master_says_comes_before_what_is_known():
    refusal = Reply({"m": "wait 3 seconds"}, 429)
    wait = {"pattern": r"wait (\d+)", "otherwise_s": 9}
    assert 3 <= paused(Moody(refusal), message="m", wait=wait) < 4


def test_other_failures_wait_as_usual():
    wait = {"header": "x-rate-limit-reset", "unit": "ms"}
    assert paused(Moody(Reply({}, 502, {"x-rate-limit-reset": "7000"})), wait=wait) < 1


class Scroll(FakeMaster):
    """One token for all pages; a page once served is not served again, arrived or not."""

    reads = ("GET /api/v1/customers",)

    def __init__(self, *lost: Reply) -> None:
        super().__init__()
        self.left: list[list[Any]] = []
        self.lost = [*lost]
        """What arrives instead of a second page, each once."""

    def answer(self, call: Any) -> Reply:
        if "cursor" not in call.query:
            self.left = [[record(1)], [record(2)], [record(3)]]
        items = self.left.pop(0) if self.left else []
        if items == [record(2)] and self.lost:
            return self.lost.pop()
        return Reply({"items": items, "next": "t"})

    @property
    def begun(self) -> int:
        """How many scrolls."""
        return sum("cursor" not in call.query for call in self.calls)


SCROLL: dict[str, Any] = {"stream": {"page": {"only": True, "stop": ["empty"]}}}


@pytest.mark.parametrize("status", [429, 503])
def test_a_page_of_a_scroll_that_was_declined_is_asked_for_again(
    status: int, follow: Follow, mirror_db: Database
):
    with Scroll().running() as master:
        master.faults = [("cursor=t", Reply({}, status))]
        assert follow(opened(master, "omni", {"token": "t"}, **SCROLL)).ok
    assert set(versions(mirror_db)) == {"1", "2", "3"}


LOST = pytest.mark.parametrize(
    "lost",
    [Reply({}, 502), Reply({}, 504), Reply(b"<html>", headers={"Content-Type": "text/html"})],
)


@LOST
def test_a_page_of_a_scroll_that_was_lost_is_not_stepped_over(
    lost: Reply, follow: Follow, mirror_db: Database
):
    with Scroll(lost).running() as master:
        assert follow(opened(master, "omni", {"token": "t"}, **SCROLL)).ok
        # Begun again behind the lost page, then looked at once more: others take pages, too.
        whole = ["begun", "t", "t", "t"]
        asked = [call.query.get("cursor", "begun") for call in master.calls]
        assert asked == ["begun", "t", *whole, *whole]
    assert set(versions(mirror_db)) == {"1", "2", "3"}


@LOST
def test_a_scroll_that_loses_a_page_every_time_has_listed_nothing(
    lost: Reply, follow: Follow, mirror_db: Database
):
    with Scroll(*[lost] * 4).running() as master:
        source = opened(master, "omni", {"token": "t"}, **SCROLL)
        assert not follow(source).ok
        assert master.begun == 4
        assert point(mirror_db).listed_at is None
        assert follow(source).ok  # from the beginning
    assert set(versions(mirror_db)) == {"1", "2", "3"}
