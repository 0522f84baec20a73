"""The sandbox's customers and what they do, listed in order while they keep changing."""

import threading
import time
from collections.abc import Callable

from connector.sandbox import activity
from connector.sandbox.listing import (
    BEGINNING,
    STREAMS,
    Found,
    Listing,
    Order,
    Place,
    Shelf,
    State,
    Stream,
)
from connector.sandbox.timeline import (
    FIRST_ID,
    FIXED,
    LAST,
    SECOND_US,
    TOUCHED,
    UNTOUCHED,
    Change,
    Recency,
    Sighting,
    Story,
    Timeline,
    after,
    change,
)


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
        self._clock = clock
        self._opened = clock()
        self._recency = Recency(customers, int(self._opened * SECOND_US))
        self._streams = {name: Stream(name, seed, self._recency) for name in STREAMS}
        self._last_change = max(LAST, self._recency.today + FIXED)
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
        with self._lock:
            self._catch_up()
            return self._present(customer_id - FIRST_ID)

    def activity(
        self, stream: str, since: int | None, after: tuple[int, int] | None, limit: int
    ) -> Shelf:
        """Up to ``limit`` entries of a stream behind a position (updated_at in µs, id).

        The listing begins at the first entry changed at or after ``since``. An entry that changes
        while it is being read moves to its end and is met again.
        """
        with self._lock:
            self._catch_up()
            found = self._streams[stream].page(
                since or 0, after or (0, 0), limit + 1, self._present
            )
        return Shelf(tuple(found[:limit]), len(found) > limit)

    def entry(self, stream: str, external_id: int) -> Found | None:
        """The entry of a stream with this id, or None when it never was or is no more."""
        index = activity.owner(external_id)
        with self._lock:
            self._catch_up()
            seen = self._present(index)
        entries = self._streams[stream].entries(seen) if seen else ()
        alike = (Found(index, entry) for entry in entries)
        return next((found for found in alike if found.position[1] == external_id), None)

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

    def _present(self, index: int) -> Sighting | None:
        known = 0 <= index < self._known and not self._story(index).gone
        return self._sight(index) if known else None

    def _sight(self, index: int) -> Sighting:
        story = self._story(index)
        listed_at = story.created_at or self._timeline.at(index)
        active_at = story.created_at or self._recency.at(index)
        updated_at = story.changed_at or listed_at
        return Sighting(index, story, updated_at, listed_at, active_at, self._recency.today)

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
        for name in TOUCHED.get(kind, ()):
            self._streams[name].enter(index, now)

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
