"""The facets that a standing gives: its value, whether the rules differ, when it turned."""

from collections.abc import Sequence
from functools import lru_cache

from mirror.facets.labels import Facet
from mirror.instants import HOUR, local_day
from mirror.standing.axes import disagree
from mirror.standing.facts import Step
from mirror.standing.held import Held

DIFFERS = "differs"
"""Facet: the master says one thing and the rules another; the value is the axis."""

TURN = "turn"
"""``("turn.AXIS.VALUE", "2026-10")``: came to the value in that month, by the rules."""

AGAIN = "again"
"""``("again.AXIS.VALUE", "2026-10")``: something brought it back to a value held before."""


def facets_of_value(axis: str, received: str | None, derived: str) -> set[Facet]:
    """What the standing itself gives."""
    found = {(axis, received or derived)}
    return found | {(DIFFERS, axis)} if disagree(axis, received, derived) else found


def facets_of_turns(axis: str, steps: Sequence[Step], now: int) -> set[Facet]:
    """The months in which it came to its values, as far as they have come; not the beginning."""
    held, found = {steps[0].value}, set()
    for step in steps[1:]:
        if step.at > now:
            break
        month = month_of(step.at)
        found.add(_turn(TURN, axis, step.value, month))
        if step.about and step.value in held:
            found.add(_turn(AGAIN, axis, step.value, month))
        held.add(step.value)
    return found


def facets_of_move(one: Held, now: int) -> tuple[set[Facet], set[Facet]]:
    """Before and after the steps that time alone has brought since the last review."""
    moved = one.at(now)
    reviewed = (one.review_at or 0) - 1
    before = facets_of_turns(one.axis, one.steps, reviewed)
    after = facets_of_turns(one.axis, one.steps, now)
    return (
        before | facets_of_value(one.axis, one.received, one.derived),
        after | facets_of_value(one.axis, one.received, moved.derived),
    )


@lru_cache(20_000)
def _turn(word: str, axis: str, value: str, month: str) -> Facet:
    return f"{word}.{axis}.{value}", month


def month_of(at: int) -> str:
    """The month of an instant, here: ``2026-10``."""
    return _month_of_hour(at // HOUR)


@lru_cache(20_000)
def _month_of_hour(hour: int) -> str:
    return local_day(hour * HOUR).isoformat()[:7]
