"""Instants as rows keep them, whole microseconds since 1970, and the days they lie in here."""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("America/Sao_Paulo")
"""Days begin here: a standing that moves with the days moves at this zone's midnight."""

HOUR = 3_600_000_000
"""Since 1914 the zone has been whole hours from UTC: an hour lies in one day."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def micros(instant: datetime) -> int:
    """Microseconds since 1970; by a float the last of them would be lost."""
    return (instant - _EPOCH) // _MICROSECOND


def instant_of(microseconds: int) -> datetime:
    """The instant, in UTC."""
    return _EPOCH + microseconds * _MICROSECOND


def local_day(instant: int) -> date:
    """The day of an instant, here."""
    return _day_of_hour(instant // HOUR)


@lru_cache(20_000)
def _day_of_hour(hour: int) -> date:
    return instant_of(hour * HOUR).astimezone(ZONE).date()


@lru_cache(20_000)
def midnight(day: date) -> int:
    """The instant at which a day begins, here."""
    begins = datetime(day.year, day.month, day.day, tzinfo=ZONE)
    return micros(begins)
