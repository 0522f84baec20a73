"""Intersects facets: how many customers meet several conditions, and who they are, page by page.

What time moved since the last review is put right while reading: a standing whose review is due
counts as what it becomes then (`mirror.standing.due`), on the list, in its count and everywhere.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from functools import cached_property
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, bindparam, func, select

from mirror.facets.labels import Facet
from mirror.facets.tables import CHUNK, PLACES, facet, facet_bits
from mirror.facets.writing import known_id, opened
from mirror.prepared import Prepared
from mirror.standing.due import Due, due

Set = dict[int, int]
"""Bits by chunk; a chunk without any is left out."""


class Condition(msgspec.Struct, frozen=True):
    """A customer has any of these facets; or, ``without``, none of them."""

    any: tuple[Facet, ...]
    without: bool = False


_chunks = Prepared(
    select(facet_bits.c.place, facet_bits.c.bits).where(
        facet_bits.c.place >= bindparam("lo"), facet_bits.c.place < bindparam("hi")
    ),
    "lo",
    "hi",
)
_counts = (
    select(facet.c.name, facet.c.value, func.sum(facet_bits.c.customers))
    .join(
        facet_bits, facet_bits.c.place.between(facet.c.id * PLACES, (facet.c.id + 1) * PLACES - 1)
    )
    .group_by(facet.c.name, facet.c.value)
)


class Facets:
    """The sets as they are in one snapshot, at the instant ``now`` (microseconds since 1970)."""

    def __init__(self, connection: Connection, now: int) -> None:
        self._connection = connection
        self._now = now
        self._read: dict[Facet, Set] = {}

    def of(self, one: Facet) -> Set:
        """Everybody who has a facet."""
        if one not in self._read:
            self._read[one] = self._with_due(one, self._stored(one))
        return self._read[one]

    def select(self, conditions: Iterable[Condition]) -> Set:
        """Everybody who meets all conditions; there must be one that is not ``without``."""
        wanted = sorted(conditions, key=lambda one: one.without)
        found = self._any(wanted[0].any)
        for condition in wanted[1:]:
            other = self._any(condition.any)
            found = _minus(found, other) if condition.without else _both(found, other)
        return found

    def values(self, name: str) -> list[tuple[str, int]]:
        """Every value of a facet that somebody has, with its number, by the words' order."""
        found = self._numbers(facet.c.name == name, lambda one: one[0] == name)
        return sorted((value, number) for (_, value), number in found.items())

    def sizes(self, names: Collection[str], values: Collection[str]) -> dict[Facet, int]:
        """How many customers have each facet of these names and values; nobody's are left out.

        From the counts kept beside the sets: many facets cost little more than one.
        """
        return self._numbers(
            facet.c.name.in_(names) & facet.c.value.in_(values),
            lambda one: one[0] in names and one[1] in values,
        )

    def within(self, chosen: Set, name: str, values: Iterable[str]) -> list[tuple[str, int]]:
        """How many of ``chosen`` have each of these values."""
        return [(value, self.number(chosen, (name, value))) for value in values]

    def number(self, chosen: Set, one: Facet) -> int:
        """How many of ``chosen`` have a facet."""
        return size(_both(chosen, self.of(one)))

    def _any(self, facets: tuple[Facet, ...]) -> Set:
        found: Set = {}
        for one in facets:
            for chunk, bits in self.of(one).items():
                found[chunk] = found.get(chunk, 0) | bits
        return found

    def _stored(self, one: Facet) -> Set:
        number = known_id(self._connection, one)
        if number is None:
            return {}
        rows: Any = _chunks.one(self._connection, number * PLACES, (number + 1) * PLACES)
        return {place % PLACES: int.from_bytes(opened(bits), "little") for place, bits in rows}

    @cached_property
    def _due(self) -> Due:
        return due(self._connection, self._now)

    def _numbers(
        self, where: ColumnElement[bool], wanted: Callable[[Facet], bool]
    ) -> dict[Facet, int]:
        rows = self._connection.execute(_counts.where(where))
        found = {(row[0], row[1]): int(row[2]) for row in rows}
        for one in filter(wanted, {*self._due.entering, *self._due.leaving}):
            found[one] = size(self.of(one))
        return {one: number for one, number in found.items() if number}

    def _with_due(self, one: Facet, stored: Set) -> Set:
        leaving = _set_of(self._due.leaving.get(one, ()))
        entering = _set_of(self._due.entering.get(one, ()))
        if not leaving and not entering:
            return stored
        kept = _minus(stored, leaving)
        return {
            chunk: bits
            for chunk in {*kept, *entering}
            if (bits := kept.get(chunk, 0) | entering.get(chunk, 0))
        }


def size(chosen: Set) -> int:
    """How many customers a set has."""
    return sum(bits.bit_count() for bits in chosen.values())


def page(chosen: Set, before: int | None, after: int | None, limit: int) -> list[int]:
    """Up to ``limit`` ids, newest first from below ``before``; or the nearest above ``after``."""
    if after is not None:
        return sorted(_first(_upwards(chosen, after + 1), limit), reverse=True)
    return _first(_downwards(chosen, before), limit)


def _first(ids: Iterator[int], limit: int) -> list[int]:
    return [one for one, _ in zip(ids, range(limit), strict=False)]


def _downwards(chosen: Set, before: int | None) -> Iterator[int]:
    for chunk in sorted(chosen, reverse=True):
        bits, base = chosen[chunk], chunk * CHUNK
        if before is not None:
            bits &= (1 << max(0, min(before - base, CHUNK))) - 1
        while bits:
            bit = bits.bit_length() - 1
            yield base + bit
            bits ^= 1 << bit


def _upwards(chosen: Set, start: int) -> Iterator[int]:
    for chunk in sorted(chosen):
        bits, base = chosen[chunk], chunk * CHUNK
        passed = max(0, min(start - base, CHUNK))
        bits = bits >> passed << passed
        while bits:
            lowest = bits & -bits
            yield base + lowest.bit_length() - 1
            bits ^= lowest


def _both(one: Set, other: Set) -> Set:
    return {chunk: common for chunk, bits in one.items() if (common := bits & other.get(chunk, 0))}


def _minus(one: Set, other: Set) -> Set:
    return {chunk: left for chunk, bits in one.items() if (left := bits & ~other.get(chunk, 0))}


def _set_of(ids: Iterable[int]) -> Set:
    found: Set = {}
    for one in ids:
        chunk, bit = divmod(one, CHUNK)
        found[chunk] = found.get(chunk, 0) | 1 << bit
    return found
