"""What must be true of every case, whatever it is: the catalogue's global assertions."""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.fakes.looking import history, point
from tests.faults import invariants
from tests.hostile.scene import TOKEN, Scene

MOST_GROWTH_KB = 64 * 1024
ALWAYS = {
    TOKEN,
    "canary.invalid",
    "p@ss",
    "52998224725",
    "529.982.247-25",
    "onerror=",
    "DROP TABLE",
}


@contextmanager
def guarded(scene: Scene, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Play a case inside: in bounds, leaving the mirror whole and nothing in the logs.

    That it ends at all is seen to by the limit that every test has.
    """
    listen(caplog)
    with _bounded_memory():
        yield
    invariants.check(scene.db)
    check_silence(scene, caplog.text)
    for asked in [*scene.earlier, *scene.asked]:
        assert "cookie" not in asked.headers
        assert "x-evil" not in asked.headers


def listen(caplog: pytest.LogCaptureFixture) -> None:
    """Capture what a log could show: libraries from WARNING on, ours from the beginning."""
    caplog.set_level(logging.WARNING)
    for ours in ("espelho", "connector", "mirror", "web", "config"):
        caplog.set_level(logging.DEBUG, ours)


def check_silence(scene: Scene, logged: str) -> None:
    """Neither a log, nor a sentence of a run, nor a problem repeats what was sent."""
    told = [logged, *scene.sentences, point(scene.db).problem or ""]
    told += [run.sentence for run in history(scene.db)] + list(scene.refused().values())
    for text in ALWAYS | scene.said:
        assert not [one for one in told if text in one], f"{text!r} was repeated"


@contextmanager
def _bounded_memory() -> Iterator[None]:
    # The kernel's own high-water mark, set back to what is used now.
    Path("/proc/self/clear_refs").write_text("5")
    before = _kilobytes("VmRSS")
    yield
    grown = _kilobytes("VmHWM") - before
    assert grown < MOST_GROWTH_KB, f"memory grew by {grown} KB"


def _kilobytes(name: str) -> int:
    status = Path("/proc/self/status").read_text("utf-8")
    found = re.search(rf"^{name}:\s+(\d+) kB$", status, re.MULTILINE)
    assert found, "a case can only be measured on Linux"
    return int(found[1])
