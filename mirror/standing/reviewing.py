"""Has written down what time has moved, and judges everybody anew where the rules changed.

Both go on in transactions of a bounded size: a kill between two of them costs nothing.
"""

from collections.abc import Callable, Iterator

import msgspec
from sqlalchemy import Connection, select

from mirror.database import Database
from mirror.labelling import relabel
from mirror.progress import fact, now_us, set_fact
from mirror.standing.facts import Rules
from mirror.standing.keeping import review
from mirror.standing.passing import advance
from mirror.standing.tables import standing
from mirror.tables import customer

_AT_ONCE = 2_000
_NO_FILTERS = "[]"

Guard = Callable[[Connection], None]
"""What must hold in every transaction that writes (the lease)."""


def review_due(db: Database, guard: Guard) -> int:
    """Bring everybody whose time has come to this minute, of every source; how many they were.

    Takes time in proportion to them, however many customers there are.
    """
    reviewed, now = 0, now_us()
    for ids in _due(db, now):
        with db.writing() as connection:
            guard(connection)
            advance(connection, ids, now)
        reviewed += len(ids)
    return reviewed


def keep_rules(db: Database, source: str, rules: Rules, guard: Guard) -> int:
    """Judge everybody of ``source`` again where the rules are not those they were judged by.

    So too after a first listing of what they did: everybody once, with everything there is.
    """
    name, now = _fact_of(source), msgspec.json.encode(rules).decode()
    filters, wanted = f"filters {source}", msgspec.json.encode(rules.extras).decode()
    with db.reading() as connection:
        if fact(connection, name, "") == now:
            return 0
        relabelled = fact(connection, filters, _NO_FILTERS) != wanted
    judged = 0
    for ids in _everybody(db, source):
        with db.writing() as connection:
            guard(connection)
            if relabelled:
                relabel(connection, db.keys, ids, rules.extras)
            review(connection, source, ids, rules)
        judged += len(ids)
    with db.writing() as connection:
        guard(connection)
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
    for start in range(0, len(waiting), _AT_ONCE):
        yield waiting[start : start + _AT_ONCE]


def _everybody(db: Database, source: str) -> Iterator[list[int]]:
    last = 0
    while True:
        query = select(customer.c.id).where(customer.c.source == source, customer.c.id > last)
        with db.reading() as connection:
            ids = list(connection.scalars(query.order_by(customer.c.id).limit(_AT_ONCE)))
        if not ids:
            return
        yield ids
        last = ids[-1]
