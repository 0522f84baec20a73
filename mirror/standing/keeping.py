"""Keeps standings in step with facts and time, in the transaction that changes either."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, bindparam, delete, insert, select, update

from mirror.facets.writing import Moves, packed, unpacked
from mirror.planning import chunks
from mirror.prepared import Prepared
from mirror.progress import now_us
from mirror.standing.facts import Rules
from mirror.standing.gathering import Person, Told, gather
from mirror.standing.judging import NOTHING, Verdict, judge
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
_decode = msgspec.json.Decoder(Told).decode
_NOBODY = Told()


def told_of(stored: str | None) -> Told:
    """What a row keeps of the master's own word."""
    return _decode(stored) if stored else _NOBODY


def verdicts(
    connection: Connection, source: str, rules: Rules, people: Sequence[Person]
) -> dict[str, Verdict]:
    """What facts and time make of these customers now, by external id."""
    now = now_us()
    facts = gather(connection, source, rules, people)
    if not rules.names and not any(one.purchases for one in facts.values()):
        return {one.external_id: NOTHING for one in people}
    return {
        one.external_id: judge(facts[one.external_id], one.told.standings, rules, now)
        for one in people
    }


def write(connection: Connection, rows: Iterable[tuple[int, Verdict]]) -> None:
    """The standings of customers, by row id, over what stood there."""
    given = [
        (row_id, *msgspec.structs.astuple(one))
        for row_id, verdict in rows
        for one in verdict.standings
    ]
    _put.many(connection, sorted(given))


def forget(connection: Connection, rows: Iterable[tuple[int]]) -> None:
    """No standings of these rows any more."""
    _drop.many(connection, rows)


def settle(connection: Connection, source: str, names: Collection[str], rules: Rules) -> None:
    """Judge these customers again, after something of theirs changed; who is unknown waits."""
    for part in chunks(sorted(names)):
        here = customer.c.source == source, customer.c.external_id.in_(part)
        _judge_rows(connection, source, rules, _rows(connection, *here))


def review(connection: Connection, source: str, ids: Sequence[int], rules: Rules) -> None:
    """Judge these rows of ``source`` again: their time has come, or the rules changed."""
    _judge_rows(connection, source, rules, _rows(connection, customer.c.id.in_(ids)))


def _rows(connection: Connection, *conditions: Any) -> list[Any]:
    columns = (customer.c[name] for name in _ROW)
    return list(connection.execute(select(*columns).where(*conditions)))


def _judge_rows(connection: Connection, source: str, rules: Rules, rows: list[Any]) -> None:
    people = [Person(row[1], row[2], told_of(row[3])) for row in rows]
    found = verdicts(connection, source, rules, people)
    moves, changed = Moves(connection), []
    for row, person in zip(rows, people, strict=True):
        verdict = found[person.external_id]
        facets = moves.ids(verdict.facets)
        moves.move(row[0], unpacked(row[4]), facets)
        bought = latest(person.told.bought, verdict.last_purchase_at)
        if packed(facets) != row[4] or bought != row[5]:
            changed.append((packed(facets), bought, row[0]))
    moves.flush()
    _update.many(connection, changed)
    write(connection, ((row[0], found[row[1]]) for row in rows))


def latest(*instants: int | None) -> int | None:
    """The last of several instants that are there."""
    return max((one for one in instants if one is not None), default=None)
