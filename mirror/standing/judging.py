"""Judges one customer: from facts and an instant to what is written down of every axis."""

from collections.abc import Sequence

import msgspec

from mirror.facets.labels import Facet
from mirror.standing.facets import facets_of_turns, facets_of_value
from mirror.standing.facts import Facts, Rules, Step, local_day
from mirror.standing.timelines import timelines

_MOST_STEPS = 60
"""Of a long history the latest are kept."""

FIRST_PURCHASE = "first_purchase"
"""Facet: the month in which a customer first bought."""

_encode = msgspec.msgpack.Encoder().encode


class Standing(msgspec.Struct, frozen=True, array_like=True):
    """One axis of one customer, as a row keeps it."""

    axis: str
    received: str | None
    derived: str
    since: int
    review_at: int | None
    next: str | None
    steps: bytes


class Verdict(msgspec.Struct, frozen=True):
    """What facts and time make of a customer."""

    standings: tuple[Standing, ...] = ()
    facets: frozenset[Facet] = frozenset()
    last_purchase_at: int | None = None


NOTHING = Verdict()


def judge(facts: Facts, told: dict[str, str], rules: Rules, now: int) -> Verdict:
    """The standings at ``now``, the facets they give, and the last purchase.

    Depends on nothing else: whatever came before, in whatever order, the verdict is the same.
    """
    found: list[Standing] = []
    facets: set[Facet] = set()
    for axis, steps in timelines(facts, rules).items():
        one = _standing(axis, told.get(axis), steps, now)
        found.append(one)
        facets |= facets_of_value(axis, one.received, one.derived)
        facets |= facets_of_turns(axis, steps, now)
    if facts.purchases and facts.purchases[0].id:  # the last alone says nothing of the first
        facets.add((FIRST_PURCHASE, local_day(facts.purchases[0].at).isoformat()[:7]))
    last = facts.purchases[-1].at if facts.purchases else None
    return Verdict(tuple(found), frozenset(facets), last)


def _standing(axis: str, received: str | None, steps: Sequence[Step], now: int) -> Standing:
    come = sum(step.at <= now for step in steps[1:])  # the beginning always has
    at, following = steps[come], steps[come + 1 : come + 2]
    return Standing(
        axis,
        received,
        at.value,
        at.at,
        following[0].at if following else None,
        following[0].value if following else None,
        _encode(steps[-_MOST_STEPS:]),
    )
