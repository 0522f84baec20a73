"""When each untouched customer was last active: the newer in the register, the more recently.

Counted back from the midnight before the sandbox opened, so that on any day some bought last week
and some have not for years. The instants never decrease with the index, and are never before the
customer's own place in the timeline: streams of activity are a walk over the indices as well.
"""

from bisect import bisect_left

from connector.sandbox.story import FIXED
from connector.sandbox.timeline import DAY_US, SECOND_US

_OLD, _RECENT = 1_500 * DAY_US, 60 * DAY_US
_OLD_PER_MILLE = 300
_BRASILIA = 3 * 3_600 * SECOND_US


def midnight(instant_us: int) -> int:
    """The midnight before an instant, in Brasília's time."""
    return instant_us - (instant_us - _BRASILIA) % DAY_US


def day_of(instant_us: int) -> int:
    """The day of an instant in Brasília's time, in days since 1970-01-01."""
    return (instant_us - _BRASILIA) // DAY_US


class Recency:
    """The instants of ``customers`` untouched customers, in microseconds since 1970."""

    def __init__(self, customers: int, opened: int) -> None:
        self.customers = customers
        self.today = midnight(opened)
        self._turn = customers * _OLD_PER_MILLE // 1000
        self._newer = customers - self._turn

    def at(self, index: int) -> int:
        """When customer ``index`` was last active; the two fixed ones are after everybody else."""
        if index < FIXED:
            return self.today + index
        if index < self._turn:
            return self.today - _OLD + (_OLD - _RECENT) * index // self._turn
        return self.today - _RECENT * (self.customers - index) // self._newer

    def first_at_or_after(self, instant_us: int) -> int:
        """The first index active at or after an instant, the fixed ones left out."""
        return bisect_left(range(self.customers), instant_us, lo=FIXED, key=self.at)
