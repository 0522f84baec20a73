"""Whose standings an activity moves: whom it is about, where something a rule looks at changes."""

from collections.abc import Iterable, Iterator, Mapping

from sqlalchemy import Connection, select

from mirror.activity.arriving import Arrival, Here, here
from mirror.planning import Plan
from mirror.prepared import chunks
from mirror.standing.facts import Rules
from mirror.standing.keeping import settle
from mirror.tables import customer

_LOOK = {"payments": {"conta_base"}, "deals": {"ploomes", "sell"}, "visits": set[str]()}
"""The rule sets that look at a stream. Orders are looked at in any case: for the last purchase."""


def moves(stream: str, rules: Rules) -> bool:
    """Whether something of this stream can move a standing at all."""
    return stream not in _LOOK or not _LOOK[stream].isdisjoint(rules.names)


def whom(stream: str, judged: Plan[Arrival], present: Mapping[str, Here]) -> Iterator[str | None]:
    """Whose facts change: most news of what is known already brings other news than these."""
    for name, one in judged.accepted.items():
        before, after = present.get(name), here(stream, one)
        if before is None or before.facts != after.facts:
            yield after.customer
            yield before.customer if before else None


def settle_whom(
    connection: Connection, source: str, customers: Iterable[str | None], rules: Rules
) -> None:
    """Judge these customers again, and with Sell's rules the companies they work for."""
    names = {name for name in customers if name}
    if "sell" in rules.names and names:
        names |= _companies(connection, source, names)
    settle(connection, source, names, rules)


def _companies(connection: Connection, source: str, names: set[str]) -> set[str]:
    found: set[str] = set()
    for part in chunks(sorted(names)):
        them = customer.c.source == source, customer.c.external_id.in_(part)
        query = select(customer.c.company).where(*them, customer.c.company.is_not(None))
        found.update(connection.scalars(query))
    return found
