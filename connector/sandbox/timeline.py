"""When each customer came, last bought and was changed, and what happens next.

The instants never decrease with the index, so the register listed by ``(updated_at, id)`` is a walk
over the indices: a million customers need no sorting and no memory.
"""

from bisect import bisect_left
from datetime import UTC, datetime, timedelta
from functools import lru_cache

import msgspec

from connector.sandbox.brazil import Roll, roller, scatter

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
SECOND_US = 1_000_000
DAY_US = 86_400 * SECOND_US

MOST_CUSTOMERS = 10_000_000
"""Above this, two neighbours could fall in the same second and the order would need care."""

_IMPORT_EVERY = 10_000
_IMPORT_FROM, _IMPORT_UNTIL = 4_000, 5_500
_SMALL_EVERY = 100
_SMALL_FROM, _SMALL_UNTIL = 40, 47

_TWO = tuple(f"{number:02d}" for number in range(60))
_MINUTES = tuple(f"T{number // 60:02d}:{number % 60:02d}:" for number in range(1_440))
_SUMMER = -2
_OFFSETS = (
    *((("-03:00", -3),) * 12),
    *((("Z", 0),) * 3),
    *((("+00:00", 0),) * 2),
    *((("-02:00", _SUMMER),) * 3),
)


class UnreadableInstant(ValueError):
    """The text is not an ISO 8601 date and time with an offset."""


