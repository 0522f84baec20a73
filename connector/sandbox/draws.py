"""Draws that are always the same, and the weighted tables they draw from.

A draw depends on nothing but the words it was made of.
"""

import sys
from collections.abc import Callable
from hashlib import blake2b
from itertools import cycle
from struct import Struct

Roll = Callable[[], int]
"""Each call gives the next number below 65,536. ``TABLE[roll() % len(TABLE)]`` picks an entry."""

_WORDS = Struct("<32H")
_LITTLE = sys.byteorder == "little"
_MASK = (1 << 64) - 1


def roller(topic: bytes, seed: int, index: int, version: int = 0) -> Roll:
    """The draws for one topic of one customer, the same on every machine and Python.

    After 32 draws they come round again, which nobody can tell from the records. One digest is
    cheaper than seeding ``random.Random`` by far, and a page of a listing needs three thousand.
    """
    digest = blake2b(b"%b %d %d %d" % (topic, seed, index, version)).digest()
    # Looked at in place, a number is made when it is drawn, and most never are.
    words = memoryview(digest).cast("H") if _LITTLE else _WORDS.unpack(digest)
    return cycle(words).__next__


def scatter(seed: int, number: int = 0) -> int:
    """One well mixed number below 2³⁵ for a seed and a number: for single, cheap decisions."""
    mixed = (number + 1) * 0x9E3779B97F4A7C15 + seed * 0xBF58476D1CE4E5B9
    mixed = ((mixed ^ (mixed >> 30)) * 0x94D049BB133111EB) & _MASK
    return mixed >> 29


# Reads the compact tables the sandbox's people are made of.


def weighted(table: str) -> tuple[str, ...]:
    """The entries of lines ``weight: entry, entry…``, each repeated ``weight`` times.

    Picking evenly from the result picks each entry as often as its weight says.
    """
    entries: list[str] = []
    for line in table.strip().splitlines():
        weight, _, names = line.partition(":")
        entries.extend(name.strip() for name in names.split(",") for _ in range(int(weight)))
    return tuple(entries)


def listed(table: str) -> tuple[str, ...]:
    """The entries of a comma-separated text, however it is broken into lines."""
    return tuple(" ".join(entry.split()) for entry in table.split(","))
