"""Conta Base: sixty whole local days after a payment, neither an instant less nor one more."""

from datetime import UTC, datetime

import pytest

from mirror.standing import Event, Facts, Rules, Step
from mirror.standing.rules import at
from mirror.standing.rules.conta_base import archived_as, timeline
from tests.mirror.standing.writing_facts import deals, events, here, values

REGISTERED = "2018-01-01 09:00"


def paid(*times: str) -> Facts:
    """Payments at these local times, named A, B, C…"""
    made = tuple(Event(here(time), name) for name, time in zip("ABCDEF", times, strict=False))
    return Facts(since=here(REGISTERED), payments=made)


def told(facts: Facts, days: int = 60) -> tuple[Step, ...]:
    return timeline(facts, Rules(days=days))["conta_base"]


def active(time: str, name: str) -> Step:
    return Step(here(time), "active", "paid", f"payments:{name}")


def inactive(time: str, days: str = "60") -> Step:
    return Step(here(time), "inactive", "days_without_payment", None, days)


@pytest.mark.parametrize(
    ("payments", "expected"),
    [
        pytest.param([], [], id="Leads: registered, no payment yet"),
        pytest.param(
            ["2026-03-01 14:00"],
            [active("2026-03-01 14:00", "A"), inactive("2026-05-01 00:00")],
            id="lead → active → inactive: paid on day D, inactive from day D + 61",
        ),
        pytest.param(
            ["2026-03-01 14:00", "2026-04-30 23:59"],
            [active("2026-03-01 14:00", "A"), inactive("2026-06-30 00:00")],
            id="active → active: paid again on the last day, no step",
        ),
        pytest.param(
            ["2026-03-01 14:00", "2026-05-01 00:01"],
            [
                active("2026-03-01 14:00", "A"),
                inactive("2026-05-01 00:00"),
                active("2026-05-01 00:01", "B"),
                inactive("2026-07-01 00:00"),
            ],
            id="inactive → active: paid again a minute too late",
        ),
        pytest.param(
            ["2026-03-01 14:00", "2026-05-01 00:00"],
            [
                active("2026-03-01 14:00", "A"),
                inactive("2026-05-01 00:00"),
                active("2026-05-01 00:00", "B"),
                inactive("2026-07-01 00:00"),
            ],
            id="conflict: paid at the very midnight: the time is up first",
        ),
        pytest.param(
            ["2026-03-10 10:00", "2026-03-01 10:00", "2026-03-05 10:00"],
            [active("2026-03-01 10:00", "B"), inactive("2026-05-10 00:00")],
            id="the first payment makes active, the last one says how long",
        ),
        pytest.param(
            ["2017-01-01 10:00"],
            [active("2017-01-01 10:00", "A"), inactive("2017-03-03 00:00")],
            id="paid before the registration",
        ),
    ],
)
def test_the_standing_of(payments: list[str], expected: list[Step]):
    begins = min([here(REGISTERED), *map(here, payments)])

    assert told(paid(*payments)) == (Step(begins, "lead", "registered"), *expected)


@pytest.mark.parametrize(
    ("paid_at", "days", "last_day", "inactive_from_utc"),
    [
        pytest.param("2026-03-01 00:00", 60, "2026-04-30", "2026-05-01T03:00", id="first instant"),
        pytest.param("2026-03-01 23:59", 60, "2026-04-30", "2026-05-01T03:00", id="last minute"),
        pytest.param("2026-03-01 21:30", 60, "2026-04-30", "2026-05-01T03:00", id="next day UTC"),
        pytest.param("2026-03-01 12:00", 0, "2026-03-01", "2026-03-02T03:00", id="no days"),
        pytest.param("2026-03-01 12:00", 30, "2026-03-31", "2026-04-01T03:00", id="thirty days"),
        pytest.param("2028-02-01 12:00", 28, "2028-02-29", "2028-03-01T03:00", id="leap year"),
        pytest.param(
            "2018-09-04 12:00", 60, "2018-11-03", "2018-11-04T03:00",
            id="2018-11-04 has no midnight: clocks go from 0:00 to 1:00",
        ),
        pytest.param(
            "2018-11-04 01:00", 60, "2019-01-03", "2019-01-04T02:00",
            id="paid on the day that had no midnight",
        ),
        pytest.param(
            "2018-12-18 12:00", 60, "2019-02-16", "2019-02-17T03:00",
            id="2019-02-16 has its last hour twice: only after both",
        ),
        pytest.param(
            "2018-12-19 12:00", 60, "2019-02-17", "2019-02-18T03:00",
            id="2019-02-17 is the first day of winter time",
        ),
    ],
)  # fmt: skip
def test_the_day_ends_at_the_midnight_of_sao_paulo(
    paid_at: str, days: int, last_day: str, inactive_from_utc: str
):
    steps = told(paid(paid_at), days)
    midnight = (
        int(datetime.fromisoformat(inactive_from_utc).replace(tzinfo=UTC).timestamp()) * 10**6
    )

    assert steps[-1] == Step(midnight, "inactive", "days_without_payment", None, str(days))
    assert at(steps, here(f"{last_day} 23:00")).value == "active"
    assert at(steps, midnight - 1).value == "active"
    assert at(steps, midnight).value == "inactive"


@pytest.mark.parametrize("hour", ["2019-02-17T01:30", "2019-02-17T02:30"])
def test_both_hours_that_are_called_23_30_belong_to_the_day_that_ends(hour: str):
    instant = int(datetime.fromisoformat(hour).replace(tzinfo=UTC).timestamp()) * 10**6
    steps = told(Facts(since=1, payments=(Event(instant, "A"),)), days=1)

    assert steps[-1].at == here("2019-02-18 00:00")


def test_a_month_after_month_of_payments_is_one_stretch():
    monthly = paid(*(f"2026-0{month}-10 08:00" for month in range(1, 7)))

    assert values(told(monthly)) == ["lead", "active", "inactive"]


def test_of_payments_at_the_same_instant_the_lowest_id_is_the_first():
    steps = told(Facts(since=1, payments=events("10 B", "10 A")))

    assert steps[1].about == "payments:A"


def test_buying_and_winning_deals_is_not_paying():
    steps = told(Facts(since=5, purchases=events("10 A"), deals=deals("D won 10 20")))

    assert values(steps) == ["lead"]


@pytest.mark.parametrize(
    ("derived", "reason"), [("lead", "lost"), ("active", "churn"), ("inactive", "churn")]
)
def test_who_is_archived_was_lost_or_churned(derived: str, reason: str):
    assert archived_as(derived) == reason
