"""The sandbox's listings: what is asked of them, in which order they are kept, what they answer."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from struct import Struct
from struct import error as WrongSize  # noqa: N812 -- the module's own name says nothing
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from connector.sandbox import activity
from connector.sandbox.activity import Entry, misstep
from connector.sandbox.deals import deals, visits
from connector.sandbox.orders import charges, orders
from connector.sandbox.timeline import (
    FIXED,
    Recency,
    Sighting,
    Timeline,
    UnreadableInstant,
    instant,
)

DEFAULT_LIMIT = 500
MOST_LIMIT = 1000
_MOST_PAGE = 10**9
_KNOWN = ("limit", "updated_since", "cursor", "page")
_POSITION = Struct(">qq")


class BadParameter(ValueError):
    """A parameter cannot be read; the message says which and what it should be."""


class ListingQuery(msgspec.Struct, frozen=True):
    """A listing's parameters, read."""

    limit: int = DEFAULT_LIMIT
    since: int | None = None
    """Microseconds since 1970, inclusive."""
    since_received: str | None = None
    after: tuple[int, int] | None = None
    """The position of the last customer seen: (updated_at in µs, index)."""
    page: int | None = None


def encode_cursor(updated_at: int, index: int) -> str:
    """The opaque text of a position."""
    return urlsafe_b64encode(_POSITION.pack(updated_at, index)).decode().rstrip("=")


def read_listing_query(query: str) -> ListingQuery:
    """Read a URL's query; raises BadParameter."""
    given = _parameters(query)
    if "cursor" in given and "page" in given:
        raise BadParameter("Send either cursor or page, not both.")
    since = given.get("updated_since")
    return ListingQuery(
        limit=_whole(given, "limit", MOST_LIMIT) or DEFAULT_LIMIT,
        since=None if since is None else _instant(since),
        since_received=since,
        after=_position(given["cursor"]) if "cursor" in given else None,
        page=_whole(given, "page", _MOST_PAGE),
    )


def _parameters(query: str) -> Mapping[str, str]:
    pairs = parse_qsl(query, keep_blank_values=True)
    given = dict(pairs)
    if len(given) < len(pairs):
        raise BadParameter("A parameter was sent twice.")
    if not given.keys() <= set(_KNOWN):
        raise BadParameter(f"Unknown parameter; the known ones are {', '.join(_KNOWN)}.")
    return given


def _whole(given: Mapping[str, str], name: str, most: int) -> int | None:
    text = given.get(name)
    if text is None:
        return None
    digits = text.isascii() and text.isdecimal() and len(text) <= len(str(most))
    if not (digits and 1 <= int(text) <= most):
        raise BadParameter(f"{name} must be a whole number from 1 to {most}.")
    return int(text)


def _instant(text: str) -> int:
    try:
        return instant(text)
    except UnreadableInstant as unreadable:
        raise BadParameter(
            "updated_since must be an ISO 8601 date and time with an offset, its + written %2B."
        ) from unreadable


def _position(text: str) -> tuple[int, int]:
    try:
        packed = urlsafe_b64decode(text + "=" * (-len(text) % 4))
        updated_at, index = _POSITION.unpack(packed)
    except (NotBase64, WrongSize, ValueError) as unreadable:
        raise BadParameter("cursor must be a value of next, unchanged.") from unreadable
    return updated_at, index


# The order of a listing, ``(updated_at, id)``, kept without holding the customers.
#
# Untouched customers are a walk over the timeline's indices and take no memory. Whoever changed
# has left that walk and stands in a second one, behind it, by the time of the last change.


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


# The listings of activity, in the order ``(updated_at, id)``, kept without holding any of it.
#
# Untouched customers are walked in the order in which they were last active, each one's entries
# made on the way. What a story touched has left its place there and stands behind, by the time of
# change.

_MAKERS: dict[
    str, tuple[Callable[[int, Sighting], Sequence[Any]], Callable[..., activity.Record]]
] = {
    "orders": (orders, activity.order),
    "payments": (charges, activity.payment),
    "deals": (deals, activity.deal),
    "visits": (visits, activity.visit),
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
        return self.entry.updated_at, activity.identifier(self.index, self.entry.number)


def record(stream: str, seed: int, found: Found) -> activity.Record:
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


# What the population answers: pages of customers, pages of their activity, its figures.


class Listing(msgspec.Struct, frozen=True):
    """One page: who is on it, whether somebody follows, how many the whole listing has."""

    seen: tuple[Sighting, ...]
    has_more: bool
    total: int


class Shelf(msgspec.Struct, frozen=True):
    """One page of a stream of activity, and whether something follows."""

    found: tuple[Found, ...]
    has_more: bool


class State(msgspec.Struct, frozen=True):
    """How many customers are listed, how many changes happened, how many are removed now."""

    customers: int
    changes: int
    deleted: int
