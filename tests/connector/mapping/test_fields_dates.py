"""Days, instants and numbers: one that cannot be is left out with a flag."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from mirror.records import Loyalty
from tests.fakes.translation import SAO_PAULO, read


@pytest.mark.parametrize(
    "value",
    [
        "30/02/1990",
        "2099-01-01",
        "1800-01-01",
        "9999-12-31T23:59:59Z",
        643420800000,
        True,
        [1],
        {"day": 1},
    ],
)
@pytest.mark.parametrize(
    ("field", "flag"),
    [("birth_date", "birth_date_invalid"), ("created_at", "customer_since_invalid")],
)
def test_a_day_that_cannot_be_is_left_out_with_a_flag(field: str, flag: str, value: Any):
    found = read(**{field: value})
    assert (found.birth_date, found.customer_since) == (None, None)
    assert found.flags == (flag,)


@pytest.mark.parametrize(
    "value",
    ["0000-00-00", "0000-00-00 00:00:00", "1899-12-30T00:00:00", "1899-12-30", "1900-01-01",
     "0001-01-01T00:00:00Z", "0001-01-01T00:00:00", "null", "N/A", False, "", [], {}],
)  # fmt: skip
@pytest.mark.parametrize("field", ["birth_date", "created_at", "last_purchase_at"])
def test_a_day_that_programs_write_for_none_is_none_and_no_flag_on_everybody(
    field: str, value: Any
):
    assert read(**{field: value}) == read()


def test_today_and_the_oldest_days_are_days():
    today = datetime.now(SAO_PAULO).date()
    assert read(birth_date=today.isoformat()).birth_date == today
    assert read(birth_date="1890-01-01").birth_date == date(1890, 1, 1)
    assert read(birth_date="1889-12-31").flags == ("birth_date_invalid",)


def test_a_purchase_in_the_future_is_kept_with_a_flag():
    future = (datetime.now(UTC) + timedelta(days=400)).replace(microsecond=0)
    found = read(last_purchase_at=future.isoformat())
    assert (found.last_purchase_at, found.flags) == (future, ("last_purchase_future",))


@pytest.mark.parametrize("value", ["31/12/2025", 1764000000000, "2026-06-30T23:59:60Z", True, [1]])
def test_a_purchase_that_is_no_instant_is_left_out_with_a_flag(value: object):
    found = read(last_purchase_at=value)
    assert (found.last_purchase_at, found.flags) == (None, ("last_purchase_invalid",))


@pytest.mark.parametrize("value", ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00"])
def test_a_purchase_at_the_beginning_of_time_is_no_purchase(value: str):
    assert read(last_purchase_at=value).last_purchase_at is None


@pytest.mark.parametrize("value", ["x", 7, True, [1]])
def test_a_loyalty_of_another_kind_is_left_out_with_a_flag(value: object):
    found = read(loyalty=value)
    assert (found.loyalty, found.flags) == (None, ("loyalty_invalid",))


@pytest.mark.parametrize("points", ["muitos", 1e30, [1]])
def test_points_that_are_no_number_are_left_out_with_a_flag(points: object):
    found = read(loyalty={"points": points, "tier": "Prata"})
    assert (found.loyalty, found.flags) == (Loyalty(tier="Prata"), ("loyalty_invalid",))
