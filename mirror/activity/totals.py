"""Running totals of charges by day: a month's sums cost the same however many charges it has.

Kept in the transaction that changes the charges. Currencies are never added together.
"""

from collections import Counter
from collections.abc import Iterable, Iterator

from sqlalchemy import Connection, bindparam, delete
from sqlalchemy.dialects.sqlite import insert

from mirror.activity.arriving import Charge
from mirror.activity.tables import charge_total
from mirror.instants import local_day
from mirror.prepared import Prepared

Cell = tuple[str, str, str, str]
"""Basis, day, state, currency."""

_KEY = ("basis", "day", "state", "currency")
_merge = insert(charge_total).values({name: bindparam(name) for name in charge_total.c.keys()})  # noqa: SIM118
_adjust = Prepared(
    _merge.on_conflict_do_update(
        index_elements=list(_KEY),
        set_={
            "charges": charge_total.c.charges + _merge.excluded.charges,
            "amount": charge_total.c.amount + _merge.excluded.amount,
        },
    ),
    *(column.name for column in charge_total.columns),
)


def adjust(connection: Connection, before: Iterable[Charge], after: Iterable[Charge]) -> None:
    """Take charges out of the totals as they were and put them in as they are."""
    charges: Counter[Cell] = Counter()
    amounts: Counter[Cell] = Counter()
    for sign, ones in ((-1, before), (1, after)):
        for cell, amount in (found for one in ones for found in _cells(one)):
            charges[cell] += sign
            amounts[cell] += sign * amount
    rows = [
        (*cell, charges[cell], amounts[cell])
        for cell in sorted(charges)
        if charges[cell] or amounts[cell]
    ]
    _adjust.many(connection, rows)
    if any(row[4] < 0 for row in rows):
        connection.execute(delete(charge_total).where(charge_total.c.charges == 0))


def _cells(one: Charge) -> Iterator[tuple[Cell, int]]:
    yield ("due", one.due_on, one.state, one.currency), one.amount
    if one.state == "paid" and one.paid_at is not None:
        amount = one.amount if one.paid_amount is None else one.paid_amount
        yield ("paid", local_day(one.paid_at).isoformat(), "paid", one.currency), amount
