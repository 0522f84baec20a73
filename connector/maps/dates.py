"""Readers for the dates of what customers do: those that count are right or refuse the record."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from connector.maps import values
from connector.maps.expressions import Dialect, Expression
from connector.maps.fields import Reader
from connector.maps.values import Refused

_OLDEST, _LATEST = date(1890, 1, 1), date(2200, 1, 1)
"""A date outside of these stands for none (the years 1 and 9999 of many programs)."""
_AHEAD = timedelta(days=1)
"""Clocks and zones differ; what is further in the future has not happened."""


def counting(path: Expression | None, field: str, dialect: Dialect) -> Reader:
    """The instant something happened, None where nothing is said; raises Refused for any other."""
    get = dialect.getter(path or "")

    def read(record: dict[str, Any], flags: list[str]) -> datetime | None:
        received = get(record)
        if received is None or received == "":
            return None
        found = values.instant(received, field, dialect.zone)
        if not _OLDEST <= found.date() < _LATEST:
            raise Refused(field, "out_of_range")
        if found - datetime.now(UTC) > _AHEAD:
            raise Refused(field, "in_the_future")
        return found

    return read


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
    get = dialect.getter(path or "")

    def read(record: dict[str, Any], flags: list[str]) -> datetime | None:
        received = get(record)
        if received is None or received == "":
            return None
        try:
            found = values.instant(received, field, dialect.zone)
        except Refused:
            found = None
        if found is None or not _OLDEST <= found.date() < _LATEST:
            flags.append(f"{field}_invalid")
            return None
        return found

    return read


def day(path: Expression, field: str, dialect: Dialect) -> Reader:
    """A calendar day, past or to come; what is none is left out with a flag."""
    get = dialect.getter(path)

    def read(record: dict[str, Any], flags: list[str]) -> date | None:
        received = get(record)
        if received is None or received == "":
            return None
        found = values.day(received, dialect.zone)
        if found is None or not _OLDEST <= found < _LATEST:
            flags.append(f"{field}_invalid")
            return None
        return found

    return read
