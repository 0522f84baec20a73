"""Writes batches of activity into the mirror, and moves the standings of whom it is about.

Works inside the caller's transaction, under the same promises as customers: stale never wins, an
unchanged record writes nothing, a bad one costs itself. Who a record is about may not be here yet.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Table, bindparam, delete, insert, update

from mirror import quarantine, restating
from mirror.activity import totals
from mirror.activity.arriving import SHELVES, Arrival, Charge, Here, here
from mirror.activity.erasing import NO_DOC, NO_VERSION, gone, without_texts
from mirror.activity.opening import seal_row
from mirror.activity.quarantined import without_bytes
from mirror.activity.settling import moves, settle_whom, whom
from mirror.activity.tables import TABLES
from mirror.planning import Plan, figures, plan
from mirror.prepared import Prepared
from mirror.progress import Figures, feed, now_us
from mirror.quarantine import Refusal, contradiction
from mirror.sealing import Keyring
from mirror.standing.facts import Rules
from mirror.standing.reviewing import expect_rules


class _Statements(msgspec.Struct, frozen=True):
    insert: Prepared
    update: Prepared
    remove: Prepared


def _statements(table: Table) -> _Statements:
    names = [column.name for column in table.columns][1:]
    changed: dict[str, Any] = {name: bindparam(f"new_{name}") for name in names}
    here = table.c.id == bindparam("row"), table.c.version <= bindparam("at_most")
    rows = update(table).where(*here).values(changed)
    return _Statements(
        Prepared(insert(table), *names),
        Prepared(rows, *(f"new_{name}" for name in names), "row", "at_most"),
        Prepared(delete(table).where(table.c.id == bindparam("row")), "row"),
    )


_STATEMENTS = {name: _statements(table) for name, table in TABLES.items()}


def apply(
    stream: str,
    connection: Connection,
    keys: Keyring,
    source: str,
    arrivals: Sequence[Arrival],
    refusals: Sequence[Refusal] = (),
    *,
    counter: bool,
    rules: Rules | None,
    revive: Callable[[str], bool] | None = None,
) -> Figures:
    """Write what is new or newer, quarantine what was refused, judge whom it is about.

    ``rules``: None in a first listing, at whose end everybody is judged once
    (`mirror.standing.reviewing`), and not once for every page they are on.
    ``revive``: whose arrival is the master's latest word leaves quarantine in any case.
    """
    names = [arrival.external_id for arrival in arrivals]
    judged, present = judge(stream, connection, keys, source, arrivals, counter=counter)
    restating.remember(connection, TABLES[stream], judged.notes)
    _write(connection, stream, source, judged, present)
    refused = _refused(connection, source, refusals, judged.contradictions)
    where = feed(source, stream)
    healed = {*judged.accepted, *(name for name in names if revive and revive(name))}
    quarantined = quarantine.settle(connection, keys, where, refused, healed, names)
    if rules is None and judged.accepted:
        expect_rules(connection, source)
    elif rules is not None and moves(stream, rules):
        settle_whom(connection, source, whom(stream, judged, present), rules)
    return figures(judged, present, quarantined)


def judge(
    stream: str,
    connection: Connection,
    keys: Keyring,
    source: str,
    arrivals: Sequence[Arrival],
    *,
    counter: bool,
) -> tuple[Plan[Arrival], dict[str, Here]]:
    """What `apply` would write, and what is there of it; no write."""

    def opened(name: str, version: int, doc: bytes) -> object:
        return keys.open(doc, seal_row(stream, source, name, version))

    names = (arrival.external_id for arrival in arrivals)
    present = SHELVES[stream].known(connection, source, names)
    judged = plan(arrivals, present, {}, counter=counter)
    restating.settle(connection, TABLES[stream], opened, judged, present)
    return judged, present


def remove(
    stream: str,
    connection: Connection,
    source: str,
    ids: Iterable[str],
    reason: str,
    rules: Rules,
) -> int:
    """Remove what the master no longer has, for whatever ``reason``; how many there were."""
    names = list(ids)
    present = SHELVES[stream].known(connection, source, names)
    _STATEMENTS[stream].remove.many(connection, [(one.id,) for one in present.values()])
    if stream == "payments":
        totals.adjust(connection, _charges(present.values()), ())
    quarantine.clear(connection, feed(source, stream), names)
    if moves(stream, rules):
        settle_whom(connection, source, (one.customer for one in present.values()), rules)
    return len(present)


def _refused(
    connection: Connection,
    source: str,
    refusals: Iterable[Refusal],
    contradictions: Iterable[Arrival],
) -> list[Refusal]:
    found = [*refusals, *(contradiction(one, one.customer) for one in contradictions)]
    return without_bytes(
        found, gone(connection, source, {one.customer for one in found if one.customer})
    )


def _write(
    connection: Connection,
    stream: str,
    source: str,
    judged: Plan[Arrival],
    present: dict[str, Here],
) -> None:
    accepted, now = judged.accepted, now_us()
    left = gone(connection, source, {one.customer for one in accepted.values() if one.customer})
    new: list[tuple[Any, ...]] = []
    changed: list[tuple[Any, ...]] = []
    for name, arrival in accepted.items():
        values = _values(stream, source, arrival, now, erased=arrival.customer in left)
        if name in present:
            changed.append((*values, present[name].id, arrival.version))
        else:
            new.append(values)
    _STATEMENTS[stream].insert.many(connection, new)
    _STATEMENTS[stream].update.many(connection, changed)
    if stream == "payments":
        before = (present[name] for name in accepted if name in present)
        after = (here(stream, one) for one in accepted.values())
        totals.adjust(connection, _charges(before), _charges(after))


def _values(
    stream: str, source: str, arrival: Arrival, now: int, *, erased: bool
) -> tuple[Any, ...]:
    name, whose, columns = arrival.external_id, arrival.customer, arrival.columns
    if erased:
        left = without_texts(stream, columns)
        return source, name, NO_VERSION, NO_DOC, whose, now, *left, NO_DOC
    return source, name, arrival.version, arrival.content_hash, whose, now, *columns, arrival.doc


def _charges(rows: Iterable[Here]) -> list[Charge]:
    return [one for one in rows if isinstance(one, Charge)]
