"""SIGTERM while a slow master is waited for: the process ends, and its run is told as ended."""

import json
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event, Thread

import pytest

from connector.http import Stopped
from connector.http.transport import ENDING, Deadline, Ending
from connector.schedule import Job, Schedule, SweepTime
from mirror.instants import ZONE
from tests.fakes.hostile import Asked, Bytes, hostile, reply
from tests.faults.installation import Installation, installed
from tests.faults.scripted import customer, page

FIRST = page(customer(1), customer(2), next="1", has_more=True).body
WITHIN_S = 20
"""Each of these masters would be waited for longer, by the settings below."""
LIMITS = "\n[sources.loja.limits]\ntimeout_s = 60\nlongest_wait_s = 600\nattempts = 9\n"


def silent(asked: Asked) -> Bytes:
    time.sleep(30)
    return b""


def dripping(asked: Asked) -> Iterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 90000\r\n\r\n{"
    for _ in range(300):
        time.sleep(0.1)
        yield b" "


def wants_a_pause(asked: Asked) -> Bytes:
    return reply(b"{}", 503, Retry_After="500")


def is_out_of_order(asked: Asked) -> Bytes:
    return reply(b"{}", 502)


SLOW = {
    "silent": silent,
    "dripping": dripping,
    "a pause asked for": wants_a_pause,
    "retries": is_out_of_order,
}


def slow_from_the_second_page(slow: Callable[[Asked], Bytes]) -> Callable[[Asked], Bytes]:
    return lambda asked: slow(asked) if "cursor=1" in asked.target else reply(FIRST)


def last_run(made: Installation) -> dict[str, object]:
    found: dict[str, object] = json.loads(made.must("runs", "--json").splitlines()[0])
    return found


@pytest.mark.parametrize("command", [("sync",), ("serve", "--only", "connector")], ids=" ".join)
@pytest.mark.parametrize("kind", SLOW)
def test_a_slow_load_ends_with_its_run_told_and_what_it_read(
    tmp_path: Path, command: tuple[str, ...], kind: str
) -> None:
    with hostile(slow_from_the_second_page(SLOW[kind])) as master:
        made = installed(tmp_path / "made", master.url, more=LIMITS)
        process = made.start(*command)
        while not any("cursor=1" in one.target for one in master.asked):
            assert process.poll() is None
            time.sleep(0.02)

        process.send_signal(signal.SIGTERM)

        _, err = process.communicate(timeout=WITHIN_S)
    assert process.returncode == (130 if command == ("sync",) else 0), err
    told = last_run(made)
    assert told["outcome"] == "interrupted"
    assert str(told["sentence"]).startswith("Stopped by ")
    assert told["figures"]["added"] == 2  # type: ignore[index]
    assert "Traceback" not in err


def test_a_wait_ends_as_soon_as_somebody_asks() -> None:
    ending = Ending()
    ending.sleep(0)
    ending.ask("a test")
    with pytest.raises(Stopped, match="Stopped by a test"):
        ending.sleep(3_600)


def test_no_request_is_begun_any_more() -> None:
    ENDING.ask("a test")
    try:
        with pytest.raises(Stopped):
            Deadline().start(30)
    finally:
        ENDING.forget()
    Deadline().start(30)


def test_a_cycle_that_hangs_where_no_signal_reaches_it_is_not_waited_for_for_ever() -> None:
    hangs, goes_on, stop = Event(), Event(), Event()

    def run() -> None:
        hangs.set()
        goes_on.wait(30)

    made = Schedule([Job("loja", 60, SweepTime("03:00", ZONE), run)])

    def ask() -> None:
        hangs.wait(30)
        stop.set()

    Thread(target=ask).start()
    assert made.run_until(stop, within_s=0.1) is False
    goes_on.set()