def instant(text: str) -> int:
    """Microseconds since 1970 of an ISO 8601 text with any offset and any fraction digits."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as unreadable:
        raise UnreadableInstant from unreadable
    if moment.tzinfo is None:
        raise UnreadableInstant
    return (moment - EPOCH) // MICROSECOND


FIRST = instant("2016-01-01T00:00:00-03:00")
LAST = instant("2026-10-31T23:59:59-03:00")
LAST_DAY = LAST // DAY_US
_SPAN_S = (LAST - FIRST) // SECOND_US


def _anchor(index: int) -> int:
    """The index whose instant this one shares: bulk imports touch many customers at once."""
    if _IMPORT_FROM <= index % _IMPORT_EVERY < _IMPORT_UNTIL:
        return index - index % _IMPORT_EVERY + _IMPORT_FROM
    if _SMALL_FROM <= index % _SMALL_EVERY < _SMALL_UNTIL:
        return index - index % _SMALL_EVERY + _SMALL_FROM
    return index


class Timeline:
    """The instants of ``customers`` untouched customers, 1 to ``MOST_CUSTOMERS``."""

    def __init__(self, customers: int, seed: int) -> None:
        if not 1 <= customers <= MOST_CUSTOMERS:
            raise ValueError(f"A sandbox has from 1 to {MOST_CUSTOMERS} customers.")
        self.customers = customers
        self._seed = seed

    def at(self, index: int) -> int:
        """When customer ``index`` was last changed: microseconds since 1970, never decreasing."""
        anchor = _anchor(index)
        second = FIRST + _SPAN_S * anchor // self.customers * SECOND_US
        scattered = scatter(self._seed, anchor)
        kind = scattered % 3
        if kind == 0 or anchor % _IMPORT_EVERY == _IMPORT_FROM:
            return second
        fraction = (scattered >> 2) % SECOND_US
        return second + (fraction if kind == 1 else fraction - fraction % 1000)

    def first_at_or_after(self, instant_us: int) -> int:
        """The first index changed at or after an instant; ``customers`` when there is none."""
        return bisect_left(range(self.customers), instant_us, key=self.at)


def spell(instant_us: int, taste: int) -> str:
    """An instant as ISO 8601 text; ``taste`` chooses among the spellings masters mix.

    Fractions have 0, 3 or 6 digits, never fewer than the instant needs.
    """
    offset, hours = _OFFSETS[taste % len(_OFFSETS)]
    if hours == _SUMMER and not _summer_time(spell_day(instant_us // DAY_US)):
        offset, hours = _OFFSETS[0]
    seconds, fraction = divmod(instant_us, SECOND_US)
    return _to_the_second(seconds + hours * 3600) + _spell_fraction(fraction, taste // 32) + offset


def spell_short(instant_us: int) -> str:
    """An instant to the second in Brasília's time."""
    return _to_the_second(instant_us // SECOND_US - 3 * 3600) + "-03:00"


@lru_cache(maxsize=50_000)
def spell_day(day: int) -> str:
    """The date so many days after 1970-01-01, ``YYYY-MM-DD``."""
    return (EPOCH + timedelta(days=day)).date().isoformat()


def _to_the_second(seconds: int) -> str:
    day, second = divmod(seconds, 86_400)
    minute, second = divmod(second, 60)
    return f"{spell_day(day)}{_MINUTES[minute]}{_TWO[second]}"


def _spell_fraction(fraction: int, taste: int) -> str:
    if fraction % 1000 or taste % 4 == 0:
        return f".{fraction:06d}"
    if fraction or taste % 4 == 1:
        return f".{fraction // 1000:03d}"
    return ""


def _summer_time(day: str) -> bool:
    """Whether São Paulo's clocks were surely ahead: last in February 2019 (Decreto 9.772/2019)."""
    return day < "2019-02" and day[5:7] in ("11", "12", "01")


# What has happened to one customer since the register was first listed, and what happens next.

FIRST_ID = 100_001
FIXED = 2
"""Customers 0 and 1 are the same people in every sandbox and are never removed."""

_STEADY_EVERY = 10
_STEADY = ("purchase", "delivery", "payment")


class Event(msgspec.Struct, frozen=True):
    """Something a customer did, or that was done about what they did."""

    kind: str
    at: int
    """Microseconds since 1970."""
    version: int
    """The customer's after it: no two events of a customer have the same."""


class Story(msgspec.Struct, frozen=True):
    """All that tells a customer from the untouched one of the same index.

    Each of the six words from ``phone`` on holds the version at which that part of the record last
    changed, 0 for never: the part is drawn anew from that version, so a record needs no memory of
    its values.
    """

    version: int = 1
    changed_at: int = 0
    """Microseconds since 1970; 0: still where the timeline put it."""
    created_at: int = 0
    """Microseconds since 1970; 0: part of the register from the start."""
    bought_at: int = 0
    purchases: int = 0
    gone: bool = False
    phone: int = 0
    email: int = 0
    address: int = 0
    status: int = 0
    name: int = 0
    document: int = 0
    events: tuple[Event, ...] = ()
    """What changed orders, payments, deals or visits, the oldest first."""


UNTOUCHED = Story()

_KINDS = (
    ("purchase",) * 34
    + ("delivery",) * 8
    + ("payment",) * 5
    + ("deal",) * 3
    + ("phone",) * 10
    + ("email",) * 8
    + ("address",) * 8
    + ("status",) * 8
    + ("name",) * 3
    + ("document",) * 2
    + ("creation",) * 7
    + ("removal",) * 3
    + ("return",) * 1
)

TOUCHED: dict[str, tuple[str, ...]] = {
    "purchase": ("orders", "payments", "visits"),
    "delivery": ("orders",),
    "payment": ("payments",),
    "deal": ("deals",),
    "return": ("orders", "payments", "deals", "visits"),
}
"""The streams in which a change of a kind is seen, besides the customers' own."""


class Sighting(msgspec.Struct, frozen=True):
    """One customer as a listing meets it; instants in microseconds since 1970."""

    index: int
    story: Story
    updated_at: int
    listed_at: int
    """When it first took its place in the listing; never moves."""
    active_at: int
    """When it was last active before the story begins, and the listings of activity have it."""
    today: int
    """The midnight before the sandbox opened: what is due is due by this day."""


class Change(msgspec.Struct, frozen=True):
    """The ``k``-th thing that happens: a kind, and a number that picks to whom."""

    kind: str
    lot: int
    steady: bool
    """For the first customer, whatever the lot: a newcomer sees a change soon."""


def change(seed: int, number: int) -> Change:
    """The change ``number`` (from 0) of the sandbox with this seed."""
    if number % _STEADY_EVERY == 0:
        return Change(_STEADY[number // _STEADY_EVERY % len(_STEADY)], 0, steady=True)
    roll = roller(b"change", seed, number)
    return Change(_KINDS[roll() % len(_KINDS)], roll() << 32 | roll() << 16 | roll(), steady=False)


def after(story: Story, kind: str, now: int) -> Story:
    """The story once a change of ``kind`` happened at ``now`` (microseconds since 1970)."""
    if kind == "creation":
        return Story(changed_at=now, created_at=now)
    version, events = story.version + 1, story.events
    if kind in TOUCHED:
        events += (Event(kind, now, version),)
    told = msgspec.structs.replace(story, version=version, changed_at=now, events=events)
    if kind == "purchase":
        return msgspec.structs.replace(told, bought_at=now, purchases=story.purchases + 1)
    if kind in ("removal", "return"):
        return msgspec.structs.replace(told, gone=kind == "removal")
    return told if kind in TOUCHED else msgspec.structs.replace(told, **{kind: version})


# When each untouched customer was last active: the newer in the register, the more recently.
#
# Counted back from the midnight before the sandbox opened, so that on any day some bought last
# week and some have not for years. The instants never decrease with the index, and are never
# before the customer's own place in the timeline: streams of activity are a walk over the indices
# as well.

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


# How long somebody has been a customer, and when they last bought, before the story begins.


def past(seed: int, seen: Sighting) -> tuple[int, int]:
    """When a customer was registered and when they last bought, 0 for never."""
    return drawn(roller(b"dealings", seed, seen.index), seen)


def drawn(roll: Roll, seen: Sighting) -> tuple[int, int]:
    """The same, from the first draws of ``roll``, whatever is drawn from it after that."""
    created_at = seen.story.created_at or seen.listed_at - _age(roll)
    lot = roll()
    if seen.story.created_at or lot % 4 == 0:
        return created_at, 0
    return created_at, max(created_at, seen.active_at - _quiet(lot, seen.active_at - created_at))


def _age(roll: Roll) -> int:
    """How long before its last change a customer was registered: one in eight was never changed."""
    return 0 if roll() % 8 == 0 else roll() % 1500 * DAY_US + roll() * SECOND_US


def _quiet(lot: int, known_for: int) -> int:
    """How long before their last activity somebody bought: days, weeks, or any time at all."""
    longest = (2 * DAY_US, 40 * DAY_US, known_for)[lot % 4 - 1]
    return max(0, longest) * lot >> 16
