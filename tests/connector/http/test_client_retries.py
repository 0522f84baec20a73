"""What is tried again, how often and after how long: a master's word is obeyed within reason."""

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from connector.http import (
    AccessRefused,
    BadAnswer,
    LeftAlone,
    MasterProblem,
    OriginRefused,
    Request,
    RequestRefused,
    Unreachable,
)
from connector.http.client import Fetcher
from tests.connector.conftest import Open
from tests.fakes.hostile import Asked, hostile, reply

PAGE = reply(b'{"items":[]}')
MOST_JITTER = 20.0


@pytest.fixture(autouse=True)
def _no_jitter(monkeypatch: pytest.MonkeyPatch) -> None:
    """The jitter at its least, so that what the master asked for is all that is waited."""
    monkeypatch.setattr(random, "uniform", lambda low, high: low)


def in_turn(*answers: bytes) -> Callable[[Asked], bytes]:
    """Each answer once, the last one for ever."""
    rest = list(answers)
    return lambda asked: rest.pop(0) if len(rest) > 1 else rest[0]


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_a_passing_fault_is_tried_again_until_it_has_passed(
    fetcher: Open, waits: list[float], status: int
):
    with hostile(in_turn(reply(b"", status), reply(b"", status), PAGE)) as master:
        assert fetcher(master.url, attempts=4).send(Request("/")).body == b'{"items":[]}'
    assert len(master.asked) == 3
    assert len(waits) == 2


def test_a_fault_that_stays_ends_after_the_attempts(fetcher: Open, waits: list[float]):
    with hostile(reply(b"secret", 500)) as master, pytest.raises(Unreachable) as told:
        fetcher(master.url, attempts=3).send(Request("/"))
    assert len(master.asked) == 3
    assert len(waits) == 2
    assert "answered 500 Internal Server Error to every attempt" in str(told.value)


@pytest.mark.parametrize(
    ("status", "problem"),
    [
        (401, AccessRefused),
        (403, AccessRefused),
        (400, RequestRefused),
        (404, RequestRefused),
        (405, RequestRefused),
        (410, RequestRefused),
        (418, RequestRefused),
        (501, RequestRefused),
        (302, OriginRefused),
    ],
)
def test_a_refusal_is_not_tried_again(
    fetcher: Open, waits: list[float], status: int, problem: type[MasterProblem]
):
    with hostile(reply(b"{}", status)) as master, pytest.raises(problem, match=str(status)):
        fetcher(master.url, attempts=4).send(Request("/"))
    assert (len(master.asked), waits) == (1, [])


@pytest.mark.parametrize(
    "told",
    [reply(b"<html>", kind="text/html"), reply(b"x", Content_Length="9"), b"", b"\0"],
    ids=["a login page", "cut off", "hung up", "garbled"],
)
def test_an_answer_that_is_none_is_tried_again(fetcher: Open, waits: list[float], told: bytes):
    with hostile(in_turn(told, PAGE)) as master:
        assert fetcher(master.url, attempts=2).send(Request("/")).body == b'{"items":[]}'
    assert len(waits) == 1


def asked_to_wait(fetcher: Open, waits: list[float], told: str | None, **limits: float) -> float:
    refusal = reply(b"", 429) if told is None else reply(b"", 429, Retry_After=told)
    with hostile(in_turn(refusal, PAGE)) as master:
        fetcher(master.url, attempts=2, **limits).send(Request("/"))
    (waited,) = waits
    return waited


@pytest.mark.parametrize(
    ("told", "waited"),
    [
        ("7", 7),
        (" 7 ", 7),
        ("0", 0),
        ("60", 60),
        (None, 0),
        ("", 0),
        ("-5", 0),
        ("7.5", 0),
        ("soon", 0),
        ("٧", 0),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0),
        ("Wed, 21 Oct 2015 07:28:00", 0),
        ("Mon, 99 Xyz 0000 00:00:00 GMT", 0),
    ],
)
def test_retry_after_is_obeyed_within_reason(
    fetcher: Open, waits: list[float], told: str | None, waited: float
):
    if told == "٧":
        told = told.encode().decode("latin-1")
    assert asked_to_wait(fetcher, waits, told) == waited


def test_retry_after_may_be_a_date(fetcher: Open, waits: list[float]):
    then = format_datetime(datetime.now(UTC) + timedelta(seconds=59), usegmt=True)
    assert 20 < asked_to_wait(fetcher, waits, then) <= 59


DAY_S = 86_400


@pytest.mark.parametrize(
    ("told", "alone_s"),
    [
        ("61", 61),
        ("3600", 3_600),
        ("999999999999999999999999", DAY_S),
        ("Fri, 31 Dec 9999 23:59:59 -0500", DAY_S),
    ],
)
def test_a_pause_beyond_patience_ends_it_at_once_and_is_told(
    fetcher: Open, waits: list[float], told: str, alone_s: float
):
    with (
        hostile(reply(b"", 429, Retry_After=told)) as master,
        pytest.raises(LeftAlone, match=r"limits\.per_minute.*left alone until \d{4}-") as problem,
    ):
        fetcher(master.url, attempts=4).send(Request("/"))
    assert (len(master.asked), waits) == (1, [])
    left = (problem.value.until - datetime.now(UTC)).total_seconds()
    assert alone_s - 30 < left <= alone_s


