"""Lists customers page by page, newest first, by any combination of facets.

Everything on one look comes from one snapshot and one instant, so that a list, its total and the
numbers beside its tabs agree. A deep page costs what the first one costs.
"""

from collections.abc import Collection, Sequence
from itertools import groupby

import msgspec

from mirror.facets import Facet, Set, page, set_of, size
from mirror.reading.facets import Condition, Facets
from mirror.records import KINDS, REGISTRATIONS
from mirror.standing.rules import ARCHIVED, BARS, SET_ASIDE
from mirror.store.engine import Database
from mirror.store.progress import now_us
from mirror.store.sealing import Found, load

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
    """A page of a list, newest first; ``older`` and ``newer`` are the cursors of its neighbours."""

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
    within: Collection[int] | None = None,
) -> Look:
    """A page of the list, with the numbers of the facets named in ``count``.

    ``within``: of these customers alone, everything counted among them.
    """
    with db.reading() as connection:
        facets = Facets(connection, now_us(), None if within is None else set_of(within))
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
