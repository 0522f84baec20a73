"""Sell: deals move the prospect's and the customer's status, by the table P1…P7, C1…C6, M1, M2."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mirror.standing import DealFact, Facts, Rules, beginning
from mirror.standing.rules import at
from mirror.standing.rules.sell import timeline
from tests.mirror.standing.writing_facts import deals, events, lines, values


def told(facts: Facts) -> tuple[list[str], list[str]]:
    """What follows the registration, on the prospect's axis and on the customer's."""
    steps = timeline(facts, Rules())
    prospect, customer = lines(steps["sell_prospect"]), lines(steps["sell_customer"])
    assert prospect[0] == customer[0] == f"{beginning(facts)} none registered"
    return prospect[1:], customer[1:]


@pytest.mark.parametrize(
    ("given_deals", "prospect", "customer"),
    [
        pytest.param([], [], [], id="P1 no deal: none"),
        pytest.param(
            ["A open 10"], ["10 current deal_opened deals:A"], [], id="P2 a deal: current"
        ),
        pytest.param(
            ["A lost 10 20", "B open 15"],
            ["10 current deal_opened deals:A"],
            [],
            id="P3 one of two open deals lost: still current",
        ),
        pytest.param(
            ["A won 10 20", "B open 15"],
            ["10 current deal_opened deals:A"],
            ["20 current deal_won deals:A"],
            id="P3 one of two open deals won: still current",
        ),
        pytest.param(
            ["A lost 10 20", "B unqualified 15 30"],
            ["10 current deal_opened deals:A", "30 lost deal_lost deals:B"],
            [],
            id="P3 then P4: only the last one counts",
        ),
        pytest.param(
            ["A lost 10 20"],
            ["10 current deal_opened deals:A", "20 lost deal_lost deals:A"],
            [],
            id="P4 the last open deal lost: lost",
        ),
        pytest.param(
            ["A unqualified 10 20"],
            ["10 current deal_opened deals:A", "20 lost deal_lost deals:A"],
            [],
            id="P4 the last open deal unqualified: lost",
        ),
        pytest.param(
            ["A won 10 20", "B lost 30 40"],
            [
                "10 current deal_opened deals:A",
                "20 none deal_won deals:A",
                "30 current deal_opened deals:B",
                "40 none deal_lost deals:B",
            ],
            ["20 current deal_won deals:A"],
            id="P4 conflict: lost after a win: none, as lost prospects never were customers",
        ),
        pytest.param(
            ["A won 10 20", "B lost 15 30"],
            ["10 current deal_opened deals:A", "30 none deal_lost deals:B"],
            ["20 current deal_won deals:A"],
            id="P4 conflict: lost after a win while both were open",
        ),
        pytest.param(
            ["A won 10 20"],
            ["10 current deal_opened deals:A", "20 none deal_won deals:A"],
            ["20 current deal_won deals:A"],
            id="P5 C1 won, no other open: none, and a customer",
        ),
        pytest.param(
            ["A lost 10 20", "B open 30"],
            [
                "10 current deal_opened deals:A",
                "20 lost deal_lost deals:A",
                "30 current deal_opened deals:B",
            ],
            [],
            id="P6 a lost prospect gets a new deal: current",
        ),
        pytest.param(
            ["A lost 10 20", "B won 30 40"],
            [
                "10 current deal_opened deals:A",
                "20 lost deal_lost deals:A",
                "30 current deal_opened deals:B",
                "40 none deal_won deals:B",
            ],
            ["40 current deal_won deals:B"],
            id="P6 then P5",
        ),
        pytest.param(
            ["A won 10 20", "B won 30 40"],
            [
                "10 current deal_opened deals:A",
                "20 none deal_won deals:A",
                "30 current deal_opened deals:B",
                "40 none deal_won deals:B",
            ],
            ["20 current deal_won deals:A"],
            id="C1 a customer since the first win",
        ),
        pytest.param(
            ["A won 10 20", "B open 30"],
            [
                "10 current deal_opened deals:A",
                "20 none deal_won deals:A",
                "30 current deal_opened deals:B",
            ],
            ["20 current deal_won deals:A"],
            id="C4 a customer's new deal: current on both axes, which move apart",
        ),
        pytest.param(
            ["A open 10 20"],
            ["10 current deal_opened deals:A"],
            [],
            id="C3 reopened: an old closing of an open deal is none",
        ),
        pytest.param(["A unknown 10 20"], [], [], id="an unknown state moves nothing"),
        pytest.param(
            ["A unknown 10 30", "B lost 15 20"],
            ["15 current deal_opened deals:B", "20 lost deal_lost deals:B"],
            [],
            id="an unknown state keeps nobody current",
        ),
        pytest.param(
            ["A open 10 @77"],
            ["10 current deal_opened deals:A 77"],
            [],
            id="an employee's deal: the company is current too",
        ),
        pytest.param(
            ["A won 10 20 @77"],
            ["10 current deal_opened deals:A 77", "20 none deal_won deals:A 77"],
            ["20 current deal_won deals:A 77"],
            id="an employee's win: the company is a customer too",
        ),
        pytest.param(
            ["A lost 10 20 @77"],
            ["10 current deal_opened deals:A 77", "20 lost deal_lost deals:A 77"],
            [],
            id="an employee's loss: the company is lost too",
        ),
        pytest.param(
            ["A won 10 20 @77", "B lost 12 30 @78"],
            ["10 current deal_opened deals:A 77", "30 none deal_lost deals:B 78"],
            ["20 current deal_won deals:A 77"],
            id="conflict: one employee won, another lost: P4 holds for the company",
        ),
        pytest.param(
            ["A lost 10 20 @77", "B open 15"],
            ["10 current deal_opened deals:A 77"],
            [],
            id="conflict: an employee lost, the company's own deal is open: M1 holds",
        ),
        pytest.param(
            ["A lost 10"],
            ["10 current deal_opened deals:A", "10 lost deal_lost deals:A"],
            [],
            id="closed at no known instant: as it opened",
        ),
        pytest.param(
            ["A won 0 20"],
            ["20 current deal_opened deals:A", "20 none deal_won deals:A"],
            ["20 current deal_won deals:A"],
            id="opened at no known instant: as it closed",
        ),
        pytest.param(
            ["A won 0"],
            ["5 current deal_opened deals:A", "5 none deal_won deals:A"],
            ["5 current deal_won deals:A"],
            id="no instant at all, won: from the beginning",
        ),
        pytest.param(
            ["A open 0"],
            ["5 current deal_opened deals:A"],
            [],
            id="no instant at all, open: from the beginning",
        ),
        pytest.param(
            ["A won 30 20"],
            ["20 current deal_opened deals:A", "20 none deal_won deals:A"],
            ["20 current deal_won deals:A"],
            id="closed before it opened: opened as it closed",
        ),
        pytest.param(
            ["B lost 10 20", "A open 20"],
            ["10 current deal_opened deals:B"],
            [],
            id="tie: an opening counts before a loss",
        ),
        pytest.param(
            ["A won 10 20", "B lost 10 20"],
            ["10 current deal_opened deals:A", "20 none deal_won deals:A"],
            ["20 current deal_won deals:A"],
            id="tie: a loss counts before a win",
        ),
        pytest.param(
            ["B open 10", "A open 10"],
            ["10 current deal_opened deals:A"],
            [],
            id="tie: the lower id first",
        ),
    ],
)
def test_the_standings_of(given_deals: list[str], prospect: list[str], customer: list[str]):
    assert told(Facts(since=5, deals=deals(*given_deals))) == (prospect, customer)


def test_p7_a_deleted_deal_leaves_nothing_behind():
    deleted = Facts(since=5, deals=deals())
    one_of_two = Facts(since=5, deals=deals("B lost 30 40"))

    assert told(deleted) == ([], [])
    assert told(one_of_two)[0][-1] == "40 lost deal_lost deals:B"


def test_orders_and_payments_are_no_deals():
    assert told(Facts(since=5, purchases=events("10 A"), payments=events("11 P"))) == ([], [])


def test_a_deal_before_the_registration_moves_the_beginning():
    steps = timeline(Facts(since=30, deals=deals("A won 10 20")), Rules())

    assert lines(steps["sell_customer"]) == [
        "10 none registered",
        "20 current deal_won deals:A",
    ]


_instants = st.integers(1, 12)
_any_deals = st.lists(
    st.builds(
        DealFact,
        st.uuids().map(str),
        st.sampled_from(("open", "won", "lost", "unqualified")),
        _instants,
        _instants,
    ),
    max_size=6,
).map(tuple)


def _is_open(deal: DealFact, now: int) -> bool:
    return deal.opened_at <= now and (deal.state == "open" or now < (deal.closed_at or 0))


@given(_any_deals, _instants)
@example(deals("A won 1 4", "B lost 3 6", "C open 8"), 7)
def test_m1_and_m2_and_c3_hold_at_every_instant(given_deals: tuple[DealFact, ...], now: int):
    steps = timeline(Facts(since=1, deals=given_deals), Rules())
    prospect, customer = (at(one, now).value for one in steps.values())
    is_open = any(_is_open(one, now) for one in given_deals)
    has_won = any(one.state == "won" and (one.closed_at or 0) <= now for one in given_deals)

    assert (prospect == "current") == is_open, "M1"
    assert not (prospect == "lost" and has_won), "M2"
    assert (customer == "current") == has_won, "C1 and C3: from the first win, for good"


def test_nobody_becomes_a_past_customer_by_themselves_c2():
    steps = timeline(Facts(deals=deals("A won 10 20", "B lost 30 40", "C open 50")), Rules())

    assert values(steps["sell_customer"]) == ["none", "current"]
