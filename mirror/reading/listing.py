"""Lists customers: page by page by any combination of facets, or one by one for an export.

Everything on one look comes from one snapshot and one instant, so that a list, its total and the
numbers beside its tabs agree. A deep page costs what the first one costs.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

import msgspec
from msgspec.structs import replace
from sqlalchemy import Row, select

from mirror.facets import Facet, Set, page, set_of, size
from mirror.instants import instant_of
from mirror.masking import masked_customer
from mirror.reading.facets import Condition, Facets
from mirror.records import KINDS, REGISTRATIONS, Customer
from mirror.standing.rules import ARCHIVED, BARS, SET_ASIDE
from mirror.store.engine import Database
from mirror.store.progress import now_us
from mirror.store.sealing import Found, load, open_customer
from mirror.store.tables import customer

_MOST_OTHERS = 12
"""Words of the master's that are no value of an axis: so many are counted."""


class Filters(msgspec.Struct, frozen=True):
    """What a list shows: customers of a kind who meet every filter."""

    kind: str | None = "PF"
    """None: people and companies."""
    facets: tuple[Facet, ...] = ()
    """Several of one name are one filter: whoever has any of them."""
    missing: tuple[str, ...] = ()
    """And whose registration lacks any of these fields."""
    everybody: bool = False
    """Also those whom lists set aside otherwise."""

    def without(self, name: str) -> "Filters":
        """The same list with one filter less; why somebody is archived goes with the axis."""
        gone = (name, ARCHIVED.name) if name == ARCHIVED.rules else (name,)
        kept = tuple(one for one in self.facets if one[0] not in gone)
        return msgspec.structs.replace(self, facets=kept)

    def less(self, one: Facet) -> "Filters":
        """The same list with one value of a filter less; the filter goes with its last value."""
        if (left := self.values(one[0])) == [one[1]]:
            return self.without(one[0])
        kept = tuple(other for other in self.facets if other != one)
        return msgspec.structs.replace(self, facets=kept) if one[1] in left else self

    def values(self, name: str) -> list[str]:
        """What is asked for of one name."""
        return [value for other, value in self.facets if other == name]

    @property
    def left_out(self) -> tuple[Facet, ...]:
        """Whom this list leaves out: those set aside, unless it asks for any of them."""
        return () if self.everybody or any(map(asks_for_set_aside, self.facets)) else SET_ASIDE

    @property
    def conditions(self) -> list[Condition]:
        """As sets are intersected."""
        kinds = (self.kind,) if self.kind else KINDS
        found = [Condition(tuple(("kind", kind) for kind in kinds))]
        by_name = sorted(self.facets, key=lambda one: one[0])
        found += (Condition(tuple(some)) for _, some in groupby(by_name, lambda one: one[0]))
        if self.missing:
            found.append(Condition(tuple(("missing", field) for field in self.missing)))
        left_out = self.left_out
        return [*found, Condition(left_out, without=True)] if left_out else found


def asks_for_set_aside(one: Facet) -> bool:
    """Whether only somebody who is set aside may have this facet, or the master's own word for it.

    A master that says *Descartado* in its registration says it of those who are set aside.
    """
    name, value = one
    own_word = name == "registration" and value not in REGISTRATIONS
    return one in SET_ASIDE or name == ARCHIVED.name or own_word


class Page(msgspec.Struct, frozen=True):
    """A page of a list, newest first; ``older`` and ``newer`` are the cursors of its neighbours
    (of a ranked list their numbers)."""

    rows: list[Found]
    older: int | None
    newer: int | None


class Look(msgspec.Struct, frozen=True):
    """A page of a list with every number beside it."""

    page: Page
    total: int
    kinds: dict[str, int]
    """By kind: how many the same filters have there."""
    counts: dict[str, list[tuple[str, int]]]
    """By facet: how many of the list have each value, were it not filtered by that facet."""
    incomplete: int
    """How many of the list lack a field that is asked for."""


def browse(
    db: Database,
    filters: Filters,
    *,
    before: int | None = None,
    after: int | None = None,
    limit: int = 50,
) -> Page:
    """A page of the list: what comes after the id ``before``, or before the id ``after``."""
    return look(db, filters, before=before, after=after, limit=limit).page


def counts(db: Database, filters: Filters) -> int:
    """How many customers a list with these filters has; always equal to its rows."""
    with db.reading() as connection:
        return size(Facets(connection, now_us()).select(filters.conditions))


def look(
    db: Database,
    filters: Filters,
    *,
    before: int | None = None,
    after: int | None = None,
    limit: int = 50,
    count: Sequence[str] = (),
    required: Sequence[str] = (),
) -> Look:
    """A page of the list, with the numbers of the facets named in ``count``."""
    with db.reading() as connection:
        facets = Facets(connection, now_us())
        chosen = facets.select(filters.conditions)
        ids = page(chosen, before, after, limit + 1)
        more = len(ids) > limit
        ids = (ids[1:] if after is not None else ids[:limit]) if more else ids
        rows = load(connection, db.keys, ids)
        return Look(
            _paged(rows, before, after, more),
            size(chosen),
            {kind: _number(facets, msgspec.structs.replace(filters, kind=kind)) for kind in KINDS},
            {name: _values(facets, filters, name) for name in count},
            _incomplete(facets, filters, required),
        )


