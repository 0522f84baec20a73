"""What holds for every rule set: one order, one beginning, no step to where one already is."""

from collections.abc import Callable
from datetime import date
from itertools import pairwise
from random import Random
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mirror.instants import midnight
from mirror.standing import DealFact, Event, Facts, Rules, Step
from mirror.standing.rules import AXES, RULES, at, timelines
from tests.mirror.standing.writing_facts import events

ALL = Rules(names=RULES, days=2, loss_reasons=("Desistência",))
BY_HAND = {"discarded", "past", "archived", "contact"}

_HOUR = 3_600_000_000
_instants = st.integers(1, 12).map(lambda slot: slot * 13 * _HOUR)


def _unique(made: st.SearchStrategy[tuple[object, ...]], of: Callable[..., object]):
    """Up to five of them with ids of their own, as a stream has them."""
    drawn = st.lists(st.tuples(st.integers(0, 20), made), max_size=5, unique_by=lambda one: one[0])
    return drawn.map(lambda found: tuple(of(str(name), *rest) for name, rest in found))


_events = _unique(st.tuples(_instants), lambda name, at: Event(at, name))
_deals = _unique(
    st.tuples(
        st.sampled_from(("open", "won", "lost", "unqualified", "unknown")),
        st.just(0) | _instants,
        st.none() | _instants,
        st.sampled_from((None, "desistencia", "Preço")),
        st.sampled_from((None, "77")),
    ),
    DealFact,
)
_facts = st.builds(
    Facts, since=st.just(0) | _instants, purchases=_events, payments=_events, deals=_deals
)

_USUAL = Facts(
    since=13 * _HOUR,
    purchases=(Event(26 * _HOUR, "1"),),
    payments=(Event(26 * _HOUR, "1"), Event(117 * _HOUR, "2")),
    deals=(
        DealFact("1", "won", 13 * _HOUR, 39 * _HOUR),
        DealFact("2", "lost", 39 * _HOUR, 65 * _HOUR, "Preço", "77"),
    ),
)
"""Somebody who bought once, came back to pay, won a deal and has an employee who lost one."""


def _shuffled(facts: Facts, dice: Random) -> Facts:
    lists: list[list[Any]]
    lists = [list(facts.purchases), list(facts.payments), list(facts.deals)]
    for one in lists:
        dice.shuffle(one)
    purchases, payments, deals = map(tuple, lists)
    return Facts(facts.since, purchases, payments, deals)


def _instants_of(facts: Facts) -> list[int]:
    of_deals = (at for deal in facts.deals for at in (deal.opened_at, deal.closed_at))
    of_events = (event.at for event in (*facts.purchases, *facts.payments))
    return [instant for instant in (facts.since, *of_deals, *of_events) if instant]


@given(_facts, st.randoms(use_true_random=False))
@example(_USUAL, Random(7))
def test_the_order_in_which_facts_are_given_makes_no_difference(facts: Facts, dice: Random):
    assert timelines(_shuffled(facts, dice), ALL) == timelines(facts, ALL)


@given(_facts)
@example(_USUAL)
def test_steps_go_forward_and_each_to_another_value_of_its_axis(facts: Facts):
    for name, steps in timelines(facts, ALL).items():
        assert all(one.at <= other.at for one, other in pairwise(steps))
        assert all(one.value != other.value for one, other in pairwise(steps))
        assert {step.value for step in steps} <= set(AXES[name].values) - BY_HAND


@given(_facts)
@example(_USUAL)
def test_everybody_begins_registered_at_the_earliest_instant_known(facts: Facts):
    begins = min(_instants_of(facts), default=0)

    for name, steps in timelines(facts, ALL).items():
        assert steps[0] == Step(begins, AXES[name].values[0], "registered")
        assert "registered" not in {step.rule for step in steps[1:]}


@given(_facts)
@example(_USUAL)
def test_only_the_end_of_the_days_lies_after_the_last_fact_and_only_once(facts: Facts):
    last = max(_instants_of(facts), default=0)
    later = {
        name: [step.rule for step in steps if step.at > last]
        for name, steps in timelines(facts, ALL).items()
    }

    assert later.pop("conta_base") in ([], ["days_without_payment"])
    assert not any(later.values())


@given(_facts, _instants)
@example(_USUAL, 3 * 13 * _HOUR)
def test_what_comes_later_does_not_change_what_was(facts: Facts, now: int):
    """Of things that happen once; deals are rewritten as they go on."""
    known = Facts(
        since=1,
        purchases=tuple(one for one in facts.purchases if one.at <= now),
        payments=tuple(one for one in facts.payments if one.at <= now),
    )
    later = Facts(since=known.since, purchases=facts.purchases, payments=facts.payments)

    before, after = timelines(known, ALL), timelines(later, ALL)

    assert {name: at(one, now) for name, one in before.items()} == {
        name: at(one, now) for name, one in after.items()
    }


def test_the_axes_come_in_their_order_whatever_the_order_of_the_names():
    assert list(timelines(Facts(), Rules(names=RULES[::-1]))) == list(AXES)
    assert list(timelines(Facts(), Rules(names=("azata", "sell")))) == [
        "sell_prospect",
        "sell_customer",
        "azata",
    ]


def test_without_a_rule_set_there_is_no_axis_and_an_unknown_one_is_a_mistake():
    assert timelines(Facts(), Rules()) == {}
    with pytest.raises(KeyError, match="omni"):
        timelines(Facts(), Rules(names=("omni",)))


def test_the_days_of_the_settings_reach_their_rule():
    facts = Facts(since=1, payments=events("1 A"))  # on the last day of 1969, here

    (*_, last) = timelines(facts, Rules(names=("conta_base",), days=5))["conta_base"]

    assert last.at == midnight(date(1970, 1, 6))


@pytest.mark.parametrize(
    ("now", "value"),
    [(-1, "lead"), (10, "lead"), (19, "lead"), (20, "active"), (29, "active"), (30, "twice")],
)
def test_the_last_step_that_has_come_holds_and_the_first_before_any_has(now: int, value: str):
    steps = (
        Step(10, "lead", "registered"),
        Step(20, "active", "paid"),
        Step(30, "once", "paid"),
        Step(30, "twice", "paid"),
    )

    assert at(steps, now).value == value
