"""By the clock: changes every interval, a sweep a night, one at a time, whatever the clock does."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from threading import Event, Thread
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from connector import schedule
from connector.schedule import Job, Schedule, Sweeps, SweepTime

PATIENCE = 60.0
"""Seconds a test waits for what should happen at once."""


class Clock:
    """A monotonic clock that only moves when told to."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


class Runs:
    """Writes down every run, and lets a test hold one up."""

    def __init__(self) -> None:
        self.seen = 0
        self.started = threading.Semaphore(0)
        self.hold: Event | None = None
        self.at_once = 0
        self.most_at_once = 0

    def __call__(self) -> None:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        self.seen += 1
        self.started.release()
        if self.hold is not None:
            assert self.hold.wait(PATIENCE)
        self.at_once -= 1

    def wait(self) -> None:
        assert self.started.acquire(timeout=PATIENCE), "no run"


@pytest.fixture
def clock() -> Clock:
    return Clock()


class Wall:
    """A wall clock that anybody may set."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def wall() -> Wall:
    return Wall()


@pytest.fixture
def runs() -> Runs:
    return Runs()


@pytest.fixture
def start(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Schedule]]:
    monkeypatch.setattr(schedule, "_LOOK_EVERY_S", 0.01)
    stop, threads = Event(), []

    def begin(*jobs: Job, **more: Any) -> Schedule:
        made = Schedule(jobs, clock, **more)
        threads.append(Thread(target=made.run_until, args=(stop,)))
        threads[-1].start()
        return made

    yield begin
    stop.set()
    for thread in threads:
        thread.join(PATIENCE)
        assert not thread.is_alive()


SWEEP = SweepTime("03:15", ZoneInfo("America/Sao_Paulo"))


def job(run: Callable[[], object], name: str = "loja", interval_s: int = 3_600) -> Job:
    return Job(name, interval_s, SWEEP, run)


def next_run(made: Schedule, name: str) -> datetime:
    found: datetime = made.scheduler.get_job(name).next_run_time
    return found


def test_a_source_is_read_at_once_and_then_every_interval(
    start: Callable[..., Schedule], runs: Runs
):
    made = start(job(runs))
    runs.wait()
    assert runs.seen == 1
    ahead = next_run(made, "loja") - datetime.now(UTC)
    assert timedelta(minutes=58) < ahead <= timedelta(hours=1)


def test_the_interval_runs_again_and_again(start: Callable[..., Schedule], runs: Runs):
    start(job(runs, interval_s=1))
    for _ in range(3):
        runs.wait()
    assert runs.seen >= 3


def test_when_its_time_to_sweep_comes_a_source_is_run_at_once(
    start: Callable[..., Schedule], runs: Runs, wall: Wall
):
    wall.now = datetime(2026, 11, 22, 6, 14, 59, tzinfo=UTC)
    start(job(runs), wall=wall)
    runs.wait()
    assert not runs.started.acquire(timeout=0.3)
    wall.now += timedelta(seconds=1)  # 03:15 in São Paulo, whatever this machine's zone is
    runs.wait()
    assert not runs.started.acquire(timeout=0.3), "once a day"


def test_only_one_run_at_a_time_of_all_sources(start: Callable[..., Schedule], runs: Runs):
    runs.hold = Event()
    start(job(runs, "a", 1), job(runs, "b", 1))
    runs.wait()
    assert not runs.started.acquire(timeout=0.3), "two writers"
    runs.hold.set()
    for _ in range(3):
        runs.wait()
    assert runs.most_at_once == 1


def test_a_run_that_raises_does_not_end_the_schedule(start: Callable[..., Schedule], runs: Runs):
    def broken() -> None:
        runs()
        raise RuntimeError("must not happen")

    start(job(broken, interval_s=1))
    for _ in range(3):
        runs.wait()


def set_back(made: Schedule, runs: Runs) -> None:
    """An hour set back: the next appointment is an hour and an interval away."""
    runs.wait()
    later = datetime.now(UTC) + timedelta(hours=2)
    made.scheduler.modify_job("loja", next_run_time=later)


def test_after_the_wall_clock_goes_back_an_hour_it_still_runs(
    start: Callable[..., Schedule], clock: Clock, runs: Runs
):
    made = start(job(runs, interval_s=60))
    set_back(made, runs)

    clock.now += 60 * 1.5 + 2
    runs.wait()

    assert runs.seen == 2
    assert next_run(made, "loja") - datetime.now(UTC) <= timedelta(seconds=60)


def test_before_that_nothing_is_hurried(start: Callable[..., Schedule], clock: Clock, runs: Runs):
    made = start(job(runs, interval_s=60))
    set_back(made, runs)
    clock.now += 60 * 1.5
    assert not runs.started.acquire(timeout=0.3)


def test_the_watchdog_does_not_bark_while_a_long_run_is_under_way(
    start: Callable[..., Schedule], clock: Clock, runs: Runs, caplog: pytest.LogCaptureFixture
):
    runs.hold = Event()
    start(job(runs, "a", 60), job(runs, "b", 60))
    runs.wait()  # the first listing of a million customers

    clock.now += 3_600
    assert not runs.started.acquire(timeout=0.3)
    runs.hold.set()
    runs.wait()

    assert "clock set back" not in caplog.text


def test_a_source_that_runs_does_not_hide_one_that_is_silent(
    start: Callable[..., Schedule], clock: Clock
):
    often, silent = Runs(), Runs()
    made = start(job(often, "often", 60), job(silent, "silent", 60))
    often.wait()
    silent.wait()
    later = datetime.now(UTC) + timedelta(hours=2)
    made.scheduler.modify_job("silent", next_run_time=later)

    for _ in range(3):
        clock.now += 40
        made.scheduler.modify_job("often", next_run_time=datetime.now(UTC))
        often.wait()

    silent.wait()


def test_stopping_lets_a_run_under_way_finish(clock: Clock, runs: Runs, monkeypatch):
    monkeypatch.setattr(schedule, "_LOOK_EVERY_S", 0.01)
    runs.hold = Event()
    stop, made = Event(), Schedule([job(runs)], clock)
    thread = Thread(target=made.run_until, args=(stop,))
    thread.start()
    runs.wait()

    stop.set()
    thread.join(0.2)
    assert thread.is_alive()
    runs.hold.set()
    thread.join(PATIENCE)

    assert not thread.is_alive()
    assert runs.at_once == 0


def test_a_source_that_hinted_runs_now_but_not_all_the_time(
    clock: Clock, runs: Runs, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(schedule, "_LOOK_EVERY_S", 0.01)
    stop = Event()
    made = Schedule([job(runs, interval_s=60)], clock, hinted=lambda: {"loja", "nope"})
    thread = Thread(target=made.run_until, args=(stop,))
    thread.start()
    runs.wait()
    assert not runs.started.acquire(timeout=0.3), "the interval has hardly begun"
    clock.now += 10
    runs.wait()
    assert not runs.started.acquire(timeout=0.3)
    stop.set()
    thread.join(PATIENCE)
    assert runs.seen == 2


YEARS = timedelta(days=365 * 9)


def test_years_ahead_cost_one_run_and_not_one_for_each_that_was_missed(
    start: Callable[..., Schedule], runs: Runs, wall: Wall
):
    made = start(job(runs, interval_s=60), wall=wall)
    runs.wait()
    # Nine years ahead, as the scheduler sees it: its next appointment is as long ago.
    made.scheduler.modify_job("loja", next_run_time=datetime.now(UTC) - YEARS)
    wall.now += YEARS
    runs.wait()
    began = time.monotonic()
    following = made.scheduler.get_job("loja").trigger.get_next_fire_time(
        datetime.now(UTC) - YEARS, datetime.now(UTC)
    )
    assert time.monotonic() - began < 1
    assert timedelta(0) < following - datetime.now(UTC) <= timedelta(seconds=60)
    while runs.started.acquire(timeout=0.3):
        pass
    assert runs.seen <= 3, "one for the turn, one for the day's sweep"


def test_a_clock_that_was_years_ahead_does_not_silence_it(
    start: Callable[..., Schedule], clock: Clock, runs: Runs, wall: Wall
):
    made = start(job(runs, interval_s=60), wall=wall)
    runs.wait()
    made.scheduler.modify_job("loja", next_run_time=datetime.now(UTC) + YEARS)
    clock.now += 60 * 1.5 + 2
    runs.wait()


def test_a_machine_that_slept_runs_once_however_late_it_is(
    start: Callable[..., Schedule], runs: Runs
):
    made = start(job(runs, interval_s=60))
    runs.wait()
    made.scheduler.modify_job("loja", next_run_time=datetime.now(UTC) - timedelta(hours=9))
    runs.wait()
    assert not runs.started.acquire(timeout=0.3)
    assert next_run(made, "loja") > datetime.now(UTC)


LISBON = ZoneInfo("Europe/Lisbon")


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc, arg-type]


@pytest.mark.parametrize(
    ("now", "last"),
    [
        (at(2026, 11, 22, 6, 15), at(2026, 11, 22, 6, 15)),
        (at(2026, 11, 22, 6, 14, 59), at(2026, 11, 21, 6, 15)),
        (at(2026, 11, 23, 2, 0), at(2026, 11, 22, 6, 15)),
        (at(2026, 1, 1, 0, 0), at(2025, 12, 31, 6, 15)),
    ],
)
def test_the_time_to_sweep_that_came_last(now: datetime, last: datetime):
    assert SWEEP.last(now) == last
    assert SWEEP.last(now.astimezone(timezone(timedelta(hours=14)))) == last


@pytest.mark.parametrize("name", ["Bogus/Zone", "Pacific/Kiritimati", ""])
def test_whatever_zone_the_machine_is_set_to(
    start: Callable[..., Schedule], runs: Runs, monkeypatch: pytest.MonkeyPatch, name: str
):
    monkeypatch.setenv("TZ", name)
    made = start(job(runs))
    runs.wait()
    assert timedelta(0) < next_run(made, "loja") - datetime.now(UTC) <= timedelta(hours=1)


def days_of(time: SweepTime, begin: datetime, hours: int) -> list[datetime]:
    """The times to sweep that come within so many hours, looked at every minute."""
    seen = [time.last(begin + timedelta(minutes=minute)) for minute in range(60 * hours)]
    return sorted(set(seen[1:]) - {seen[0]})


@pytest.mark.parametrize(
    ("begin", "time"),
    [
        (at(2026, 10, 25, 0, 0), "01:30"),  # Lisbon shows 01:30 twice
        (at(2026, 3, 29, 0, 0), "01:30"),  # and passes over it
        (at(2026, 3, 29, 0, 0), "02:00"),
        (at(2026, 10, 25, 0, 0), "02:00"),
    ],
)
def test_a_time_that_occurs_twice_or_never_comes_once(begin: datetime, time: str):
    there = SweepTime(time, LISBON)
    found = days_of(there, begin, 24)
    assert len(found) == 1
    assert abs(found[0] - begin.replace(hour=int(time[:2]), minute=int(time[3:]))) <= timedelta(
        hours=1
    )


NOON = at(2026, 11, 22, 15, 0)


def test_a_sweep_is_due_where_its_time_passed_since_everything_was_listed(clock: Clock):
    assert Sweeps(SWEEP, clock).due(NOON - timedelta(hours=9), NOON)
    assert not Sweeps(SWEEP, clock).due(NOON - timedelta(hours=8), NOON)
    assert Sweeps(SWEEP, clock).due(NOON - timedelta(days=400), NOON)


def test_nothing_is_due_before_the_first_listing(clock: Clock):
    assert not Sweeps(SWEEP, clock).due(None, NOON)


def test_a_listing_of_the_future_proves_nothing(clock: Clock):
    assert Sweeps(SWEEP, clock).due(NOON + YEARS, NOON)
    assert not Sweeps(SWEEP, clock).due(NOON + timedelta(minutes=1), NOON)


def test_a_sweep_that_breaks_off_leaves_turns_to_changes_and_is_tried_again(clock: Clock):
    sweeps, yesterday, hours = Sweeps(SWEEP, clock), NOON - timedelta(days=1), []
    for minute in range(60 * 24 * 4):
        if sweeps.due(yesterday, NOON):
            hours.append(minute // 60)
        clock.now += 60
    assert hours == [0, 1, 3, 7, 15, 31, 55, 79]


def test_after_one_that_ended_the_next_that_breaks_off_begins_anew(clock: Clock):
    sweeps, yesterday = Sweeps(SWEEP, clock), NOON - timedelta(days=1)
    assert sweeps.due(yesterday, NOON)
    assert not sweeps.due(yesterday, NOON)
    assert not sweeps.due(NOON, NOON)
    assert sweeps.due(yesterday, NOON)
