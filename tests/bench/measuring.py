"""Runs a command to its end and says what it cost: processor time, wall time, peak memory.

Only the standard library here: a child is charged for what its parent had in memory when it was
started, so the parent must stay small.
"""

import os
import subprocess
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
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


def account(
    command: Sequence[str], environment: Mapping[str, str], directory: Path
) -> tuple[Cost, str]:
    """Run to the end; what it cost and what it printed. Raises what it said where it failed."""
    with tempfile.TemporaryFile("w+") as printed, tempfile.TemporaryFile("w+") as said:
        started = time.monotonic()
        process = subprocess.Popen(
            command, env=dict(environment), cwd=directory, stdout=printed, stderr=said
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        told, why = (_read(file) for file in (printed, said))
    if process.returncode != 0:
        raise RuntimeError(f"{command} ended with {process.returncode}:\n{told}{why}")
    return Cost(usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss / 1024), told


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
