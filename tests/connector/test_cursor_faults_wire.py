"""A second page that is none, over a real socket: the first one stays, and the next run goes on."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from connector.http.client import Fetcher, Limits
from connector.sources.rest import RestSource
from mirror.store.engine import Database
from tests.connector.conftest import Follow
from tests.fakes import master as on_paper
from tests.fakes.hostile import Asked, Hostile, hostile, reply
from tests.fakes.looking import graves, point, versions
from tests.fakes.master import at, encode, record

FIRST = [record(number) for number in (1, 2)]
SECOND = [record(number) for number in (3, 4)]
ATTEMPTS = 3
Url = Callable[[str], Any]


def page(items: list[Any], token: str | None = None) -> bytes:
    return encode({"items": items, "next": token, "has_more": token is not None})


LAST = page(SECOND)
BROKEN = {
    "a portal's page": reply(b"<html>Entrar</html>", kind="text/html"),
    "a portal's page that says it is JSON": reply(b"<html>Entrar</html>"),
    "cut off by length": reply(LAST, Content_Length=str(len(LAST) + 40))[:-10],
    "cut off without one": reply(LAST[:-30]),
    "hung up": b"",
    "500 for ever": reply(b"{}", 500),
    "503 for ever": reply(b"{}", 503, Retry_After="0"),
    "429 that asks for a year": reply(b"{}", 429, Retry_After="31536000"),
    "nothing at all": reply(b""),
    "no content": reply(b"", 204),
}


@pytest.fixture
def source(waits: list[float]) -> Iterator[Callable[[str], RestSource]]:
    made: list[RestSource] = []

    def open_(url: str) -> RestSource:
        fetcher = Fetcher(url, {}, Limits(timeout_s=5, attempts=ATTEMPTS), sleep=waits.append)
        made.append(on_paper.source(fetcher))
        return made[-1]

    yield open_
    for one in made:
        one.close()


def told(second: bytes) -> Callable[[Asked], bytes]:
    """The first page is good; the second is what is given."""
    return lambda asked: second if "cursor=" in asked.target else reply(page(FIRST, "t2"))


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
@pytest.mark.parametrize("full", [False, True], ids=["first list", "sweep"])
def test_a_page_that_is_none_costs_that_page_until_the_next_run(
    mirror_db: Database, follow: Follow, source: Url, waits: list[float], broken: bytes, full: bool
):
    with hostile(told(reply(LAST))) as master:
        if full:
            assert follow(source(master.url)).ok
        master.asked.clear()
        master.script = told(broken)
        report = follow(source(master.url), full=full)

        assert not report.ok
        assert len(master.asked) <= 1 + ATTEMPTS
        assert max(waits, default=0) <= Limits().longest_wait_s
        assert set(versions(mirror_db)) == {"1", "2", *(["3", "4"] if full else [])}
        assert (point(mirror_db).cursor, graves(mirror_db)) == (at(4 if full else 2), {})
        assert point(mirror_db).problem

        recover(master, follow, source)
    assert set(versions(mirror_db)) == {"1", "2", "3", "4"}
    assert (point(mirror_db).cursor, point(mirror_db).problem) == (at(4), None)


def recover(master: Hostile, follow: Follow, source: Url) -> None:
    master.script = told(reply(LAST))
    assert follow(source(master.url)).ok


@pytest.mark.parametrize("passing", ["500 for ever", "cut off without one", "hung up"])
def test_a_page_that_comes_at_the_second_attempt_costs_nothing(
    mirror_db: Database, follow: Follow, source: Url, passing: str
):
    answers = [BROKEN[passing], reply(LAST)]
    with hostile(b"") as master:
        master.script = lambda asked: (
            answers.pop(0) if "cursor=" in asked.target else reply(page(FIRST, "t2"))
        )
        report = follow(source(master.url))
    assert report.ok is (passing != "cut off without one")
    assert point(mirror_db).cursor == at(4 if report.ok else 2)
