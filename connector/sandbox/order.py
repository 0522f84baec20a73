"""The order of a listing, ``(updated_at, id)``, kept without holding the customers.

Untouched customers are a walk over the timeline's indices and take no memory. Whoever changed has
left that walk and stands in a second one, behind it, by the time of the last change.
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator

import msgspec

from connector.sandbox.timeline import Timeline


class Place(msgspec.Struct, frozen=True):
    """A point between two customers: an index into each of the two walks."""

    base: int
    moved: int


BEGINNING = Place(0, 0)


class Order:
    """Who is listed, and in which order."""

    def __init__(self, timeline: Timeline) -> None:
        self.timeline = timeline
        self._left: list[int] = []  # indices that left the timeline, ascending
        self._at: list[int] = []  # when the moved last changed, strictly ascending
        self._who: list[int] = []  # their indices, side by side with _at

    def leave(self, index: int, changed_at: int) -> None:
        """Take a customer out; ``changed_at`` is 0 for one still on the timeline."""
        if changed_at == 0:
            insort(self._left, index)
            return
        place = bisect_left(self._at, changed_at)
        del self._at[place], self._who[place]

    def enter(self, index: int, now: int) -> None:
        """Put a customer at the end; ``now`` (µs) must be later than any before it."""
        self._at.append(now)
        self._who.append(index)

    def since(self, instant_us: int) -> Place:
        """Before the first customer changed at or after an instant."""
        return Place(self.timeline.first_at_or_after(instant_us), bisect_left(self._at, instant_us))

    def beyond(self, instant_us: int, index: int) -> Place:
        """Behind the position of a customer, wherever that customer is now."""

        def position(candidate: int) -> tuple[int, int]:
            return self.timeline.at(candidate), candidate

        everybody = range(self.timeline.customers)
        base = bisect_right(everybody, (instant_us, index), key=position)
        return Place(base, bisect_right(self._at, instant_us))

    def skip(self, start: Place, count: int) -> Place:
        """``count`` customers further on than ``start``."""

        def passed(index: int) -> int:
            return self._untouched(start.base, index + 1)

        end = self.timeline.customers
        base = bisect_right(range(end), count, lo=start.base, key=passed)
        return Place(base, start.moved + count - self._untouched(start.base, base))

    def count(self, start: Place) -> int:
        """How many customers are listed from ``start`` on."""
        untouched = self._untouched(start.base, self.timeline.customers)
        return untouched + max(0, len(self._at) - start.moved)

    def walk(self, start: Place) -> Iterator[int]:
        """The indices from ``start`` on; nothing may move while it is being walked."""
        base = start.base
        for position in range(bisect_left(self._left, base), len(self._left)):
            yield from range(base, self._left[position])
            base = self._left[position] + 1
        yield from range(base, self.timeline.customers)
        for position in range(start.moved, len(self._who)):
            yield self._who[position]

    def _untouched(self, start: int, end: int) -> int:
        """How many customers are still on the timeline from index ``start`` up to ``end``."""
        return end - start - bisect_left(self._left, end) + bisect_left(self._left, start)
