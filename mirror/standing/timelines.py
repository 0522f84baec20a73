"""Every rule set's steps together, and which of them holds at an instant."""

from bisect import bisect_right
from collections.abc import Callable, Sequence

from mirror.standing import azata, conta_base, ploomes, sell
from mirror.standing.axes import AXES
from mirror.standing.facts import Facts, Rules, Step

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
