"""Azata: whoever has bought is active, whoever has not is a lead."""

import pytest

from mirror.standing import Event, Facts, Rules
from mirror.standing.rules.azata import timeline
from tests.mirror.standing.writing_facts import deals, events, lines


def told(facts: Facts) -> list[str]:
    return lines(timeline(facts, Rules())["azata"])


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        pytest.param(Facts(since=5), ["5 lead registered"], id="Leads: registered, never bought"),
        pytest.param(
            Facts(since=5, purchases=events("10 A")),
            ["5 lead registered", "10 active purchase orders:A"],
            id="Ativos: made a purchase",
        ),
        pytest.param(
            Facts(since=5, purchases=events("30 C", "10 A", "20 B")),
            ["5 lead registered", "10 active purchase orders:A"],
            id="Ativos: the first purchase is enough",
        ),
        pytest.param(
            Facts(since=5, purchases=events("10 B", "10 A")),
            ["5 lead registered", "10 active purchase orders:A"],
            id="of purchases at the same instant the lowest id is the first",
        ),
        pytest.param(
            Facts(since=20, purchases=events("10 A")),
            ["10 lead registered", "10 active purchase orders:A"],
            id="bought before the registration: a lead until then all the same",
        ),
        pytest.param(
            Facts(purchases=events("10")),
            ["10 lead registered", "10 active purchase"],
            id="a purchase known only by its date has no order to name",
        ),
        pytest.param(
            Facts(since=5, payments=events("10 P"), deals=deals("D won 10 20")),
            ["5 lead registered"],
            id="conflict: to pay or to win a deal is not to buy",
        ),
        pytest.param(Facts(), ["0 lead registered"], id="nothing known at all"),
    ],
)
def test_the_standing_of(facts: Facts, expected: list[str]):
    assert told(facts) == expected


def test_time_makes_nobody_inactive_and_contacts_are_saved_by_people():
    years = 365 * 86_400_000_000
    bought_once = Facts(since=1, purchases=(Event(2, "A"),), payments=(Event(30 * years, "P"),))

    assert told(bought_once)[-1] == "2 active purchase orders:A"
