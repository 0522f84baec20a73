"""The listings of activity, in the order ``(updated_at, id)``, kept without holding any of it.

Untouched customers are walked in the order in which they were last active, each one's entries made
on the way. What a story touched has left its place there and stands behind, by the time of change.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any

import msgspec

from connector.sandbox import wire
from connector.sandbox.activity import Entry
from connector.sandbox.charges import charges
from connector.sandbox.deals import deals
from connector.sandbox.missteps import misstep
from connector.sandbox.orders import orders
from connector.sandbox.recency import Recency
from connector.sandbox.story import FIXED, Sighting
from connector.sandbox.visits import visits

_MAKERS: dict[str, tuple[Callable[[int, Sighting], Sequence[Any]], Callable[..., wire.Record]]] = {
    "orders": (orders, wire.order),
    "payments": (charges, wire.payment),
    "deals": (deals, wire.deal),
    "visits": (visits, wire.visit),
}
STREAMS = tuple(_MAKERS)

Sight = Callable[[int], Sighting | None]
"""The customer of an index, or None when removed."""


class Found(msgspec.Struct, frozen=True):
    """One entry as a listing meets it."""

    index: int
    entry: Any

    @property
    def position(self) -> tuple[int, int]:
        """Where it is listed: ``(updated_at, id)``."""
        return self.entry.updated_at, wire.identifier(self.index, self.entry.number)


def record(stream: str, seed: int, found: Found) -> wire.Record:
    """An entry as the master sends it."""
    sent = _MAKERS[stream][1](seed, found.index, found.entry)
    misstep(stream, sent, found.index, found.entry)
    return sent


class Stream:
    """One listing; ``opened`` fixed customers stand behind the untouched from the start."""

    def __init__(self, name: str, seed: int, recency: Recency) -> None:
        self._entries = _MAKERS[name][0]
        self._seed = seed
        self._recency = recency
        fixed = range(min(FIXED, recency.customers))
        self._at = [recency.at(index) for index in fixed]
        self._who = list(fixed)

    def enter(self, index: int, now: int) -> None:
        """Something of a customer's changed; ``now`` (µs) must be later than any before it."""
        self._at.append(now)
        self._who.append(index)

    def entries(self, seen: Sighting) -> Sequence[Entry]:
        """All that a customer has; that of the fixed ones is the same whatever the seed."""
        return self._entries(0 if seen.index < FIXED else self._seed, seen)

    def page(self, since: int, after: tuple[int, int], limit: int, sight: Sight) -> list[Found]:
        """Up to ``limit`` entries changed at or after ``since`` (µs) and behind a position."""

        @cache
        def known(index: int) -> dict[int, list[Found]]:
            seen, places = sight(index), defaultdict[int, list[Found]](list)
            for entry in self.entries(seen) if seen else ():
                places[entry.updated_at].append(Found(index, entry))
            return places

        listed: list[Found] = []
        for at, index in self._places(max(since, after[0])):
            listed += [found for found in known(index).get(at, ()) if found.position > after]
            if len(listed) >= limit:
                break
        return listed[:limit]

    def _places(self, start: int) -> Iterator[tuple[int, int]]:
        """Instants at or after ``start``, and the customers something of whom stands there."""
        recency = self._recency
        for index in range(recency.first_at_or_after(start), recency.customers):
            yield recency.at(index), index
        for place in range(bisect_left(self._at, start), len(self._at)):
            yield self._at[place], self._who[place]
