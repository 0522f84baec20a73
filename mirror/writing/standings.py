"""Keeps standings in step with facts and time, in the transaction that changes either."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import lru_cache
from itertools import chain
from typing import Any

import msgspec
from sqlalchemy import Connection, Table, bindparam, delete, select, update

from mirror.facets import Facet, packed_ids, unpacked_ids
from mirror.instants import midnight
from mirror.records import is_purchase
from mirror.standing import DealFact, Event, Facts, Rules
from mirror.standing.verdict import (
    NOTHING,
    Held,
    Verdict,
    facets_of_move,
    judge,
    judge_idle,
    next_review,
    opened_axes,
    packed_axes,
)
from mirror.store.engine import (
    ID_NAMES,
    ID_PLACES,
    Database,
    Prepared,
    chunks,
    fenced,
    filled,
    upsert,
)
from mirror.store.progress import fact, now_us, set_fact
from mirror.store.tables import customer, deals, orders, payments, standing
from mirror.writing.indexes import Moves, relabel

# Writes down what time alone has moved, from what stands there: nobody's activity is read again.
#
# The steps that time will bring were written when the facts were judged; here they come.

_ROWS = select(standing.c.customer, standing.c.axes, standing.c.facets)
_write = Prepared(
    update(standing)
    .where(standing.c.customer == bindparam("row"))
    .values(review_at=bindparam("next"), axes=bindparam("stands"), facets=bindparam("holds")),
    "next",
    "stands",
    "holds",
    "row",
)


def advance(connection: Connection, ids: Sequence[int], now: int) -> None:
    """Bring these rows to ``now``."""
    moves, rows = Moves(connection), []
    for row, axes, facets in connection.execute(_ROWS.where(standing.c.customer.in_(ids))):
        before = opened_axes(axes)
        after = [one.at(now) for one in before]
        entering, leaving = _moved(before, now)
        held = unpacked_ids(facets)
        holds = held - moves.ids(leaving) | moves.ids(entering)
        moves.move(row, held, holds)
        rows.append((next_review(after), packed_axes(after), packed_ids(holds), row))
    moves.flush()
    _write.many(connection, rows)


def _moved(axes: Iterable[Held], now: int) -> tuple[set[Facet], set[Facet]]:
    """The facets entered and left."""
    entering: set[Facet] = set()
    leaving: set[Facet] = set()
    for one in axes:
        if one.review_at is not None and one.review_at <= now:
            before, after = facets_of_move(one, now)
            entering |= after - before
            leaving |= before - after
    return entering, leaving


# Gathers the facts of customers from what is stored of their activity, many at once.


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
    days: dict[str, str] = {}
    """Since when it says so of a standing, by axis, as ISO texts."""


_decode = msgspec.json.Decoder(Told).decode
_NOTHING_TOLD = Told()


def told_of(stored: str | None) -> Told:
    """What a row keeps of the master's own word."""
    return _decode(stored) if stored else _NOTHING_TOLD


def _of(table: Table, *columns: str) -> Prepared:
    # No other condition: an index on a state would tempt the database to read all who are in it.
    query = select(*(table.c[name] for name in ("customer", *columns))).where(
        table.c.source == bindparam("src"), table.c.customer.in_(ID_PLACES)
    )
    return Prepared(query, "src", *ID_NAMES)


_PURCHASES = _of(orders, "placed_at", "external_id", "state", "kind")
_PAID = _of(payments, "paid_at", "external_id", "state")
_DEAL = ("external_id", "state", "opened_at", "closed_at", "loss_reason")
_DEALS = _of(deals, *_DEAL)
_EMPLOYEES = Prepared(
    select(customer.c.company, customer.c.external_id).where(
        customer.c.source == bindparam("src"), customer.c.company.in_(ID_PLACES)
    ),
    "src",
    *ID_NAMES,
)


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
        if is_purchase(kind, state):
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


_put = upsert(standing)
_drop = Prepared(delete(standing).where(standing.c.customer == bindparam("row")), "row")
_update = Prepared(
    update(customer)
    .where(customer.c.id == bindparam("row"))
    .values(last_purchase_at=bindparam("bought")),
    "bought",
    "row",
)
_ROW = ("id", "external_id", "customer_since", "told", "last_purchase_at")
_AT_ONCE = 1_000


def verdicts(
    connection: Connection, source: str, rules: Rules, people: Sequence[Person]
) -> dict[str, Verdict]:
    """What facts and time make of these customers now, by external id."""
    now = now_us()
    facts = gather(connection, source, rules, people)
    return {
        one.external_id: _judged(facts[one.external_id], one.told, rules, now) for one in people
    }


def idle(connection: Connection, source: str, rules: Rules) -> bool:
    """Whether everybody's verdict is `NOTHING`: no rules judge them, and nothing is known to do."""
    return not rules.names and not _serves(connection, source)


def _judged(facts: Facts, told: Told, rules: Rules, now: int) -> Verdict:
    if facts.purchases or facts.payments or facts.deals or facts.since > now:
        return judge(facts, told.standings, rules, now, told.days)
    if not rules.names:
        return NOTHING
    said, days = frozenset(told.standings.items()), frozenset(told.days.items())
    return judge_idle(facts.since, said, rules, days)


_NONE = (None, NOTHING.axes, packed_ids(()))
"""What stands in a row that there is not."""


