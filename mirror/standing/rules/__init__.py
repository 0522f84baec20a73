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
    aside: str | None = None
    """Whoever has this value has a place of their own beside lists."""


AXES: dict[str, Axis] = {
    one.name: one
    for one in (
        Axis(
            "ploomes",
            "ploomes",
            ("prospect", "active", "inactive", "discarded"),
            ("discarded",),
            "discarded",
        ),
        Axis("sell_prospect", "sell", ("none", "current", "lost")),
        Axis("sell_customer", "sell", ("none", "current", "past"), ("past",)),
        Axis(
            "conta_base",
            "conta_base",
            ("lead", "active", "inactive", "archived"),
            ("archived",),
            "archived",
        ),
        Axis("azata", "azata", ("lead", "active", "contact", "inactive"), ("contact", "inactive")),
    )
}
"""By name. Omni's only axis is the registration: always as received, so it is no standing."""

ARCHIVED = Axis("archived", "conta_base", conta_base.ARCHIVED)
"""Why a customer of Conta Base is archived. No axis of its own: nobody else has a value of it."""

BARS = AXES | {ARCHIVED.name: ARCHIVED}
"""Everything of standings that customers are counted by."""

SET_ASIDE = tuple((axis.name, axis.aside) for axis in AXES.values() if axis.aside)
"""Conta Base's archived and Ploomes' discarded customers, who have a tab of their own. Whoever asks
for all leaves them out, in every list, number and report; only what happened in a month happened to
them too, a search finds them always, and copies of everything (export, terminals) have them."""

RULES = tuple(dict.fromkeys(axis.rules for axis in AXES.values()))
"""The rule sets that settings can name."""


def disagree(axis: str, received: str | None, derived: str, rules: Rules | None = None) -> bool:
    """Whether the master says of a customer what the rules would have to say themselves.

    What only a person can say contradicts no rule: that somebody is archived, for instance, or a
    word of the shop's own, or a value that nothing leads to by the ``rules`` in force.
    """
    known = AXES[axis]
    if received in (derived, *known.by_hand) or received not in known.values:
        return False
    return not (rules and axis == "ploomes" and ploomes.only_by_hand(received, rules))


def forbidden(axis: str, received: str | None, last: Step) -> bool:
    """Whether nobody can set by hand, in the master, what it says, after this last step.

    Ploomes lets people choose any status, and Sell too, with the exceptions that its article names.
    Conta Base counts payments and Azata purchases: beyond what is `Axis.by_hand` nobody sets it.
    """
    if axis == "sell_prospect":
        return received is not None and sell.forbids(received, last)
    return AXES[axis].rules in ("conta_base", "azata") and received not in AXES[axis].by_hand


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
