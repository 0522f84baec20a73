"""Sets of customers as bits: intersects, subtracts, counts and pages them.

A set says by chunk of `CHUNK` row ids which of them are in.
"""

from collections.abc import Iterable, Iterator

CHUNK = 1 << 14
"""A set is cut into chunks of so many row ids; a chunk without customers is not kept."""

Set = dict[int, int]
"""Bits by chunk; a chunk without any is left out."""


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


def both(one: Set, other: Set) -> Set:
    """Who is in both."""
    return {chunk: common for chunk, bits in one.items() if (common := bits & other.get(chunk, 0))}


def minus(one: Set, other: Set) -> Set:
    """Who is in one and not in the other."""
    return {chunk: left for chunk, bits in one.items() if (left := bits & ~other.get(chunk, 0))}


def set_of(ids: Iterable[int]) -> Set:
    """The set of these row ids."""
    found: Set = {}
    for one in ids:
        chunk, bit = divmod(one, CHUNK)
        found[chunk] = found.get(chunk, 0) | 1 << bit
    return found
