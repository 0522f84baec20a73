"""Keeps standings in step with facts and time, in the transaction that changes either."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from mirror.facets.writing import Moves, packed, unpacked
from mirror.planning import chunks
from mirror.prepared import Prepared
from mirror.progress import now_us
from mirror.standing.facts import Facts, Rules
from mirror.standing.gathering import Person, gather, told_of
from mirror.standing.judging import NOTHING, Verdict, judge, judge_idle
from mirror.standing.tables import standing
from mirror.tables import customer

_put = Prepared(
    insert(standing).prefix_with("OR REPLACE"), *(column.name for column in standing.columns)
)
_drop = Prepared(delete(standing).where(standing.c.customer == bindparam("row")), "row")
_update = Prepared(
    update(customer)
    .where(customer.c.id == bindparam("row"))
    .values(derived=bindparam("facets_now"), last_purchase_at=bindparam("bought")),
    "facets_now",
    "bought",
    "row",
)
_ROW = ("id", "external_id", "customer_since", "told", "derived", "last_purchase_at")


def verdicts(
    connection: Connection, source: str, rules: Rules, people: Sequence[Person]
) -> dict[str, Verdict]:
    """What facts and time make of these customers now, by external id."""
    now = now_us()
    facts = gather(connection, source, rules, people)
    return {
        one.external_id: _judged(facts[one.external_id], one.told.standings, rules, now)
        for one in people
    }


def _judged(facts: Facts, told: dict[str, str], rules: Rules, now: int) -> Verdict:
    if facts.purchases or facts.payments or facts.deals or facts.since > now:
        return judge(facts, told, rules, now)
    if not rules.names:
        return NOTHING
    return judge_idle(facts.since, frozenset(told.items()), rules)


def write(connection: Connection, rows: Iterable[tuple[int, Verdict]]) -> None:
    """The standings of customers, by row id, over what stood there."""
    given = [(row, verdict.review_at, verdict.axes) for row, verdict in rows if verdict.axes]
    _put.many(connection, given)


def forget(connection: Connection, rows: Iterable[tuple[int]]) -> None:
    """No standings of these rows any more."""
    _drop.many(connection, rows)


def settle(connection: Connection, source: str, names: Collection[str], rules: Rules) -> None:
    """Judge these customers again, after something of theirs changed; who is unknown waits."""
    rows: list[Any] = []
    for part in chunks(sorted(names)):
        here = customer.c.source == source, customer.c.external_id.in_(part)
        rows += _rows(connection, *here)
    _judge_rows(connection, source, rules, rows)


def review(connection: Connection, source: str, ids: Sequence[int], rules: Rules) -> None:
    """Judge these rows of ``source`` again: their time has come, or the rules changed."""
    _judge_rows(connection, source, rules, _rows(connection, customer.c.id.in_(ids)))


def _rows(connection: Connection, *conditions: Any) -> list[Any]:
    columns = (*(customer.c[name] for name in _ROW), standing.c.review_at, standing.c.axes)
    found = select(*columns).outerjoin(standing, standing.c.customer == customer.c.id)
    return list(connection.execute(found.where(*conditions)))


def _judge_rows(connection: Connection, source: str, rules: Rules, rows: list[Any]) -> None:
    people = [Person(row[1], row[2], told_of(row[3])) for row in rows]
    found = verdicts(connection, source, rules, people)
    moves, changed, standings, none = Moves(connection), [], [], []
    for row, person in zip(rows, people, strict=True):
        verdict = found[person.external_id]
        facets = packed(moves.ids(verdict.facets))
        bought = latest(person.told.bought, verdict.last_purchase_at)
        if (facets, bought) != (row[4], row[5]):
            moves.move(row[0], unpacked(row[4]), unpacked(facets))
            changed.append((facets, bought, row[0]))
        if verdict.axes is None and row[7] is not None:
            none.append((row[0],))
        elif (verdict.review_at, verdict.axes) != (row[6], row[7]):
            standings.append((row[0], verdict))
    moves.flush()
    _update.many(connection, changed)
    write(connection, standings)
    forget(connection, none)


def latest(*instants: int | None) -> int | None:
    """The last of several instants that are there."""
    return max((one for one in instants if one is not None), default=None)
