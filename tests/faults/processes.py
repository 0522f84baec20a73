"""Watching processes that are meant to run until they are told to end."""

import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

_WITHIN_S = 60


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def answering_at(url: str) -> bool:
    """Whether there is an answer, whatever it is."""
    try:
        urllib.request.urlopen(url, timeout=5).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


def wait_until(
    true: Callable[[], object], process: "subprocess.Popen[str] | subprocess.Popen[bytes]"
) -> None:
    """Return when it is true; fail when the process ends first, or after a minute."""
    until = time.monotonic() + _WITHIN_S
    while not true():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < until, "it took too long"
        time.sleep(0.05)


def children(pid: int) -> set[int]:
    """The processes that this one started."""
    return {child for child, parent in _parents().items() if parent == pid}


def descendants(pid: int) -> set[int]:
    """The processes that this one started, and those that they started."""
    own = children(pid)
    return own.union(*map(descendants, own))


def alive(pids: set[int]) -> set[int]:
    """Those that still run; a zombie does not."""
    return {pid for pid in pids if pid in _parents()}


def _parents() -> dict[int, int]:
    found = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = status.read_text().rpartition(")")[2].split()[:2]
        except OSError:  # it ended just now
            continue
        if state != "Z":
            found[int(status.parent.name)] = int(parent)
    return found
