"""`python -m tests.bench.soak`: an installation at work for long; what grows, as slopes an hour.

A sandbox master that changes, the connector and the web as `serve` starts them, terminals that look
up and a browser that opens pages. Sampled are memory and open files of every process and the sizes
of logs and databases; printed is what each grew by an hour (least squares, the first quarter left
out), and what was answered.
"""

import argparse
import json
import os
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from config.assemble import ledger_of
from config.settings import load
from tests.faults.installation import TOKEN, Installation, installed
from tests.faults.processes import answering_at, descendants, free_port, wait_until
from web.accounts import session, staff
from web.terminals import devices

PAGES = ("/clientes", "/frescor", "/operacao", "/ready", "/metrics", "/categorias")
WARM = 0.25
"""The share of the samples that are left out: caches fill, pools open."""


@dataclass(frozen=True)
class Load:
    """How long, and how hard."""

    minutes: float = 60
    changes_per_minute: int = 600
    lookups_per_s: float = 20
    pages_per_s: float = 1
    customers: int = 5_000
    every_s: float = 5


@dataclass
class Soak:
    """What was seen."""

    samples: list[dict[str, float]] = field(default_factory=list)
    answers: Counter[str] = field(default_factory=Counter)

    def slopes(self) -> dict[str, tuple[float, float, float]]:
        """Of each figure the first and the last value, and what it grows by in an hour."""
        warm = self.samples[int(len(self.samples) * WARM) :]
        names = sorted(warm[-1].keys() - {"at"}) if warm else []
        return {name: (warm[0].get(name, 0), warm[-1][name], slope(warm, name)) for name in names}


def slope(samples: Sequence[dict[str, float]], name: str) -> float:
    """What a figure grows by in an hour, by least squares."""
    points = [(one["at"] / 3_600, one[name]) for one in samples if name in one]
    if len(points) < 2:
        return 0.0
    middle, mean = (sum(axis) / len(points) for axis in zip(*points, strict=True))
    spread = sum((at - middle) ** 2 for at, _ in points)
    return sum((at - middle) * (value - mean) for at, value in points) / spread if spread else 0.0


def sampled(root: int, data: Path, began: float) -> dict[str, float]:
    """Memory in MB and open files by role, sizes of files in MB, now."""
    found: Counter[str] = Counter()
    for pid in descendants(root):
        try:
            role = "connector" if b"connector" in _read(pid, "cmdline") else "web"
            pages = int(_read(pid, "statm").split()[1])
            found[f"{role}: memory, MB"] += pages * os.sysconf("SC_PAGE_SIZE") / 1e6  # type: ignore[assignment]
            found[f"{role}: open files"] += len(os.listdir(f"/proc/{pid}/fd"))
            found[f"{role}: threads"] += len(os.listdir(f"/proc/{pid}/task"))
        except (FileNotFoundError, ProcessLookupError, IndexError):
            continue
    for file in data.iterdir():
        if file.suffix in (".db", ".db-wal"):
            found[f"{file.name}, MB"] = file.stat().st_size / 1e6  # type: ignore[assignment]
    return {"at": time.monotonic() - began, **found}


def _read(pid: int, name: str) -> bytes:
    return Path(f"/proc/{pid}/{name}").read_bytes()


@contextmanager
def _running(made: Installation, *command: str) -> Iterator["subprocess.Popen[str]"]:
    with tempfile.TemporaryFile() as said:
        process = made.start(*command, stdout=said, stderr=said)
        try:
            yield process
        finally:
            process.terminate()
            process.wait(60)


def soak(place: Path, load_: Load) -> Soak:
    """Let an installation work in a directory, and watch it."""
    master, port = free_port(), free_port()
    made = installed(place / "made", f"http://127.0.0.1:{master}", port=port, interval="2s")
    sandbox = (
        *("sandbox", "--quiet", "--customers", str(load_.customers), "--token", TOKEN),
        *("--port", str(master), "--changes-per-minute", str(load_.changes_per_minute)),
    )
    with _running(made, *sandbox) as there:
        wait_until(lambda: _accepts(master), there)
        made.must("sync")
        people = _people(made)
        with _running(made, "serve", "--quiet") as here:
            wait_until(lambda: answering_at(f"http://127.0.0.1:{port}/saude"), here)
            return _watched(made, here.pid, port, people, load_)


