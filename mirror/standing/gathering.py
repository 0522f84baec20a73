"""Gathers the facts of customers from what is stored of their activity, many at once."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

import msgspec
from sqlalchemy import BindParameter, Connection, Table, bindparam, select

from mirror.activity.tables import deals, orders, payments
from mirror.instants import midnight
from mirror.prepared import CHUNK, Prepared, chunks, filled
from mirror.standing.facts import DealFact, Event, Facts, Rules
from mirror.tables import customer


class Person(msgspec.Struct, frozen=True):
    """What of a customer's own record the rules look at."""

    external_id: str
    since: str | None
    """The day of registration, as ISO text."""
    told: "Told"


class Told(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the master itself says, as a row keeps it."""

    standings: dict[str, str] = {}
    bought: int | None = None
    """The last purchase, where it can be one."""


_decode = msgspec.json.Decoder(Told).decode
_NOTHING_TOLD = Told()


def told_of(stored: str | None) -> Told:
    """What a row keeps of the master's own word."""
    return _decode(stored) if stored else _NOTHING_TOLD


_places: list[BindParameter[str]] = [bindparam(f"c{place}") for place in range(CHUNK)]
_names = tuple(place.key for place in _places)


def _of(table: Table, *columns: str) -> Prepared:
    # No other condition: an index on a state would tempt the database to read all who are in it.
    query = select(*(table.c[name] for name in ("customer", *columns))).where(
        table.c.source == bindparam("src"), table.c.customer.in_(_places)
    )
    return Prepared(query, "src", *_names)


_PURCHASES = _of(orders, "placed_at", "external_id", "state", "kind")
_PAID = _of(payments, "paid_at", "external_id", "state")
_DEAL = ("external_id", "state", "opened_at", "closed_at", "loss_reason")
_DEALS = _of(deals, *_DEAL)
_EMPLOYEES = Prepared(
    select(customer.c.company, customer.c.external_id).where(
        customer.c.source == bindparam("src"), customer.c.company.in_(_places)
    ),
    "src",
    *_names,
)


_SOLD = ("open", "done")
"""An order of which nobody knows the state moves no standing."""


class _Found(msgspec.Struct):
    purchases: list[Event] = []
    payments: list[Event] = []
    deals: list[DealFact] = []


def gather(
    connection: Connection, source: str, rules: Rules, people: Sequence[Person]
) -> dict[str, Facts]:
    """The facts of these customers of ``source``, by external id."""
    found: defaultdict[str, _Found] = defaultdict(_Found)
    if _serves(connection, source):
        for part in chunks(one.external_id for one in people):
            _gather(connection, source, rules, part, found)
            if "sell" in rules.names:
                _gather_employees(connection, source, part, found)
    return {one.external_id: _facts(one, found.get(one.external_id)) for one in people}


def _serves(connection: Connection, source: str) -> bool:
    # Of most masters nothing is stored but customers: then there is nothing to look for.
    tables = (orders, payments, deals)
    queries = (select(one.c.id).where(one.c.source == source).limit(1) for one in tables)
    return any(connection.execute(query).first() for query in queries)


def _gather(
    connection: Connection,
    source: str,
    rules: Rules,
    names: list[str],
    found: dict[str, _Found],
) -> None:
    def rows(statement: Prepared) -> Any:
        return statement.one(connection, source, *filled(names))

    for name, at, one, state, kind in rows(_PURCHASES):
        if kind == "order" and state in _SOLD:
            found[name].purchases.append(Event(at, one))
    if "conta_base" in rules.names:
        for name, at, one in _paid(rows(_PAID)):
            found[name].payments.append(Event(at, one))
    if {"ploomes", "sell"}.intersection(rules.names):
        for name, *deal in rows(_DEALS):
            found[name].deals.append(DealFact(*deal))


def _paid(rows: Any) -> Iterator[tuple[str, int, str]]:
    return ((name, at, one) for name, at, one, state in rows if state == "paid" and at is not None)


def _gather_employees(
    connection: Connection, source: str, names: list[str], found: dict[str, _Found]
) -> None:
    """What the people who work for these companies did: two short ways instead of a join."""
    asked: Any = _EMPLOYEES.one(connection, source, *filled(names))
    employer = {name: company for company, name in asked if name != company}
    for part in chunks(employer):
        rows: Any = _DEALS.one(connection, source, *filled(part))
        for name, *deal in rows:
            own = DealFact(*deal)
            found[employer[name]].deals.append(msgspec.structs.replace(own, employee=name))


def _facts(person: Person, found: _Found | None) -> Facts:
    one = found or _Found()
    bought = person.told.bought
    purchases = sorted(one.purchases)
    if bought is not None and not purchases:
        purchases = [Event(bought, "")]  # a master that serves no orders still says when
    return Facts(
        since=_instant(person.since) if person.since else 0,
        purchases=tuple(purchases),
        payments=tuple(sorted(one.payments)),
        deals=tuple(sorted(one.deals, key=lambda deal: (deal.opened_at, deal.id))),
    )


@lru_cache(20_000)
def _instant(day: str) -> int:
    return midnight(date.fromisoformat(day))
