"""Judges one customer: from facts and an instant to what is written down of every axis."""

from collections.abc import Mapping
from functools import lru_cache

import msgspec

from mirror.facets.labels import Facet
from mirror.standing.facets import facets_of_turns, facets_of_value, month_of
from mirror.standing.facts import Facts, Rules
from mirror.standing.held import Held, held, next_review, packed
from mirror.standing.timelines import timelines

_MOST_STEPS = 60
"""Of a long history the latest are kept."""

FIRST_PURCHASE = "first_purchase"
"""Facet: the month in which a customer first bought."""


class Verdict(msgspec.Struct, frozen=True):
    """What facts and time make of a customer."""

    axes: bytes = packed(())
    """Its standings, as a row keeps them; none where no rules are in force."""
    review_at: int | None = None
    facets: frozenset[Facet] = frozenset()
    last_purchase_at: int | None = None

    @property
    def leaves_nothing(self) -> bool:
        """Whether there is no standing and no facet to write down."""
        return not self.facets and self.axes == NOTHING.axes


NOTHING = Verdict()


def judge(facts: Facts, told: Mapping[str, str], rules: Rules, now: int) -> Verdict:
    """The standings at ``now``, the facets they give, and the last purchase.

    Depends on nothing else: whatever came before, in whatever order, the verdict is the same.
    """
    found: list[Held] = []
    facets: set[Facet] = set()
    for axis, steps in timelines(facts, rules).items():
        one = held(axis, told.get(axis), steps[-_MOST_STEPS:], now)
        found.append(one)
        facets |= facets_of_value(axis, one.received, one.derived)
        facets |= facets_of_turns(axis, steps, now)
    if facts.purchases and facts.purchases[0].id:  # the last alone says nothing of the first
        facets.add((FIRST_PURCHASE, month_of(facts.purchases[0].at)))
    return Verdict(
        packed(found),
        next_review(found),
        frozenset(facets),
        facts.purchases[-1].at if facts.purchases else None,
    )


@lru_cache(20_000)
def judge_idle(since: int, told: frozenset[tuple[str, str]], rules: Rules) -> Verdict:
    """The verdict on somebody who did nothing yet: many were registered on the same day.

    Nothing moves it but what happens: it holds at every instant from the registration on.
    """
    return judge(Facts(since=since), dict(told), rules, since)
