"""Keeps to the requests that a master allows a second, a minute, a day."""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable

from connector.problems import Unreachable

_LONGEST_S = 600
"""A longer wait would hold up every other source."""


class Budget:
    """Waits until another request fits into every window.

    ``windows``: seconds and how many requests they allow. Counted since this process began.
    """

    def __init__(
        self,
        windows: Iterable[tuple[float, int]],
        sleep: Callable[[float], None] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._taken = 0
        self._windows = list(windows)
        self._sent: deque[float] = deque(maxlen=max((most for _, most in self._windows), default=1))
        self._sleep = sleep
        self._turn = threading.Lock()
        self._monotonic = monotonic

    def take(self) -> int:
        """Return once a request may be sent, with its number; threads wait their turn."""
        with self._turn:
            if (wait := self._wait()) > _LONGEST_S:
                raise Unreachable(
                    "The day's requests of this source are used up: the next may be sent in "
                    f"{wait / 3600:.0f} h. What was read is kept."
                )
            if wait:
                self._sleep(wait)
            self._sent.append(self._monotonic())
            self._taken += 1
            return self._taken

    def _wait(self) -> float:
        now, longest = self._monotonic(), 0.0
        for seconds, most in self._windows:
            if len(self._sent) >= most:
                longest = max(longest, self._sent[-most] + seconds - now)
        return longest
