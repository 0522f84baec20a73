"""The sandbox's customers, listed in order while they keep changing."""

import threading
import time
from collections.abc import Callable

import msgspec

from connector.sandbox.order import BEGINNING, Order, Place
from connector.sandbox.story import (
    FIRST_ID,
    FIXED,
    UNTOUCHED,
    Change,
    Sighting,
    Story,
    after,
    change,
)
from connector.sandbox.timeline import LAST, SECOND_US, Timeline


class Listing(msgspec.Struct, frozen=True):
    """One page: who is on it, whether somebody follows, how many the whole listing has."""

    seen: tuple[Sighting, ...]
    has_more: bool
    total: int


class State(msgspec.Struct, frozen=True):
    """How many customers are listed, how many changes happened, how many are removed now."""

    customers: int
    changes: int
    deleted: int


class Population:
    """Customers that change, safe to share between threads.

    ``clock`` gives seconds since 1970. Changes that fell due happen at the next look, each at the
    time it fell due; changes asked for happen now. No two changes share an instant.
    """

    def __init__(
        self,
        customers: int,
        seed: int,
        *,
        changes_per_minute: float = 0.0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.seed = seed
        self._timeline = Timeline(customers, seed)
        self._order = Order(self._timeline)
        self._known = customers
        self._stories: dict[int, Story] = {}
        self._gone: list[int] = []
        self._changes = 0
        self._last_change = LAST
        self._clock = clock
        self._opened = clock()
        self._rate = changes_per_minute / 60
        self._due_applied = 0
        self._lock = threading.Lock()

    def change(self, count: int) -> State:
        """Let ``count`` changes happen now."""
        with self._lock:
            self._catch_up()
            for _ in range(count):
                self._happen(self._clock())
            return self._state()

    def state(self) -> State:
        """The figures of this moment."""
        with self._lock:
            self._catch_up()
            return self._state()

    def find(self, customer_id: int) -> Sighting | None:
        """The customer with this id, or None when it never was or is no more."""
        index = customer_id - FIRST_ID
        with self._lock:
            self._catch_up()
            known = 0 <= index < self._known and not self._story(index).gone
            return self._sight(index) if known else None

    def listing(self, since: int | None, after: tuple[int, int] | None, limit: int) -> Listing:
        """Up to ``limit`` customers behind a position (updated_at in µs, index).

        The listing begins at the first customer changed at or after ``since``. Whoever changes
        while it is being read moves to its end and is met again.
        """
        with self._lock:
            self._catch_up()
            opening = self._opening(since)
            start = opening
            if after is not None:
                beyond = self._order.beyond(*after)
                start = Place(max(beyond.base, opening.base), max(beyond.moved, opening.moved))
            return self._listing(opening, start, limit)

    def numbered(self, since: int | None, page: int, limit: int) -> Listing:
        """The ``page``-th page, from 1, as things stand: pages shift when customers change."""
        with self._lock:
            self._catch_up()
            opening = self._opening(since)
            return self._listing(opening, self._order.skip(opening, (page - 1) * limit), limit)

    def _opening(self, since: int | None) -> Place:
        return BEGINNING if since is None else self._order.since(since)

    def _listing(self, opening: Place, start: Place, limit: int) -> Listing:
        walk = self._order.walk(start)
        seen = tuple(self._sight(index) for _, index in zip(range(limit), walk, strict=False))
        has_more = self._order.count(start) > len(seen)
        return Listing(seen, has_more, self._order.count(opening))

    def _state(self) -> State:
        return State(self._order.count(BEGINNING), self._changes, len(self._gone))

    def _story(self, index: int) -> Story:
        return self._stories.get(index, UNTOUCHED)

    def _sight(self, index: int) -> Sighting:
        story = self._story(index)
        listed_at = story.created_at or self._timeline.at(index)
        return Sighting(index, story, story.changed_at or listed_at, listed_at)

    def _catch_up(self) -> None:
        due = int((self._clock() - self._opened) * self._rate)
        for number in range(self._due_applied + 1, due + 1):
            self._happen(self._opened + number / self._rate)
        self._due_applied = max(due, self._due_applied)

    def _happen(self, seconds: float) -> None:
        now = self._last_change = max(int(seconds * SECOND_US), self._last_change + 1)
        happening = change(self.seed, self._changes)
        self._changes += 1
        index, kind = self._whom(happening)
        story = self._story(index)
        if not story.gone and index < self._known:
            self._order.leave(index, story.changed_at)
        if kind == "creation":
            self._known += 1
        told = self._stories[index] = after(story, kind, now)
        if not told.gone:
            self._order.enter(index, now)

    def _whom(self, happening: Change) -> tuple[int, str]:
        """To whom a change happens, and as what: a removed customer can only return."""
        if happening.steady:
            return 0, happening.kind
        if happening.kind == "creation" or self._known <= FIXED:
            return self._known, "creation"
        index = FIXED + happening.lot % (self._known - FIXED)
        if self._gone and (happening.kind == "return" or self._story(index).gone):
            return self._returning(happening.lot), "return"
        if happening.kind == "removal":
            self._gone.append(index)
        return index, "purchase" if happening.kind == "return" else happening.kind

    def _returning(self, lot: int) -> int:
        place = lot % len(self._gone)
        self._gone[place], self._gone[-1] = self._gone[-1], self._gone[place]
        return self._gone.pop()
