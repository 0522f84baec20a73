"""When each customer of the untouched register was last changed, and how a master spells it.

The instants never decrease with the index, so the register listed by ``(updated_at, id)`` is a walk
over the indices: a million customers need no sorting and no memory.
"""

from bisect import bisect_left
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from connector.sandbox.dice import scatter

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
