"""Keeps an installation's processes alive: the web and the connector, apart from each other.

A fault of one does not touch the other: with the connector dead the pages go on, and say how old
the copy is.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from config.settings import VARIABLE

_RESTART_AFTER_S = 2.0
_STOP_WITHIN_S = 15.0


class Child:
    """One process that is to run as long as the installation does."""

    def __init__(self, name: str, arguments: Sequence[str], settings_file: Path) -> None:
        self.name = name
        self._command = [sys.executable, "-m", "config", *arguments]
        self._environment = {**os.environ, VARIABLE: str(settings_file)}
        self._died_at = 0.0
        self._process = self._start()

    def keep_alive(self) -> None:
        """Start it again when it has ended, not more often than every two seconds."""
        if self._process.poll() is None:
            return
        if not self._died_at:
            self._died_at = time.monotonic()
            print(
                f"espelho: the {self.name} ended ({self._process.returncode}); starting it again",
                file=sys.stderr,
            )
        elif time.monotonic() - self._died_at > _RESTART_AFTER_S:
            self._died_at = 0.0
            self._process = self._start()

    def stop(self) -> None:
        """Ask it to end; insist after fifteen seconds."""
        if self._process.poll() is None:
            self._process.terminate()
        try:
            self._process.wait(_STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._process.kill()

    def _start(self) -> "subprocess.Popen[bytes]":
        # A session of its own: Ctrl-C reaches it through us, once.
        return subprocess.Popen(self._command, env=self._environment, start_new_session=True)  # noqa: S603 - our own interpreter and module


class Ended(Exception):
    """The installation was asked to end."""


def run(children: Sequence[Child]) -> None:
    """Keep the children alive until SIGTERM or SIGINT, then stop them, last started first."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _end)
    try:
        while True:
            for child in children:
                child.keep_alive()
            time.sleep(0.5)
    except Ended:
        for child in reversed(children):
            child.stop()


def _end(number: int, frame: FrameType | None) -> None:
    raise Ended
