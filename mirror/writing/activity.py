"""Writes batches of activity, moves the standings of whom it is about, erases texts of the gone.

Works inside the caller's transaction, under the same promises as customers: stale never wins, an
unchanged record writes nothing, a bad one costs itself. Who a record is about may not be here yet.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Table, bindparam, delete, insert, select, update

from mirror.standing import Rules
from mirror.store.engine import Prepared, chunks
from mirror.store.progress import Figures, feed, now_us
from mirror.store.sealing import Keyring, activity_seal
from mirror.store.tables import TABLES, customer, tombstone
from mirror.writing import activity_rows, judgement, quarantine
from mirror.writing.activity_rows import SHELVES, Arrival, Charge, Here, here
from mirror.writing.judgement import NEWEST, Plan, Trust, figures, plan
from mirror.writing.quarantine import Refusal, contradiction, without_bytes
from mirror.writing.standings import expect_rules, settle

# Whose standings an activity moves: whom it is about, where something a rule looks at changes.

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


# Erases the texts of what a gone customer did; amounts, dates and states stay for the totals.

NO_DOC = b""
NO_VERSION = -1
"""Older than any: should the customer come back, the master's next word brings the texts back."""
_TEXTS = {"deals": {"loss_reason": None}}
"""The last column of some streams is a text that the rules look at."""


def erase_texts(connection: Connection, source: str, customers: Iterable[str]) -> None:
    """Leave of these customers' activity nothing but amounts, dates and states.

    Of what of it waits in quarantine nothing but the line that says so.
    """
    for part in chunks(customers):
        for name, table in TABLES.items():
            texts = _TEXTS.get(name, {})
            connection.execute(
                update(table)
                .where(table.c.source == source, table.c.customer.in_(part))
                .values(doc=NO_DOC, version=NO_VERSION, content_hash=NO_DOC, **texts)
            )
        quarantine.erase(connection, source, part)


def gone(connection: Connection, source: str, names: set[str]) -> set[str]:
    """Who of these is gone from the master: of them no text is kept."""
    here = tombstone.c.source == source
    if connection.execute(select(tombstone.c.version).where(here).limit(1)).first() is None:
        return set()
    found: set[str] = set()
    for part in chunks(sorted(names)):
        query = select(tombstone.c.external_id).where(here, tombstone.c.external_id.in_(part))
        found.update(connection.scalars(query))
    return found


def without_texts(stream: str, columns: tuple[Any, ...]) -> tuple[Any, ...]:
    """The same columns of a record whose customer is gone already."""
    texts = len(_TEXTS.get(stream, ()))
    return (*columns[: len(columns) - texts], *[None] * texts)


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
    trust: Trust | None = None,
) -> Figures:
    """Write what is new or newer, quarantine what was refused, judge whom it is about.

    ``rules``: None in a first listing, at whose end everybody is judged once
    (`mirror.writing.standings`), and not once for every page they are on.
    ``trust``: whose arrival is the master's latest word leaves quarantine in any case.
    """
    names = [arrival.external_id for arrival in arrivals]
    trust = trust or Trust()
    judged, present = judge(
        stream, connection, keys, source, arrivals, counter=counter, trust=trust
    )
    judgement.remember(connection, TABLES[stream], judged.notes)
    _write(connection, stream, source, judged, present, trust.older)
    refused = _refused(connection, source, refusals, judged.contradictions)
    where = feed(source, stream)
    healed = set(judged.accepted).union(filter(trust.latest, names))
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
    trust: Trust | None = None,
) -> tuple[Plan[Arrival], dict[str, Here]]:
    """What `apply` would write, and what is there of it; no write."""

    def opened(name: str, version: int, doc: bytes) -> object:
        return keys.open(doc, activity_seal(stream, source, name, version))

    names = (arrival.external_id for arrival in arrivals)
    present = SHELVES[stream].known(connection, source, names)
    judged = plan(arrivals, present, {}, counter=counter, trust=trust)
    judgement.settle(connection, TABLES[stream], opened, judged, present)
    return judged, present


def remove(
    stream: str,
    connection: Connection,
    source: str,
    ids: Iterable[str],
    reason: str,
    rules: Rules,
    versions: Mapping[str, int] | None = None,
) -> int:
    """Remove what the master no longer has, for whatever ``reason``; how many there were.

    No tombstone is left of an activity, so that ``versions`` say nothing here.
    """
    names = list(ids)
    present = SHELVES[stream].known(connection, source, names)
    _STATEMENTS[stream].remove.many(connection, [(one.id,) for one in present.values()])
    if stream == "payments":
        activity_rows.adjust(connection, _charges(present.values()), ())
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
    older: Collection[str],
) -> None:
    accepted, now = judged.accepted, now_us()
    left = gone(connection, source, {one.customer for one in accepted.values() if one.customer})
    new: list[tuple[Any, ...]] = []
    changed: list[tuple[Any, ...]] = []
    for name, arrival in accepted.items():
        values = _values(stream, source, arrival, now, erased=arrival.customer in left)
        if name in present:
            at_most = NEWEST if name in older else arrival.version
            changed.append((*values, present[name].id, at_most))
        else:
            new.append(values)
    _STATEMENTS[stream].insert.many(connection, new)
    _STATEMENTS[stream].update.many(connection, changed)
    if stream == "payments":
        before = (present[name] for name in accepted if name in present)
        after = (here(stream, one) for one in accepted.values())
        activity_rows.adjust(connection, _charges(before), _charges(after))


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
