"""By the clock: changes every interval, a sweep a night, one at a time, whatever the clock does."""

import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from threading import Event, Thread

import pytest

from connector import schedule
from connector.schedule import Job, Schedule

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
        self.seen: list[bool] = []
        self.started = threading.Semaphore(0)
        self.hold: Event | None = None
        self.at_once = 0
        self.most_at_once = 0

    def __call__(self, sweep: bool) -> None:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        self.seen.append(sweep)
        self.started.release()
        if self.hold is not None:
            assert self.hold.wait(PATIENCE)
        self.at_once -= 1

    def wait(self) -> None:
        assert self.started.acquire(timeout=PATIENCE), "no run"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def runs() -> Runs:
    return Runs()


@pytest.fixture
def start(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Schedule]]:
    monkeypatch.setattr(schedule, "_LOOK_EVERY_S", 0.01)
    stop, threads = Event(), []

    def begin(*jobs: Job) -> Schedule:
        made = Schedule(jobs, clock)
        threads.append(Thread(target=made.run_until, args=(stop,)))
        threads[-1].start()
        return made

    yield begin
    stop.set()
    for thread in threads:
        thread.join(PATIENCE)
        assert not thread.is_alive()


def job(run: Callable[[bool], object], name: str = "loja", interval_s: int = 3_600) -> Job:
    return Job(name, interval_s, "03:15", run)


def next_run(made: Schedule, name: str) -> datetime:
    found: datetime = made.scheduler.get_job(name).next_run_time
    return found


def test_a_source_is_read_at_once_and_then_every_interval(
    start: Callable[..., Schedule], runs: Runs
):
    made = start(job(runs))
    runs.wait()
    assert runs.seen == [False]
    ahead = next_run(made, "loja") - datetime.now().astimezone()
    assert timedelta(minutes=58) < ahead <= timedelta(hours=1)


def test_the_interval_runs_again_and_again(start: Callable[..., Schedule], runs: Runs):
    start(job(runs, interval_s=1))
    for _ in range(3):
        runs.wait()
    assert runs.seen[:3] == [False, False, False]


def test_a_sweep_has_its_appointment_every_night(clock: Clock, runs: Runs):
    made = Schedule([job(runs)], clock)
    made.scheduler.start(paused=True)
    appointment = next_run(made, "loja sweep")
    made.scheduler.shutdown()
    assert (appointment.hour, appointment.minute, appointment.second) == (3, 15, 0)
    assert appointment - datetime.now().astimezone() <= timedelta(days=1)


def test_at_its_appointment_the_run_is_a_sweep(start: Callable[..., Schedule], runs: Runs):
    made = start(job(runs))
    runs.wait()
    made.scheduler.modify_job("loja sweep", next_run_time=datetime.now().astimezone())
    runs.wait()
    assert runs.seen == [False, True]


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
    def broken(sweep: bool) -> None:
        runs(sweep)
        raise RuntimeError("must not happen")

    start(job(broken, interval_s=1))
    for _ in range(3):
        runs.wait()


def set_back(made: Schedule, runs: Runs) -> None:
    """An hour set back: the next appointment is an hour and an interval away."""
    runs.wait()
    later = datetime.now().astimezone() + timedelta(hours=2)
    made.scheduler.modify_job("loja", next_run_time=later)


def test_after_the_wall_clock_goes_back_an_hour_it_still_runs(
    start: Callable[..., Schedule], clock: Clock, runs: Runs
):
    made = start(job(runs, interval_s=60))
    set_back(made, runs)

    clock.now += 60 * 1.5 + 2
    runs.wait()

    assert runs.seen == [False, False]
    assert next_run(made, "loja") - datetime.now().astimezone() <= timedelta(seconds=60)


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
    later = datetime.now().astimezone() + timedelta(hours=2)
    made.scheduler.modify_job("silent", next_run_time=later)

    for _ in range(3):
        clock.now += 40
        made.scheduler.modify_job("often", next_run_time=datetime.now().astimezone())
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
    assert runs.seen == [False, False]
