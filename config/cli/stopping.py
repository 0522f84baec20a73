"""Ctrl-C during a sync: the page under way is finished, and what was read is kept."""

import os
import signal
from types import FrameType
from typing import Self

from connector.problems import MasterProblem

_STDERR = 2
_NOTICE = b"Stopping after the page under way. Ctrl-C once more stops at once.\n"


class Stopped(MasterProblem):
    """A person ended the run; like a fault of the master it keeps what was read before."""


class CtrlC:
    """Within the block the first Ctrl-C is only noted; the second is a KeyboardInterrupt.

    An exception in the middle of a transaction would cost the batch that is open.
    """

    def __init__(self) -> None:
        self.pressed = False

    def __enter__(self) -> Self:
        self._before = signal.signal(signal.SIGINT, self._note)
        return self

    def __exit__(self, *_: object) -> None:
        signal.signal(signal.SIGINT, self._before)

    def check(self, kept: str) -> None:
        """Raise Stopped, which tells what is ``kept``, when Ctrl-C was pressed."""
        if self.pressed:
            raise Stopped(f"Stopped by Ctrl-C. {kept}")

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.pressed = True
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.write(_STDERR, _NOTICE)  # the streams of Python may be in the middle of a line
