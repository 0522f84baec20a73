"""Runs a command to its end and says what it cost: processor time, wall time, peak memory.

Only the standard library here: a child is charged for what its parent had in memory when it was
started, so the parent must stay small.
"""

import os
import platform
import subprocess
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import IO

Table = dict[str, dict[str, float]]
"""Figures of one part: by row, then by column."""


@dataclass(frozen=True)
class Cost:
    """What one run of a command took."""

    cpu_s: float
    """User and system time of the process and the children it waited for."""
    wall_s: float
    peak_mib: float
    """Of the process and all its descendants together, what they share counted once."""


def account(
    command: Sequence[str], environment: Mapping[str, str], directory: Path
) -> tuple[Cost, str]:
    """Run to the end; what it cost and what it printed. Raises what it said where it failed."""
    with tempfile.TemporaryFile("w+") as printed, tempfile.TemporaryFile("w+") as said:
        started = time.monotonic()
        process = subprocess.Popen(
            command, env=dict(environment), cwd=directory, stdout=printed, stderr=said
        )
        with _watched(process.pid) as peak:
            _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        told, why = (_read(file) for file in (printed, said))
    if process.returncode != 0:
        raise RuntimeError(f"{command} ended with {process.returncode}:\n{told}{why}")
    most = max(usage.ru_maxrss / 1024, *peak)
    return Cost(usage.ru_utime + usage.ru_stime, wall, most), told


_LOOK_S = 0.05


@contextmanager
def _watched(pid: int) -> Iterator[list[float]]:
    """What a process and its descendants hold together, MiB, looked at twenty times a second.

    The system knows the most of each process by itself alone.
    """
    seen, over = [0.0], threading.Event()

    def look() -> None:
        while not over.wait(_LOOK_S):
            family = _family(pid)
            if len(family) > 1:
                seen.append(sum(map(_held_mib, family)))

    watching = threading.Thread(target=look, daemon=True)
    watching.start()
    try:
        yield seen
    finally:
        over.set()
        watching.join()


def _family(pid: int) -> list[int]:
    found = [pid]
    for one in found:
        with suppress(OSError):
            for task in Path(f"/proc/{one}/task").iterdir():
                found += map(int, (task / "children").read_text().split())
    return found


def _held_mib(pid: int) -> float:
    with suppress(OSError):
        told = Path(f"/proc/{pid}/smaps_rollup").read_text()
        return int(told.partition("\nPss:")[2].split()[0]) / 1024
    return 0.0


def machine() -> str:
    """What measures, and how busy it is with others: the load of the last minute."""
    processor = ""
    with suppress(OSError):
        told = Path("/proc/cpuinfo").read_text().partition("model name")[2]
        processor = told.partition(":")[2].partition("\n")[0].strip()
    cores = f"{os.cpu_count()} cores of {processor or platform.machine()}"
    return f"{cores}, CPython {platform.python_version()}, load {os.getloadavg()[0]:.1f}"


def _read(file: IO[str]) -> str:
    file.seek(0)
    return file.read()


def middle(costs: Iterable[Cost]) -> Cost:
    """The medians of several runs."""
    runs = list(costs)
    return Cost(*(median(getattr(run, name) for run in runs) for name in Cost.__annotations__))


def compile_once(place: Path) -> None:
    """From here on commands find their modules compiled, as an installation does.

    The compiled modules lie in ``place``, so that a checkout is measured alike before and after
    somebody has run it, and nothing of the measuring is left in it.
    """
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = str(place / "compiled")


def wait_for(url: str) -> None:
    """Until it answers; a minute at most."""
    for _ in range(1_200):
        try:
            urllib.request.urlopen(url).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"{url} does not answer.")