def _accepts(port: int) -> bool:
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5)
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


def _people(made: Installation) -> list[str]:
    """Documents of a few who are there, as tills ask for them."""
    rows = map(json.loads, made.must("export", "--clear", "--reason", "soak").splitlines())
    return [row["documents"][0] for row in rows if row["documents"]][:40]


def _watched(made: Installation, root: int, port: int, people: list[str], load_: Load) -> Soak:
    seen, stop, began = Soak(), threading.Event(), time.monotonic()
    token, cookie = _admitted(made)
    base = f"http://127.0.0.1:{port}"

    def look_up(turn: int) -> urllib.request.Request:
        body = json.dumps({"document": people[turn % len(people)]}).encode()
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        return urllib.request.Request(f"{base}/api/v1/lookup", body, headers)

    def open_page(turn: int) -> urllib.request.Request:
        headers = {"Cookie": f"espelho={cookie}"}
        return urllib.request.Request(f"{base}{PAGES[turn % len(PAGES)]}", headers=headers)

    def ask(make: object, per_s: float) -> None:
        turn = 0
        while not stop.wait(max(0.0, began + turn / per_s - time.monotonic())):
            seen.answers[_asked(make(turn))] += 1  # type: ignore[operator]
            turn += 1

    loads = ((look_up, load_.lookups_per_s), (open_page, load_.pages_per_s))
    threads = [threading.Thread(target=ask, args=one) for one in loads]
    for one in threads:
        one.start()
    until = began + load_.minutes * 60
    while time.monotonic() < until:
        seen.samples.append(sampled(root, made.data, began))
        time.sleep(min(load_.every_s, max(0.0, until - time.monotonic())))
    stop.set()
    for one in threads:
        one.join(30)
    return seen


def _asked(request: urllib.request.Request) -> str:
    kind = "lookups" if request.data else "pages"
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            answer.read()
            return f"{kind} {answer.status}"
    except urllib.error.HTTPError as refused:
        return f"{kind} {refused.code}"
    except OSError as broken:
        return f"{kind} {type(broken).__name__}"


def _admitted(made: Installation) -> tuple[str, str]:
    """A terminal's token and a session of somebody who may see every page."""
    with closing(ledger_of(load(made.file))) as ledger:
        token = devices.add(ledger, "caixa", "Centro")
        who = staff.add(ledger, "soak", "Soak", "administrator", "uma senha bem comprida")
        return token, session.start(ledger, who)


def told(seen: Soak, load_: Load) -> str:
    """The figures as markdown."""
    lines = ["| what | at first | at last | an hour |", "|---|---|---|---|"]
    for name, (first, last, an_hour) in seen.slopes().items():
        lines.append(f"| {name} | {first:.1f} | {last:.1f} | {an_hour:+.1f} |")
    answers = ", ".join(f"{name}: {some:,}" for name, some in sorted(seen.answers.items()))
    head = f"{load_.minutes:g} minutes, {load_.changes_per_minute} changes a minute, "
    head += f"{load_.lookups_per_s:g} lookups and {load_.pages_per_s:g} pages a second asked for."
    return "\n".join((head, "", *lines, "", f"Answers: {answers}."))


def main() -> None:
    """Soak as asked, and print the slopes."""
    usual = Load()
    parser = argparse.ArgumentParser(prog="python -m tests.bench.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=usual.minutes)
    parser.add_argument("--changes", type=int, default=usual.changes_per_minute)
    parser.add_argument("--lookups", type=float, default=usual.lookups_per_s)
    parser.add_argument("--pages", type=float, default=usual.pages_per_s)
    given = parser.parse_args()
    load_ = Load(given.minutes, given.changes, given.lookups, given.pages)
    with tempfile.TemporaryDirectory(prefix="espelho-soak-") as place:
        print(told(soak(Path(place), load_), load_))


if __name__ == "__main__":
    main()