def ranked(db: Database, filters: Filters, order: Sequence[int], number: int, limit: int) -> Look:
    """A page of these customers in their own order, of those alone who meet the filters.

    ``number``: of the page, from 1; so are the page's neighbours. No other number is counted but by
    kind.
    """
    with db.reading() as connection:
        facets = Facets(connection, now_us(), set_of(order))
        chosen = facets.select(filters.conditions)
        fitting = set(page(chosen, None, None, len(order)))
        start = max(0, number - 1) * limit
        ids = [one for one in order if one in fitting][start : start + limit]
        more = start + limit < len(fitting)
        rows = load(connection, db.keys, ids)
        kinds = {
            kind: _number(facets, msgspec.structs.replace(filters, kind=kind)) for kind in KINDS
        }
        turned = Page(rows, number + 1 if more else None, number - 1 if start else None)
        return Look(turned, len(fitting), kinds, {}, 0)


def values(db: Database, name: str) -> list[tuple[str, int]]:
    """Every value of a facet that somebody has, and how many."""
    with db.reading() as connection:
        return Facets(connection, now_us()).values(name)


def _paged(rows: list[Found], before: int | None, after: int | None, more: bool) -> Page:
    if not rows:
        return Page([], None, None)
    backwards = after is not None
    older = rows[-1].id if more or backwards else None
    newer = rows[0].id if (more if backwards else before is not None) else None
    return Page(rows, older, newer)


def _number(facets: Facets, filters: Filters) -> int:
    return size(facets.select(filters.conditions))


def _values(facets: Facets, filters: Filters, name: str) -> list[tuple[str, int]]:
    free = filters.without(name)
    chosen = facets.select(free.conditions)
    known = BARS[name].values if name in BARS else ()
    others = _most_held(facets, filters, name, known)
    found = [(value, _of_value(facets, free, chosen, (name, value))) for value in (*known, *others)]
    return [(value, number) for value, number in found if number or value in known]


def _most_held(facets: Facets, filters: Filters, name: str, known: Sequence[str]) -> list[str]:
    """Other values of a facet, the most frequent and the one chosen: a master may send any word."""
    others = [one for one in facets.values(name) if one[0] not in known]
    held = sorted(others, key=lambda one: -one[1])[:_MOST_OTHERS]
    chosen = (value for value in filters.values(name) if value not in known)
    return list(dict.fromkeys([*(value for value, _ in held), *chosen]))


def _of_value(facets: Facets, free: Filters, chosen: Set, one: Facet) -> int:
    if asks_for_set_aside(one):  # they are not among the chosen: theirs is a list of its own
        return _number(facets, msgspec.structs.replace(free, facets=(*free.facets, one)))
    return facets.number(chosen, one)


def _incomplete(facets: Facets, filters: Filters, required: Sequence[str]) -> int:
    if not required:
        return 0
    return _number(facets, msgspec.structs.replace(filters, missing=tuple(required)))


# Everybody one by one, for an export: masked, or clear for an audited reason.

_AT_ONCE = 1_000


def export(
    db: Database, *, source: str | None = None, clear: bool = False
) -> Iterator[dict[str, Any]]:
    """Every customer in the mirror's order, as plain values ready for JSON.

    Documents, e-mails and phones are lists of canonical texts (CPF and CNPJ without punctuation,
    e-mail in lower case, phone in E.164); masked ones look as on the screen. The last purchase is
    that of the page: what the master says, or the newest order here where that is later.
    """
    for part in records(db, source):
        yield from (row(whose, record, clear) for _, whose, record in part)


def row(source: str, record: Customer, clear: bool) -> dict[str, Any]:
    """One customer as `export` yields them."""
    return clear_row(source, record) if clear else masked_row(source, record)


def clear_row(source: str, record: Customer) -> dict[str, Any]:
    """A customer with nothing hidden."""
    values = msgspec.structs.asdict(record)
    return _in_order(source, values) | {
        "documents": [document.value for document in record.documents],
        "emails": list(record.emails),
        "phones": [phone.number for phone in record.phones],
        **{
            name: [_named(item) for item in values[name]]
            for name in ("addresses", "contacts", "dependents")
        },
        "loyalty": _named(record.loyalty),
    }


def masked_row(source: str, record: Customer) -> dict[str, Any]:
    """A customer as staff see it before the eye is pressed."""
    return _in_order(source, masked_customer(record, "staff"))


def _in_order(source: str, values: dict[str, Any]) -> dict[str, Any]:
    first = (
        "external_id", "kind", "name", "trade_name", "documents", "emails", "phones",
        "registration", "category", "customer_since", "last_purchase_at", "version",
    )  # fmt: skip
    rest = (name for name in values if name not in first)
    return {"source": source} | {name: values.get(name) for name in (*first, *rest)}


def _named(item: msgspec.Struct | None) -> Any:
    if item is None:
        return None
    return {
        name: _named(value) if isinstance(value, msgspec.Struct) else value
        for name, value in msgspec.structs.asdict(item).items()
    }


def records(db: Database, source: str | None) -> Iterator[list[tuple[int, str, Customer]]]:
    """Everybody by a thousand at a time: the mirror's number, the source, the record."""
    columns = customer.c
    query = select(
        columns.id,
        columns.source,
        columns.external_id,
        columns.version,
        columns.doc,
        columns.last_purchase_at,
    ).order_by(columns.id)
    if source:
        query = query.where(columns.source == source)
    last = 0
    while True:
        with db.reading() as connection:
            rows = connection.execute(query.where(columns.id > last).limit(_AT_ONCE)).all()
        if not rows:
            return
        yield [_opened(db, one) for one in rows]
        last = rows[-1][0]


def _opened(db: Database, row: Row[*tuple[Any, ...]]) -> tuple[int, str, Customer]:
    number, source, code, version, doc, bought = row
    record = open_customer(db.keys, source, code, version, doc)
    return number, source, replace(record, last_purchase_at=bought and instant_of(bought))