def test_the_longest_wait_is_a_setting(fetcher: Open, waits: list[float]):
    assert asked_to_wait(fetcher, waits, "3", longest_wait_s=3.0) == 3.0
    with pytest.raises(LeftAlone):
        asked_to_wait(fetcher, waits, "50", longest_wait_s=3.0)


def test_no_wait_of_our_own_is_longer_than_the_setting(
    fetcher: Open, waits: list[float], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("random.uniform", lambda low, high: high)
    assert asked_to_wait(fetcher, waits, None, longest_wait_s=0.2) == 0.2


def test_a_date_to_wait_for_is_by_the_master_s_own_clock(fetcher: Open, waits: list[float]):
    refusal = reply(
        b"", 503, Retry_After="Wed, 21 Oct 2015 07:28:30 GMT", Date="Wed, 21 Oct 2015 07:28:00 GMT"
    )
    with hostile(in_turn(refusal, PAGE)) as master:
        fetcher(master.url, attempts=2).send(Request("/"))
    assert waits == [pytest.approx(30, abs=1)]


def test_waits_grow_and_are_drawn_by_lot_up_to_a_bound(
    fetcher: Open, waits: list[float], monkeypatch: pytest.MonkeyPatch
):
    drawn: list[tuple[float, float]] = []

    def uniform(low: float, high: float) -> float:
        drawn.append((low, high))
        return high

    monkeypatch.setattr(random, "uniform", uniform)
    with hostile(reply(b"", 503)) as master, pytest.raises(Unreachable):
        fetcher(master.url, attempts=9).send(Request("/"))

    assert waits == sorted(waits)
    assert waits[0] < waits[1] < waits[2]
    assert max(waits) == MOST_JITTER
    assert {low for low, _ in drawn} == {0}


def test_every_attempt_counts_as_a_request(fetcher: Open):
    with hostile(in_turn(reply(b"", 503), PAGE)) as master:
        one = fetcher(master.url, attempts=3)
        one.send(Request("/"))
        one.send(Request("/"))
    assert one.requests == len(master.asked) == 3


def test_each_attempt_has_its_own_deadline(fetcher: Open, monkeypatch: pytest.MonkeyPatch):
    with hostile(b"") as master:
        silence = lambda asked: master.forever(b"", 0.02)  # noqa: E731
        master.script = lambda asked: silence(asked) if len(master.asked) == 1 else PAGE
        assert fetcher(master.url, timeout_s=1.0, attempts=2).send(Request("/")).body


def test_no_more_requests_a_minute_are_sent_than_agreed(fetcher: Open, waits: list[float]):
    with hostile(PAGE) as master:
        one = fetcher(master.url, per_minute=3)
        for _ in range(3):
            one.send(Request("/"))
        assert waits == []
        one.send(Request("/"))
    assert len(waits) == 1
    assert 0 < waits[0] <= 60


def test_attempts_are_within_the_budget_too(fetcher: Open, waits: list[float]):
    with hostile(reply(b"", 503)) as master, pytest.raises(Unreachable):
        fetcher(master.url, per_minute=2, attempts=3).send(Request("/"))
    assert len([wait for wait in waits if wait > 1]) == 1


def test_what_earlier_processes_sent_counts_too(fetcher: Open, waits: list[float]):
    with hostile(PAGE) as master:
        one = fetcher(master.url, per_day=5, spent=[(90_000.0, 9), (4_000.0, 2), (50.0, 1)])
        for _ in range(2):
            one.send(Request("/"))
        with pytest.raises(LeftAlone, match=r"limits\.per_day") as problem:
            one.send(Request("/"))
    left = (problem.value.until - datetime.now(UTC)).total_seconds()
    assert left == pytest.approx(86_400 - 4_000, abs=30)
    assert (len(master.asked), waits) == (2, [])


def test_a_page_too_large_is_not_asked_for_in_vain_for_ever(fetcher: Open, waits: list[float]):
    with hostile(reply(b" " * 2000)) as master, pytest.raises(BadAnswer):
        fetcher(master.url, attempts=2, max_bytes=1000).send(Request("/"))
    assert len(master.asked) == 2


def test_a_closed_fetcher_closes_its_connections(fetcher: Open):
    with hostile(PAGE) as master:
        one: Fetcher = fetcher(master.url)
        one.send(Request("/"))
        one.close()
        with pytest.raises(RuntimeError, match="closed"):
            one.send(Request("/"))


@pytest.mark.parametrize(
    ("status", "named"),
    [
        (400, "stream.query"),
        (404, "stream.path"),
        (405, "stream.method"),
        (413, "stream.page.size"),
        (429, "limits.per_minute"),
        (301, "base_url"),
    ],
)
def test_a_status_names_what_of_the_source_to_look_at(fetcher: Open, status: int, named: str):
    with hostile(reply(b"{}", status)) as master, pytest.raises(MasterProblem, match=named):
        fetcher(master.url, attempts=1).send(Request("/c"))
