"""Runs tests in copies of a checkout, with some files changed, several copies at a time."""

import compileall
import multiprocessing
import os
import py_compile
import re
import shutil
import signal
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.connection import wait
from pathlib import Path

import pytest

PASSED, CAUGHT = int(pytest.ExitCode.OK), int(pytest.ExitCode.TESTS_FAILED)
_FORK = multiprocessing.get_context("fork")
_FAILED = re.compile(r"(?m)^(?:FAILED|ERROR) (\S+)")


@dataclass(frozen=True)
class Trial:
    """Tests to be run with these files changed."""

    name: str
    tests: tuple[str, ...]
    texts: Mapping[str, str]
    to_the_end: bool = False
    """Whether the rest still runs once a test failed."""


@dataclass(frozen=True)
class Tried:
    """How the tests of one trial ended."""

    trial: Trial
    ended: int | None
    """As pytest says it; None where they took too long."""
    seconds: float
    told: str
    """What pytest printed."""

    @property
    def failures(self) -> list[str]:
        """The tests that failed."""
        return _FAILED.findall(self.told)


def copies(tree: Path, place: Path, count: int) -> list[Path]:
    """Copies of a checkout, without what was made by running it."""
    first = place / "0"
    shutil.copytree(tree, first, ignore=shutil.ignore_patterns(".*", "__pycache__", "dist"))
    # What is changed and changed back within a second looks the same by time and size.
    by_content = py_compile.PycInvalidationMode.CHECKED_HASH
    compileall.compile_dir(first, quiet=2, invalidation_mode=by_content)
    return [first, *(shutil.copytree(first, place / str(number)) for number in range(1, count))]


def tried(trials: Sequence[Trial], there: Sequence[Path], limit: float) -> Iterator[Tried]:
    """Every trial in one of the copies, which is left as it was, in the order they end."""
    waiting, free = list(reversed(trials)), list(there)
    running: list[_Running] = []
    while waiting or running:
        while waiting and free:
            running.append(_Running(waiting.pop(), free.pop()))
        wait([one.process.sentinel for one in running], timeout=1)
        for one in [one for one in running if one.has_ended(limit)]:
            running.remove(one)
            yield one.close()
            free.append(one.copy)


class _Running:
    """One trial under way."""

    def __init__(self, trial: Trial, copy: Path) -> None:
        self.copy, self._trial, self._begun = copy, trial, time.monotonic()
        self._before = {name: (copy / name).read_text("utf-8") for name in trial.texts}
        self._log = copy.with_suffix(".log")
        self._put(trial.texts)
        self.process = _FORK.Process(target=_run, args=(copy, trial, self._log))
        self.process.start()

    def has_ended(self, limit: float) -> bool:
        return not self.process.is_alive() or time.monotonic() > self._begun + limit

    def close(self) -> Tried:
        ended = self.process.exitcode
        if ended is None and self.process.pid:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.join()
        self._put(self._before)
        told = self._log.read_text("utf-8", "replace")
        return Tried(self._trial, ended, time.monotonic() - self._begun, told)

    def _put(self, texts: Mapping[str, str]) -> None:
        for name, text in texts.items():
            (self.copy / name).write_text(text, "utf-8")


def _run(copy: Path, trial: Trial, log: Path) -> None:
    """What the forked process does: the tests of a copy, which finds none but its own modules."""
    os.setsid()
    os.chdir(copy)
    handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(handle, 1)
    os.dup2(handle, 2)
    sys.path[:] = [str(copy), *(one for one in sys.path if not Path(one, "mirror").is_dir())]
    for name in [name for name in sys.modules if name.partition(".")[0] == "tests"]:
        del sys.modules[name]
    os.environ["PYTHONPATH"], os.environ["PYTHONDONTWRITEBYTECODE"] = str(copy), "1"
    sys.dont_write_bytecode = True
    ours = ["-c", "pyproject.toml", "--rootdir", ".", "-p", "no:cacheprovider", "-rfE"]
    told = ["--tb=short", "--disable-warnings"]
    code = pytest.main([*ours, *told, *([] if trial.to_the_end else ["-x"]), *trial.tests])
    sys.stdout.flush()
    os._exit(int(code))  # whatever a fault left running is not waited for
