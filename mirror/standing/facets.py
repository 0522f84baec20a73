"""The facets that a standing gives: its value, whether the rules differ, when it turned."""

from collections.abc import Sequence
from datetime import date
from functools import lru_cache

from mirror.facets.labels import Facet
from mirror.standing.facts import Step, local_day
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
    return found | {(DIFFERS, axis)} if received and received != derived else found


def facets_of_turns(axis: str, steps: Sequence[Step], now: int) -> set[Facet]:
    """The months in which it came to its values, as far as they have come; not the beginning."""
    held, found = set(), set()
    for place, step in enumerate(steps):
        if step.at > now:
            break
        if place:
            found.add(_turn(axis, step.value, step.at))
            if step.value in held and step.about:
                found.add((f"{AGAIN}.{axis}.{step.value}", month_of(step.at)))
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


def _turn(axis: str, value: str, at: int) -> Facet:
    return f"{TURN}.{axis}.{value}", month_of(at)


def month_of(at: int) -> str:
    """The month of an instant, here: ``2026-10``."""
    return _month(local_day(at))


@lru_cache(20_000)
def _month(day: date) -> str:
    return day.isoformat()[:7]
