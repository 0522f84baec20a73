"""Judges one customer: from facts and an instant to what is written down of every axis."""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

import msgspec

from mirror.facets import Facet
from mirror.instants import HOUR, local_day
from mirror.standing import Facts, Rules, Step
from mirror.standing.rules import ARCHIVED, at, disagree, forbidden, timelines
from mirror.standing.rules.conta_base import archived_as

# What a row of standings holds: each axis with what the master says and what the rules say.


class Held(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One axis of one customer, as of the last review."""

    axis: str
    received: str | None
    """What the master says; then that is the standing."""
    derived: str
    """What the rules say."""
    since: int
    """When the rules came to it, microseconds since 1970."""
    review_at: int | None
    """When time alone moves it."""
    steps: tuple[Step, ...]
    """How it came about and what time will bring, oldest first."""

    def at(self, now: int) -> "Held":
        """The same at an instant: the steps that time alone has brought since have come."""
        if self.review_at is None or self.review_at > now:
            return self
        return held(self.axis, self.received, self.steps, now)

    @property
    def value(self) -> str:
        """The standing: the master's word where there is one."""
        return self.received or self.derived

    @property
    def last(self) -> Step:
        """The step that the rules have come to."""
        return at(self.steps, self.since)

    @property
    def forbidden(self) -> bool:
        """Whether the master says what its own system lets nobody set by hand."""
        return forbidden(self.axis, self.received, self.last)

    @property
    def archived_as(self) -> str | None:
        """Why a customer of Conta Base is archived; None where it is not."""
        is_archived = self.axis == ARCHIVED.rules and self.received == "archived"
        return archived_as(self.derived) if is_archived else None


def held(axis: str, received: str | None, steps: tuple[Step, ...], now: int) -> Held:
    """An axis with these steps, as of ``now``."""
    come = len(steps) - 1
    while come and steps[come].at > now:  # the beginning always has come
        come -= 1
    last, following = steps[come], steps[come + 1 : come + 2]
    review_at = following[0].at if following else None
    return Held(axis, received, last.value, last.at, review_at, steps)


def next_review(axes: Iterable[Held]) -> int | None:
    """When time alone moves the first of them."""
    return min((one.review_at for one in axes if one.review_at is not None), default=None)


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(tuple[Held, ...]).decode


def packed_axes(axes: Iterable[Held]) -> bytes:
    """As a row keeps them."""
    return _encode(tuple(axes))


def opened_axes(axes: bytes) -> tuple[Held, ...]:
    """As a row keeps them."""
    return _decode(axes)


# The facets that a standing gives: its value, whether the rules differ, when it turned.

DIFFERS = "differs"
"""Facet: the master says one thing and the rules another; the value is the axis."""

FORBIDDEN, PERMITTED = "forbidden", "permitted"
"""Facets: and in the master nobody can set by hand what it says, or anybody; the value is the axis.
Whoever has one of them has `DIFFERS`."""

TURN = "turn"
"""``("turn.AXIS.VALUE", "2026-10")``: came to the value in that month, by the rules."""

AGAIN = "again"
"""``("again.AXIS.VALUE", "2026-10")``: something brought it back to a value held before."""


def facets_of_value(one: Held, rules: Rules | None = None) -> set[Facet]:
    """What the standing itself gives."""
    found = {(one.axis, one.value)}
    if one.received is None:
        return found
    if disagree(one.axis, one.received, one.derived, rules):
        found |= {(DIFFERS, one.axis), (FORBIDDEN if one.forbidden else PERMITTED, one.axis)}
    if why := one.archived_as:
        found.add((ARCHIVED.name, why))
    return found


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
    """Before and after the steps that time alone has brought since the last review.

    What only the settings decide is the same on both sides, so that it moves nobody.
    """
    moved = one.at(now)
    reviewed = (one.review_at or 0) - 1
    before = facets_of_turns(one.axis, one.steps, reviewed)
    after = facets_of_turns(one.axis, one.steps, now)
    return (
        before | facets_of_value(one),
        after | facets_of_value(moved),
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


_MOST_STEPS = 60
"""Of a long history the latest are kept."""

FIRST_PURCHASE = "first_purchase"
"""Facet: the month in which a customer first bought."""


class Verdict(msgspec.Struct, frozen=True):
    """What facts and time make of a customer."""

    axes: bytes = packed_axes(())
    """Its standings, as a row keeps them; none where no rules are in force."""
    review_at: int | None = None
    facets: frozenset[Facet] = frozenset()
    last_purchase_at: int | None = None


NOTHING = Verdict()


_NO_DAYS: Mapping[str, str] = {}


def judge(
    facts: Facts,
    told: Mapping[str, str],
    rules: Rules,
    now: int,
    days: Mapping[str, str] = _NO_DAYS,
) -> Verdict:
    """The standings at ``now``, the facets they give, and the last purchase.

    ``told`` is the master's own word by axis; ``days`` since when it says so, where it tells.
    Depends on nothing else: whatever came before, in whatever order, the verdict is the same.
    """
    found: list[Held] = []
    facets: set[Facet] = set()
    for axis, steps in timelines(facts, rules).items():
        one = held(axis, told.get(axis), steps[-_MOST_STEPS:], now)
        found.append(one)
        facets |= facets_of_value(one, rules)
        facets |= facets_of_turns(axis, steps, now)
        if (why := one.archived_as) and axis in days:
            facets.add(_turn(TURN, ARCHIVED.name, why, days[axis][:7]))
    if facts.purchases and facts.purchases[0].id:  # the last alone says nothing of the first
        facets.add((FIRST_PURCHASE, month_of(facts.purchases[0].at)))
    return Verdict(
        packed_axes(found),
        next_review(found),
        frozenset(facets),
        facts.purchases[-1].at if facts.purchases else None,
    )


_Pairs = frozenset[tuple[str, str]]


@lru_cache(20_000)
def judge_idle(since: int, told: _Pairs, rules: Rules, days: _Pairs = frozenset()) -> Verdict:
    """The verdict on somebody who did nothing yet: many were registered on the same day.

    Nothing moves it but what happens: it holds at every instant from the registration on.
    """
    return judge(Facts(since=since), dict(told), rules, since, dict(days))
