"""Masters that keep their clock in UTC and do not say so."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from connector.mapping.filters import filter_of
from connector.sources.rest.request import filled

SAO_PAULO = ZoneInfo("America/Sao_Paulo")


def through(name: str, value: Any) -> Any:
    return filter_of(name, SAO_PAULO, {})(value)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2018-02-02 01:20:23", "2018-02-02 01:20:23Z"),
        ("2018-02-02T01:20:23.5", "2018-02-02T01:20:23.5Z"),
        ("2018-02-02 01:20:23-03:00", "2018-02-02 01:20:23-03:00"),
        ("2018-02-02T01:20:23Z", "2018-02-02T01:20:23Z"),
        ("2018-02-02", "2018-02-02"),
        ("yesterday", "yesterday"),
        (7, 7),
        (None, None),
        (["2018-02-02 01:20:23"], ["2018-02-02 01:20:23Z"]),
    ],
)
def test_a_time_without_an_offset_is_one_in_utc(written: Any, meant: Any):
    assert through("utc", written) == meant


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("1990-05-13T00:00:00Z", "1990-05-13"),
        ("1990-05-13T00:00:00.0000000-03:00", "1990-05-13"),
        ("1990-05-13 00:00:00", "1990-05-13"),
        ("1990-05-13", "1990-05-13"),
        ("13/05/1990", "13/05/1990"),
        (None, None),
        (19900513, 19900513),
    ],
)
def test_a_birthday_is_the_day_that_is_written(written: Any, meant: Any):
    assert through("day", written) == meant


def test_a_cursor_may_be_written_in_utc_in_any_form():
    since = datetime(2026, 11, 21, 23, 30, 5, tzinfo=SAO_PAULO)
    template = {"utc": "{since:utc:%Y-%m-%d %H:%M:%S}", "own": "{since:%Y-%m-%d %H:%M:%S}"}
    told = filled(template, {"since": since})
    assert told == {"utc": "2026-11-22 02:30:05", "own": "2026-11-21 23:30:05"}
    assert since.astimezone(UTC).day == 22


def test_a_cursor_may_be_written_as_a_number_of_seconds_or_thousandths():
    since = datetime(2026, 11, 1, 10, 0, 0, 123_999, tzinfo=SAO_PAULO)
    told = filled({"s": "{since:epoch}", "ms": "{since:epoch_ms}"}, {"since": since})
    assert told == {"s": "1793538000", "ms": "1793538000123"}
