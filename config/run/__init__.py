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
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Self

from config.settings import VARIABLE

WARNED = "ESPELHO_WARNED"
"""Set for processes whose settings were judged by the one that starts them."""
_RESTART_AFTER_S = 2.0
_STOP_WITHIN_S = 15.0
_LOOK_EVERY_S = 0.2


class Child:
    """One process that is to run as long as the installation does."""

    def __init__(self, name: str, arguments: Sequence[str], settings_file: Path) -> None:
        self.name = name
        self._command = [sys.executable, "-m", "config", *arguments]
        self._environment = {**os.environ, VARIABLE: str(settings_file), WARNED: "1"}
        self._died_at = 0.0
        self._process = self._start()

    def keep_alive(self) -> None:
        """Start it again when it has ended, not more often than every two seconds."""
        if self._process.poll() is None:
            return
        if not self._died_at:
            self._clear_away()
            self._died_at = time.monotonic()
            print(
                f"espelho: the {self.name} ended ({self._process.returncode}); starting it again",
                file=sys.stderr,
            )
        elif time.monotonic() - self._died_at > _RESTART_AFTER_S:
            self._died_at = 0.0
            self._process = self._start()

    def exit_code(self) -> int | None:
        """How it ended; None while it runs."""
        return self._process.poll()

    def ask_to_end(self) -> None:
        """Send it SIGTERM."""
        if self._process.poll() is None:
            self._process.terminate()

    def wait(self) -> None:
        """Return when it has ended; insist after fifteen seconds."""
        try:
            self._process.wait(_STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._clear_away()

    def _clear_away(self) -> None:
        # A process that was killed leaves its own children behind, at work and on its port.
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def _start(self) -> "subprocess.Popen[bytes]":
        # A session of its own: Ctrl-C reaches it through us, once.
        return subprocess.Popen(self._command, env=self._environment, start_new_session=True)  # noqa: S603 - our own interpreter and module


class Installation:
    """Processes that end together, whatever way the block around them is left.

    SIGTERM and SIGINT only set ``asked_to_end``: an exception in the middle of starting a process
    would leave it behind.
    """

    def __init__(self) -> None:
        self.asked_to_end = False
        self._children: list[Child] = []

    def __enter__(self) -> Self:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._ask_to_end)
        return self

    def __exit__(self, *_: object) -> None:
        for child in reversed(self._children):
            child.ask_to_end()
        for child in self._children:
            child.wait()

    def add(self, child: Child) -> None:
        """Keep this one too."""
        self._children.append(child)

    def finish(self, child: Child) -> int | None:
        """Wait until ``child`` has ended; its exit code, None when asked to end before that."""
        self._children.append(child)
        while not self.asked_to_end:
            code = child.exit_code()
            if code is not None:
                self._children.remove(child)
                return code
            time.sleep(_LOOK_EVERY_S)
        return None

    def run(self) -> None:
        """Keep the children alive until asked to end."""
        while not self.asked_to_end:
            for child in self._children:
                child.keep_alive()
            time.sleep(_LOOK_EVERY_S)

    def _ask_to_end(self, number: int, frame: FrameType | None) -> None:
        self.asked_to_end = True
