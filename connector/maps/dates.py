"""Readers for dates: those that count are right or refuse the record, others are left out."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from connector.maps import values
from connector.maps.expressions import Dialect, Expression
from connector.maps.fields import Reader
from connector.maps.values import Refused

_FIRST, _LAST = date(1890, 1, 1), date(2199, 12, 31)
"""A date outside of these stands for none (the years 1 and 9999 of many programs)."""
_AHEAD = timedelta(days=1)
"""Clocks and zones differ; what is further in the future has not happened."""

_Read = Callable[[Any, list[str]], Any]
"""Reads what was received, where something was; may add flags; raises Refused."""


def counting(path: Expression | None, field: str, dialect: Dialect) -> Reader:
    """The instant something happened, None where nothing is said; raises Refused for any other."""

    def read(received: Any, flags: list[str]) -> datetime:
        found = values.instant(received, field, dialect.zone)
        if not _FIRST <= found.date() <= _LAST:
            raise Refused(field, "out_of_range")
        if found - datetime.now(UTC) > _AHEAD:
            raise Refused(field, "in_the_future")
        return found

    return _where_said(path, dialect, read)


def needed(path: Expression, field: str, dialect: Dialect) -> Reader:
    """The instant something happened; raises Refused where it is not said either."""
    known = counting(path, field, dialect)

    def read(record: dict[str, Any], flags: list[str]) -> datetime:
        found: datetime | None = known(record, flags)
        if found is None:
            raise Refused(field, "missing")
        return found

    return read


def mentioned(path: Expression | None, field: str, dialect: Dialect) -> Reader:
    """An instant that moves nothing: what is none is left out with a flag."""

    def read(received: Any, flags: list[str]) -> datetime | None:
        return _instant(received, field, dialect, flags)

    return _where_said(path, dialect, read)


def bought(path: Expression, field: str, dialect: Dialect) -> Reader:
    """The instant of the last purchase; one in the future is kept with a flag."""

    def read(received: Any, flags: list[str]) -> datetime | None:
        found = _instant(received, "last_purchase", dialect, flags)
        if found and found > datetime.now(UTC) + _AHEAD:
            flags.append("last_purchase_future")
        return found

    return _where_said(path, dialect, read)


def day(path: Expression, field: str, dialect: Dialect) -> Reader:
    """A calendar day, past or to come; what is none is left out with a flag."""
    return _day(path, field, dialect, lambda: _LAST)


def past_day(path: Expression, field: str, dialect: Dialect) -> Reader:
    """A calendar day between 1890 and tomorrow; any other is left out with a flag."""
    # A source stays open for weeks: tomorrow is reckoned from the day of reading.
    return _day(path, field, dialect, lambda: datetime.now(UTC).date() + _AHEAD)


def _day(path: Expression, field: str, dialect: Dialect, last: Callable[[], date]) -> Reader:
    def read(received: Any, flags: list[str]) -> date | None:
        found = values.day(received, dialect.zone)
        if found is None or not _FIRST <= found <= last():
            flags.append(f"{field}_invalid")
            return None
        return found

    return _where_said(path, dialect, read)


def _where_said(path: Expression | None, dialect: Dialect, read: _Read) -> Reader:
    get = dialect.getter(path or "")

    def reading(record: dict[str, Any], flags: list[str]) -> Any:
        received = get(record)
        return None if received is None or received == "" else read(received, flags)

    return reading


def _instant(received: Any, field: str, dialect: Dialect, flags: list[str]) -> datetime | None:
    try:
        found = values.instant(received, field, dialect.zone)
    except Refused:
        found = None
    if found is None or not _FIRST <= found.date() <= _LAST:
        flags.append(f"{field}_invalid")
        return None
    return found
