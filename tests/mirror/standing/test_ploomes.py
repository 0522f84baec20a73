"""Ploomes: a sale makes active from anywhere, a deal lost for a chosen reason inactive."""

import pytest

from mirror.standing import DealFact, Facts, Rules
from mirror.standing.rules.ploomes import timeline
from tests.mirror.standing.writing_facts import deals, events, lines

CHOSEN = Rules(loss_reasons=("Desistência", "Sem verba"))


def lost(at: int | None, reason: str | None, name: str = "L", opened: int = 6) -> DealFact:
    return DealFact(name, "lost", opened, at, reason)


def told(facts: Facts, rules: Rules = CHOSEN) -> list[str]:
    return lines(timeline(facts, rules)["ploomes"])


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        pytest.param(Facts(since=5), [], id="created: always a prospect"),
        pytest.param(
            Facts(since=5, deals=deals("A open 10")), [], id="an open deal: still a prospect"
        ),
        pytest.param(
            Facts(since=5, purchases=events("10 A")),
            ["10 active sale orders:A"],
            id="prospect → active: an order",
        ),
        pytest.param(
            Facts(since=5, deals=deals("A won 10 20")),
            ["20 active sale deals:A"],
            id="prospect → active: a deal won, when it was won",
        ),
        pytest.param(
            Facts(since=5, deals=deals("A won 10")),
            ["10 active sale deals:A"],
            id="a won deal without its closing counts when it was opened",
        ),
        pytest.param(
            Facts(since=5, deals=deals("A won 0")),
            ["5 active sale deals:A"],
            id="a won deal without any date counts from the beginning",
        ),
        pytest.param(
            Facts(since=5, deals=deals("A won 10 20"), purchases=events("20 A")),
            ["20 active sale deals:A"],
            id="a won deal that makes an order at the same instant is one sale: the deal's",
        ),
        pytest.param(
            Facts(since=5, purchases=events("10 A", "20 B"), deals=deals("C won 12 15")),
            ["10 active sale orders:A"],
            id="active → active: no step",
        ),
        pytest.param(
            Facts(since=5, purchases=events("10 A"), deals=(lost(20, "Desistência"),)),
            ["10 active sale orders:A", "20 inactive lost_for_reason deals:L Desistência"],
            id="active → inactive: a deal lost for a chosen reason",
        ),
        pytest.param(
            Facts(since=5, deals=(lost(20, "Desistência"),)),
            ["20 inactive lost_for_reason deals:L Desistência"],
            id="prospect → inactive: the automation asks for the reason only",
        ),
        pytest.param(
            Facts(since=5, deals=(lost(None, "Desistência", opened=10),)),
            ["10 inactive lost_for_reason deals:L Desistência"],
            id="a lost deal without its closing counts when it was opened",
        ),
        pytest.param(
            Facts(since=5, purchases=events("30 B"), deals=(lost(20, "Desistência"),)),
            ["20 inactive lost_for_reason deals:L Desistência", "30 active sale orders:B"],
            id="inactive → active: a sale, from anywhere",
        ),
        pytest.param(
            Facts(since=5, deals=(lost(20, "Desistência"), *deals("W won 25 30"))),
            ["20 inactive lost_for_reason deals:L Desistência", "30 active sale deals:W"],
            id="inactive → active: a deal won",
        ),
        pytest.param(
            Facts(since=5, deals=(lost(20, "Desistência"), lost(30, "Sem verba", "M"))),
            ["20 inactive lost_for_reason deals:L Desistência"],
            id="inactive → inactive: no step",
        ),
        pytest.param(
            Facts(since=5, purchases=events("20 A"), deals=(lost(20, "Desistência"),)),
            ["20 inactive lost_for_reason deals:L Desistência", "20 active sale orders:A"],
            id="conflict: lost and sold at the same instant: the sale has the last word",
        ),
        pytest.param(
            Facts(since=5, deals=(lost(20, "Preço"),)), [], id="lost for another reason: no step"
        ),
        pytest.param(
            Facts(since=5, deals=(lost(20, None), lost(21, "", "M"))), [], id="lost for no reason"
        ),
        pytest.param(
            Facts(since=5, deals=(DealFact("U", "unknown", 10, 20, "Desistência"),)),
            [],
            id="a deal in an unknown state moves nothing",
        ),
        pytest.param(
            Facts(since=5, deals=(DealFact("O", "open", 10, 20, "Desistência"),)),
            [],
            id="reopened: an open deal moves nothing, whatever it was lost for",
        ),
        pytest.param(
            Facts(since=5, deals=deals("E won 10 20 @77")),
            [],
            id="the customer a deal is tied to, not the company of who it is tied to",
        ),
        pytest.param(
            Facts(since=5, payments=events("10 P")), [], id="conflict: a payment is no sale"
        ),
    ],
)
def test_the_standing_of(facts: Facts, expected: list[str]):
    assert told(facts) == ["5 prospect registered", *expected]


@pytest.mark.parametrize(
    "received",
    ["desistência", "DESISTENCIA", "  Desiste\u0302ncia ", "sem  verba", "Sem\u00a0verba"],
)
def test_reasons_are_the_same_without_case_accents_and_spaces(received: str):
    assert len(told(Facts(since=5, deals=(lost(20, received),)))) == 2


@pytest.mark.parametrize("received", ["Desistências", "Desistência do cliente", "Semverba"])
def test_a_reason_that_only_resembles_is_another(received: str):
    assert len(told(Facts(since=5, deals=(lost(20, received),)))) == 1


def test_without_reasons_in_the_settings_no_loss_makes_inactive():
    assert len(told(Facts(since=5, deals=(lost(20, "Desistência"),)), Rules())) == 1


def test_an_empty_reason_in_the_settings_is_not_that_of_deals_without_one():
    deals_without = Facts(since=5, deals=(lost(20, None), lost(21, " ", "M")))

    assert len(told(deals_without, Rules(loss_reasons=("", " ")))) == 1


def test_a_sale_before_the_registration_moves_the_beginning():
    assert told(Facts(since=30, deals=deals("A won 10 20"))) == [
        "10 prospect registered",
        "20 active sale deals:A",
    ]
