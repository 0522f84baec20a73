"""Every system's rules: their axes and values, their steps together, which holds at an instant."""

from bisect import bisect_right
from collections.abc import Callable, Sequence

import msgspec

from mirror.standing import Facts, Rules, Step
from mirror.standing.rules import azata, conta_base, ploomes, sell

# The axes along which a relationship has a standing, by whose rules, and the values of each.


class Axis(msgspec.Struct, frozen=True):
    """One line of values; the first is where everybody begins."""

    name: str
    rules: str
    values: tuple[str, ...]
    by_hand: tuple[str, ...] = ()
    """Those that a person gives and no rule comes to."""


AXES: dict[str, Axis] = {
    one.name: one
    for one in (
        Axis("ploomes", "ploomes", ("prospect", "active", "inactive", "discarded"), ("discarded",)),
        Axis("sell_prospect", "sell", ("none", "current", "lost")),
        Axis("sell_customer", "sell", ("none", "current", "past"), ("past",)),
        Axis("conta_base", "conta_base", ("lead", "active", "inactive", "archived"), ("archived",)),
        Axis("azata", "azata", ("lead", "active", "contact", "inactive"), ("contact", "inactive")),
    )
}
"""By name. Omni's only axis is the registration: always as received, so it is no standing."""

RULES = tuple(dict.fromkeys(axis.rules for axis in AXES.values()))
"""The rule sets that settings can name."""


def disagree(axis: str, received: str | None, derived: str) -> bool:
    """Whether the master says of a customer what the rules would have to say themselves.

    What only a person can say, that somebody is archived for instance, contradicts no rule.
    """
    return received not in (None, derived, *AXES[axis].by_hand)


_RULE_SETS: dict[str, Callable[[Facts, Rules], dict[str, tuple[Step, ...]]]] = {
    "ploomes": ploomes.timeline,
    "sell": sell.timeline,
    "conta_base": conta_base.timeline,
    "azata": azata.timeline,
}


def timelines(facts: Facts, rules: Rules) -> dict[str, tuple[Step, ...]]:
    """The steps of every axis of the rule sets named, by axis, in the order of `AXES`.

    Each begins with the step ``registered`` and goes on in the order of time, every step to another
    value. The order in which facts are given makes no difference. No name, no axis; a name that is
    no rule set raises KeyError: settings let none in.
    """
    told = {name: _RULE_SETS[name](facts, rules) for name in rules.names}
    return {name: told[axis.rules][name] for name, axis in AXES.items() if axis.rules in told}


def at(steps: Sequence[Step], now: int) -> Step:
    """The last step that has come at ``now`` (microseconds); the first where none has."""
    come = bisect_right(steps, now, key=lambda step: step.at)
    return steps[max(come, 1) - 1]
