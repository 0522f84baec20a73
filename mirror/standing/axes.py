"""The axes along which a relationship has a standing, by whose rules, and the values of each."""

import msgspec


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
