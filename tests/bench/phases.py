"""The measured story: a master is listed, followed, swept; each time the whole command is charged.

The floors run in the same minutes, so that their ratio holds on a machine that others use too.
"""

import json
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.measuring import Cost, account, middle
from tests.faults.installation import ROOT, TOKEN, Installation, installed

_NOTHING_CHANGED, _SOME_CHANGED = 5, 3
CLEAR = "floor: fetch and insert, in clear, unchecked"
STORAGE = "floor: sealed and encrypted storage alone"


@dataclass
class Figures:
    """What was measured: phases by name, with how many records each went through."""

    customers: int
    phases: dict[str, tuple[int, Cost]] = field(default_factory=dict)
    stages_us: dict[str, float] = field(default_factory=dict)
    lookups: dict[str, dict[str, float]] = field(default_factory=dict)


def measure(customers: int, directory: Path, say: Callable[[str], object]) -> Figures:
    """Run everything once; about two minutes for 100,000 customers on two cores."""
    figures = Figures(customers)
    with sandbox(customers) as master:
        made = installed(directory / "mirror", master, port=_free_port())
        for story in (_syncs, _floors, _stages):
            say(story.__name__.strip("_"))
            story(figures, made, master)
    say("lookups")
    _lookups(figures, made)
    return figures


def _syncs(figures: Figures, made: Installation, master: str) -> None:
    phases, some = figures.phases, max(1, figures.customers // 100)
    phases["initial sync"] = _charged(made)
    unchanged = [_charged(made)[1] for _ in range(_NOTHING_CHANGED)]
    phases["nothing changed"] = 0, middle(unchanged)
    phases["full sweep, nothing changed"] = _charged(made, "--full")
    changed = []
    for _ in range(_SOME_CHANGED):
        change(master, some)
        changed.append(_charged(made))
    phases["1 % changed"] = changed[0][0], middle(cost for _, cost in changed)
    phases["sweep after deletions"] = _charged(made, "--full")


def _charged(made: Installation, *options: str) -> tuple[int, Cost]:
    cost, told = account(made.command("sync", "--json", *options), made.variables(), made.directory)
    report = json.loads(told.splitlines()[-1])
    return report["figures"]["received"], cost


def _floors(figures: Figures, made: Installation, master: str) -> None:
    number = figures.customers
    for name, arguments in (
        (CLEAR, ("clear", master, TOKEN, "clear.db")),
        (STORAGE, ("storage", str(number), "storage.db")),
    ):
        command = [sys.executable, "-m", "tests.bench.floors", *arguments]
        figures.phases[name] = number, account(command, made.variables(), made.directory)[0]


def _stages(figures: Figures, made: Installation, master: str) -> None:
    fresh = installed(made.directory / "stages", master)
    command = [sys.executable, "-m", "tests.bench.stages", str(fresh.file)]
    _, told = account(command, fresh.variables(), fresh.directory)
    figures.stages_us = json.loads(told)


def _lookups(figures: Figures, made: Installation) -> None:
    token = made.must("device", "add", "bench", "--store", "bench").strip()
    port = made.file.read_text().partition("port = ")[2].partition("\n")[0]
    server = made.start("serve", "--only", "web", stdout=None, stderr=None)
    try:
        _wait_for(f"http://127.0.0.1:{port}/saude")
        command = [sys.executable, "-m", "tests.bench.lookups", str(made.file), port, token]
        figures.lookups = json.loads(account(command, made.variables(), made.directory)[1])
    finally:
        server.terminate()
        server.wait()


@contextmanager
def sandbox(customers: int) -> Iterator[str]:
    """A master with so many customers, where nothing happens by itself."""
    port = _free_port()
    options = ("--customers", str(customers), "--port", str(port), "--token", TOKEN)
    command = [sys.executable, "-m", "config", "sandbox", *options, "--changes-per-minute", "0"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=ROOT)
    try:
        master = f"http://127.0.0.1:{port}"
        _wait_for(f"{master}/api/v1/health")
        yield master
    finally:
        process.terminate()
        process.wait()


def change(master: str, count: int) -> None:
    """Have so many things happen at the master, now."""
    body = json.dumps({"count": count}).encode()
    headers = {"Authorization": f"Bearer {TOKEN}"}
    request = urllib.request.Request(f"{master}/_sandbox/changes", body, headers)
    urllib.request.urlopen(request).close()


def _wait_for(url: str) -> None:
    for _ in range(400):
        try:
            urllib.request.urlopen(url).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"{url} does not answer.")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
