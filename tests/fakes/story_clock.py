"""One clock for a whole story: the master's, the mirror's, the rules' and the pages'.

It stands still until somebody moves it. Sessions of staff keep the machine's own: who looks at a
page is signed in, however many months the story takes.
"""

import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

import pytest

from mirror.store import progress
from tests.fakes.fake_master import START, Time

_OWN = ("connector", "mirror", "web")
_APART = ("web.accounts.session", "web.accounts.staff")
_BY_DATETIME = (
    "connector.mapping.fields",
    "web.look.masked",
    "web.look.formats",
    "web.operations",
)
"""Modules that ask the time of `datetime` itself."""


class Clock(Time):
    """``at`` is the instant it is now; waiting for the master moves only the stopwatch."""

    def __init__(self, at: datetime = START) -> None:
        super().__init__()
        self.at = at

    @property
    def wall(self) -> datetime:
        return self.at

    def micros(self) -> int:
        """As the mirror counts."""
        return int(self.at.timestamp() * 1_000_000)

    def move(self, **by: float) -> None:
        """So much later: ``days``, ``hours``, ``minutes``."""
        self.at += timedelta(**by)

    def stamp(self) -> str:
        """As a master writes it."""
        return self.at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def set_everywhere(clock: Clock, patch: pytest.MonkeyPatch) -> None:
    """Whoever asks what time it is is told this clock's."""
    asked = progress.now_us
    for name, module in list(sys.modules.items()):
        ours = name.partition(".")[0] in _OWN and name not in _APART
        if ours and getattr(module, "now_us", None) is asked:
            patch.setattr(module, "now_us", clock.micros)
    for name in _BY_DATETIME:
        patch.setattr(sys.modules[name], "datetime", _telling(lambda: clock.at))


def _telling(now: Callable[[], datetime]) -> Any:
    class Told(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return now().astimezone(tz)

    return Told
