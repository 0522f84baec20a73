import json
import signal
import socket
import subprocess
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.config.reading import read_rows
from tests.faults.installation import Installation
from tests.faults.processes import alive, answering_at, descendants, free_port, wait_until

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts demos in a temporary directory; none outlives the test."""
    started: list[subprocess.Popen[str]] = []

    def demo(*options: str) -> "subprocess.Popen[str]":
        log = (tmp_path / "log").open("w")
        process = Installation(tmp_path).start("demo", *options, stdout=log, stderr=log)
        started.append(process)
        return process

    yield demo
    for process in started:
        if process.poll() is None:
            process.terminate()
            process.wait()


def _ports() -> tuple[tuple[str, ...], str]:
    port = free_port()
    options = ("--port", str(port), "--master-port", str(free_port()))
    return options, f"http://127.0.0.1:{port}/saude"


def _till_finds(command: str) -> str:
    """Whom the command that a demo prints finds, typed into a shell as it stands."""
    typed = ["sh", "-c", command]
    answer = subprocess.run(typed, capture_output=True, text=True, check=True, timeout=30)
    (found,) = json.loads(answer.stdout)["customers"]
    return str(found["code"])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_demo_runs_until_it_is_told_to_end_and_leaves_nobody_behind(
    tmp_path: Path, start: Start, number: signal.Signals
):
    options, url = _ports()
    process = start(*options, "--customers", "50")
    wait_until(lambda: answering_at(url), process)
    with urllib.request.urlopen(url) as answer:
        assert json.load(answer)["freshness"]["state"] == "fresh"
    family = descendants(process.pid)
    made = Installation(tmp_path / ".demo")
    wait_until(lambda: len(read_rows(made, "runs", "--json")) > 2, process)

    wait_until(lambda: "  Who saw what" in (tmp_path / "log").read_text(), process)
    said = (tmp_path / "log").read_text()
    assert _till_finds(said[said.index("    curl") : said.index("  Who saw what")]) == "100001"

    process.send_signal(number)

    assert process.wait(30) == 0
    assert len(family) >= 4  # the sandbox, the connector, the web and its workers
    assert alive(family) == set()
    said = (tmp_path / "log").read_text()
    assert "50 received" in said
    assert "Espelho is running: http://127.0.0.1:" in said
    assert said.endswith("  Ctrl-C ends it.\n\n")  # nothing scrolls the password away
    assert {file.name for file in tmp_path.iterdir()} == {".demo", "log"}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_can_be_told_to_end_during_the_first_sync(
    tmp_path: Path, start: Start, number: signal.Signals
):
    options, _ = _ports()
    process = start(*options, "--customers", "1000000")
    lock = tmp_path / ".demo" / "data" / "connector.lock"
    wait_until(lock.exists, process)
    family = descendants(process.pid)

    process.send_signal(number)

    assert process.wait(30) == 0
    assert len(family) == 2  # the sandbox and the sync
    assert alive(family) == set()
    said = (tmp_path / "log").read_text()
    assert "Espelho is running" not in said
    assert said.endswith("Ended before the first sync was done; the next demo begins anew.\n")


@pytest.mark.parametrize("which", ["--port", "--master-port"])
def test_a_taken_port_is_told_before_anything_is_made(tmp_path: Path, which: str):
    ports = {"--port": free_port(), "--master-port": free_port()}
    with socket.create_server(("127.0.0.1", ports[which])):
        options = [text for name, port in ports.items() for text in (name, str(port))]
        told = Installation(tmp_path).run("demo", *options)

    assert told.code == 1
    assert f"127.0.0.1:{ports[which]} cannot be used" in told.err
    variable = which.strip("-").replace("-", "_").upper()
    assert f"give another {which} (make demo {variable}=…)." in told.err
    assert list(tmp_path.iterdir()) == []


def test_the_two_ports_must_differ(tmp_path: Path):
    told = Installation(tmp_path).run("demo", "--port", "9000", "--master-port", "9000")

    assert told.code == 2
    assert "must differ" in told.err


def test_a_directory_that_is_no_demos_is_left_alone(tmp_path: Path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    options, _ = _ports()

    told = Installation(tmp_path).run("demo", *options, "--directory", "mine")

    assert told.code == 2
    assert "is not a demo's directory" in told.err
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "years of work"


def test_a_demo_that_runs_is_not_made_anew(tmp_path: Path, start: Start):
    options, url = _ports()
    process = start(*options, "--customers", "50")
    wait_until(lambda: answering_at(url), process)

    told = Installation(tmp_path).run("demo", *_ports()[0])

    assert told.code == 2
    assert "A demo is running in" in told.err
    assert answering_at(url)
    process.terminate()
    assert process.wait(30) == 0
