"""The axes along which a relationship has a standing, by whose rules, and the values of each."""

import msgspec


class Axis(msgspec.Struct, frozen=True):
    """One line of values; the first is where everybody begins."""

    name: str
    rules: str
    values: tuple[str, ...]


AXES: dict[str, Axis] = {
    one.name: one
    for one in (
        Axis("ploomes", "ploomes", ("prospect", "active", "inactive", "discarded")),
        Axis("sell_prospect", "sell", ("none", "current", "lost")),
        Axis("sell_customer", "sell", ("none", "current", "past")),
        Axis("conta_base", "conta_base", ("lead", "active", "inactive", "archived")),
        Axis("azata", "azata", ("lead", "active", "contact", "inactive")),
    )
}
"""By name. Omni's only axis is the registration: always as received, so it is no standing."""

RULES = tuple(dict.fromkeys(axis.rules for axis in AXES.values()))
"""The rule sets that settings can name."""
