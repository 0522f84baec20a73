"""Keeps standings in step with facts and time, in the transaction that changes either."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import chain
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from mirror.facets.stored import packed, unpacked
from mirror.facets.writing import Moves
from mirror.prepared import Prepared, chunks
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
        one.external_id: _judged(facts[one.external_id], one.told.standings, rules, now)
        for one in people
    }


def _judged(facts: Facts, told: dict[str, str], rules: Rules, now: int) -> Verdict:
    if facts.purchases or facts.payments or facts.deals or facts.since > now:
        return judge(facts, told, rules, now)
    if not rules.names:
        return NOTHING
    return judge_idle(facts.since, frozenset(told.items()), rules)


def keep(connection: Connection, judged: Mapping[int, Verdict], new: Mapping[int, Verdict]) -> None:
    """Write the verdicts on these rows over what stood there, and move the rows between facets.

    ``new`` rows have none yet; of a row judged `NOTHING` nothing is left.
    """
    there, moves = _there(connection, judged), Moves(connection)
    moves.learn(chain.from_iterable(one.facets for one in (*judged.values(), *new.values())))
    changed: list[tuple[Any, ...]] = []
    none: list[tuple[int]] = []
    for row, verdict in (*judged.items(), *new.items()):
        before = there.get(row)
        after = verdict.review_at, verdict.axes, packed(moves.ids(verdict.facets))
        if after == before:
            continue
        moves.move(row, unpacked(before[2]) if before else set(), unpacked(after[2]))
        if not verdict.leaves_nothing:
            changed.append((row, *after))
        elif before:
            none.append((row,))
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
