"""A second page that is none, over a real socket: the first one stays, and the next run goes on."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from connector import sync
from connector.http.client import Fetcher, Limits
from connector.refresh import look_into
from connector.sources.rest import RestSource
from mirror.store import progress
from mirror.store.engine import Database
from mirror.store.lease import lease
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

        recover(mirror_db, master, follow, source)
    assert set(versions(mirror_db)) == {"1", "2", "3", "4"}
    assert (point(mirror_db).cursor, point(mirror_db).problem) == (at(4), None)


def recover(db: Database, master: Hostile, follow: Follow, source: Url) -> None:
    master.script = told(reply(LAST))
    with db.writing() as connection:
        progress.leave_alone(connection, "loja", 0)
    assert follow(source(master.url)).ok


PASSING = ["500 for ever", "cut off without one", "hung up", "nothing at all", "cut off by length"]


@pytest.mark.parametrize("passing", PASSING)
def test_a_page_that_comes_at_the_second_attempt_costs_nothing(
    mirror_db: Database, follow: Follow, source: Url, passing: str
):
    answers = [BROKEN[passing], reply(LAST)]
    with hostile(b"") as master:
        master.script = lambda asked: (
            answers.pop(0) if "cursor=" in asked.target else reply(page(FIRST, "t2"))
        )
        report = follow(source(master.url))
    assert report.ok
    assert point(mirror_db).cursor == at(4)


def test_every_third_answer_cut_off_keeps_nobody_from_arriving(
    mirror_db: Database, follow: Follow, source: Url, waits: list[float]
):
    everybody = [record(number) for number in range(1, 61)]

    def script(asked: Asked) -> bytes:
        place = int(parse_qs(urlsplit(asked.target).query).get("cursor", ["0"])[0])
        whole = page(everybody[place : place + 2], str(place + 2) if place < 58 else None)
        return reply(whole[:-7] if len(master.asked) % 3 == 0 else whole)

    with hostile(script) as master:
        assert follow(source(master.url)).ok
    assert len(versions(mirror_db)) == 60
    assert len(waits) == len(master.asked) - 30


def test_an_answer_cut_off_behind_a_bracket_is_asked_for_once_more(
    mirror_db: Database, follow: Follow, source: Url
):
    """By its two ends it is whole: only who opens it sees that it is not."""
    cut = reply(page(SECOND).split(b"]")[0][:-1] + b"}")
    answers = [cut, reply(LAST)]
    with hostile(b"") as master:
        master.script = lambda asked: (
            answers.pop(0) if "cursor=" in asked.target else reply(page(FIRST, "t2"))
        )
        assert follow(source(master.url)).ok
        assert len(master.asked) == 3
        master.script = told(cut)
        master.asked.clear()
        assert not follow(source(master.url), full=True).ok
        assert len(master.asked) == 3, "once more, and no more"


# What the master asked for is remembered: the next runs leave it alone, in whichever process.

PAUSE = reply(b"{}", 429, Retry_After="7200")


def test_a_master_that_asked_to_be_left_alone_is_not_asked_until_then(
    mirror_db: Database, follow: Follow, source: Url, monkeypatch: pytest.MonkeyPatch
):
    with hostile(told(PAUSE)) as master:
        first = follow(source(master.url))
        assert not first.ok
        assert "left alone until" in first.sentence
        assert set(versions(mirror_db)) == {"1", "2"}, "what was received whole is kept"
        master.asked.clear()
        master.script = told(reply(LAST))

        later = follow(source(master.url))  # opened anew, as after a restart
        assert not later.ok
        assert "was not asked anything" in later.sentence
        assert later.sentence[-24:] == first.sentence[-24:] or "left alone until" in later.sentence
        assert master.asked == []

        at_last = progress.now_us() + 7_201 * 1_000_000
        monkeypatch.setattr(progress, "now_us", lambda: at_last)
        assert follow(source(master.url)).ok
    assert set(versions(mirror_db)) == {"1", "2", "3", "4"}


def test_whoever_insists_asks_at_once(
    mirror_db: Database, data_dir: Path, follow: Follow, source: Url
):
    with hostile(told(PAUSE)) as master:
        assert not follow(source(master.url)).ok
        master.script = told(reply(LAST))
        one = source(master.url)
        one.activities = ()  # type: ignore[assignment]
        with lease(mirror_db, data_dir) as fence:
            assert [report.ok for report in sync.follow(mirror_db, one, fence)] == [False]
            assert [r.ok for r in sync.follow(mirror_db, one, fence, insist=True)] == [True]
            assert [report.ok for report in sync.follow(mirror_db, one, fence)] == [True]


def test_a_pause_that_a_clock_years_ahead_wrote_down_silences_nobody(
    mirror_db: Database, follow: Follow, source: Url, monkeypatch: pytest.MonkeyPatch
):
    ahead = progress.now_us() + 9 * 365 * progress.DAY_US
    with monkeypatch.context() as wrong, mirror_db.writing() as connection:
        wrong.setattr(progress, "now_us", lambda: ahead)
        progress.leave_alone(connection, "loja", ahead + 3_600_000_000)
        assert progress.left_alone_until(connection, "loja")
    with hostile(told(reply(LAST))) as master:
        assert follow(source(master.url)).ok


def test_a_hint_does_not_disturb_a_master_that_wants_to_be_left_alone(
    mirror_db: Database, data_dir: Path, source: Url
):
    with mirror_db.writing() as connection:
        progress.leave_alone(connection, "loja", progress.now_us() + 60_000_000)
    with hostile(told(reply(LAST))) as master, lease(mirror_db, data_dir) as fence:
        assert look_into(mirror_db, source(master.url), fence, ["7"]) == ["7"]
        assert master.asked == []


def test_a_run_counts_its_own_requests_and_nobody_else_s(
    mirror_db: Database, follow: Follow, source: Url
):
    with hostile(told(reply(LAST))) as master:
        one = source(master.url)
        assert [follow(one).figures.requests for _ in range(2)] == [2, 2]
    with mirror_db.reading() as connection:
        spent = progress.asked_lately(connection, "loja")
    assert [number for _, number in spent] == [2, 2]
    assert all(0 <= ago < 60 for ago, _ in spent)