def keep(connection: Connection, judged: Mapping[int, Verdict], new: Mapping[int, Verdict]) -> None:
    """Write the verdicts on these rows over what stood there, and move the rows between facets.

    ``new`` rows have none yet; of a row judged `NOTHING` nothing is left.
    """
    there, moves = _there(connection, judged), Moves(connection)
    moves.learn(chain.from_iterable(one.facets for one in (*judged.values(), *new.values())))
    changed: list[tuple[Any, ...]] = []
    none: list[tuple[int]] = []
    for row, verdict in (*judged.items(), *new.items()):
        before = there.get(row, _NONE)
        after = verdict.review_at, verdict.axes, packed_ids(moves.ids(verdict.facets))
        if after == before:
            continue
        moves.move(row, unpacked_ids(before[2]), unpacked_ids(after[2]))
        if after == _NONE:
            none.append((row,))
        else:
            changed.append((row, *after))
    moves.flush()
    _put.many(connection, changed)
    _drop.many(connection, none)


def _there(connection: Connection, rows: Collection[int]) -> dict[int, tuple[Any, ...]]:
    found: dict[int, tuple[Any, ...]] = {}
    ids = sorted(rows)
    for start in range(0, len(ids), _AT_ONCE):
        asked = select(standing).where(standing.c.customer.in_(ids[start : start + _AT_ONCE]))
        found.update((row[0], tuple(row[1:])) for row in connection.execute(asked))
    return found


def settle(connection: Connection, source: str, names: Collection[str], rules: Rules) -> None:
    """Judge these customers again, after something of theirs changed; who is unknown waits."""
    rows: list[Any] = []
    for part in chunks(sorted(names)):
        rows += _rows(connection, customer.c.source == source, customer.c.external_id.in_(part))
    _judge_rows(connection, source, rules, rows)


def review(connection: Connection, source: str, ids: Sequence[int], rules: Rules) -> None:
    """Judge these rows of ``source`` again: the rules changed, or nobody judged them yet."""
    _judge_rows(connection, source, rules, _rows(connection, customer.c.id.in_(ids)))


def _rows(connection: Connection, *conditions: Any) -> Iterable[Any]:
    return connection.execute(select(*(customer.c[name] for name in _ROW)).where(*conditions))


def _judge_rows(connection: Connection, source: str, rules: Rules, found: Iterable[Any]) -> None:
    rows = list(found)
    people = [Person(row[1], row[2], told_of(row[3])) for row in rows]
    judged = verdicts(connection, source, rules, people)
    keep(connection, {row[0]: judged[row[1]] for row in rows}, {})
    lasts = (latest(one.told.bought, judged[one.external_id].last_purchase_at) for one in people)
    changed = [(last, row[0]) for row, last in zip(rows, lasts, strict=True) if last != row[4]]
    _update.many(connection, changed)


def latest(*instants: int | None) -> int | None:
    """The last of several instants that are there."""
    return max((one for one in instants if one is not None), default=None)


# Has written down what time has moved, and judges everybody anew where the rules changed.
#
# Both go on in transactions of a bounded size: a kill between two of them costs nothing.

_REVIEWED_AT_ONCE = 2_000
_COUNTING = "2"
"""Counted up when what the rules look at changes, so that everybody is judged again."""
_NO_FILTERS = "[]"


def review_due(db: Database, fence: int) -> int:
    """Bring everybody whose time has come to this minute, of every source; how many they were.

    Takes time in proportion to them, however many customers there are.
    """
    reviewed, now = 0, now_us()
    for ids in _due(db, now):
        with fenced(db, fence) as connection:
            advance(connection, ids, now)
        reviewed += len(ids)
    return reviewed


def keep_rules(db: Database, source: str, rules: Rules, fence: int) -> int:
    """Judge everybody of ``source`` again where the rules are not those they were judged by.

    So too after a first listing of what they did: everybody once, with everything there is.
    """
    name, now = _fact_of(source), _COUNTING + msgspec.json.encode(rules).decode()
    filters, wanted = f"filters {source}", msgspec.json.encode(rules.extras).decode()
    with db.reading() as connection:
        if fact(connection, name, "") == now:
            return 0
        relabelled = fact(connection, filters, _NO_FILTERS) != wanted
    judged = 0
    for ids in _everybody(db, source):
        with fenced(db, fence) as connection:
            if relabelled:
                relabel(connection, db.keys, ids, rules.extras)
            review(connection, source, ids, rules)
        judged += len(ids)
    with fenced(db, fence) as connection:
        set_fact(connection, name, now)
        set_fact(connection, filters, wanted)
    return judged


def expect_rules(connection: Connection, source: str) -> None:
    """Everybody of ``source`` is to be judged again; `keep_rules` does it, be it after a kill."""
    set_fact(connection, _fact_of(source), "")


def _fact_of(source: str) -> str:
    return f"rules {source}"


def _due(db: Database, now: int) -> Iterator[list[int]]:
    # By the index of those due alone: joined, the database would rather read every customer.
    query = select(standing.c.customer).where(standing.c.review_at <= now)
    with db.reading() as connection:
        waiting = sorted(connection.scalars(query))  # neighbours lie on one page
    for start in range(0, len(waiting), _REVIEWED_AT_ONCE):
        yield waiting[start : start + _REVIEWED_AT_ONCE]


def _everybody(db: Database, source: str) -> Iterator[list[int]]:
    last = 0
    while True:
        query = select(customer.c.id).where(customer.c.source == source, customer.c.id > last)
        with db.reading() as connection:
            ids = list(connection.scalars(query.order_by(customer.c.id).limit(_REVIEWED_AT_ONCE)))
        if not ids:
            return
        yield ids
        last = ids[-1]
