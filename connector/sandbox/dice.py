"""Entropy that is always the same: draws that depend on nothing but the words they were made of."""

from collections.abc import Sequence
from hashlib import blake2b
from typing import TypeVar

_LOW = 1 << 64
_MASK = _LOW - 1
Option = TypeVar("Option")


class Dice:
    """An endless stream of draws, the same for the same key on every machine and Python.

    A digest is cheaper to start than ``random.Random``, and every customer starts several.
    """

    __slots__ = ("_bits", "_key")

    def __init__(self, topic: str, *key: int) -> None:
        self._key = f"{topic}{key}".encode()
        self._bits = int.from_bytes(blake2b(self._key).digest())

    def below(self, bound: int) -> int:
        """A number from 0 to ``bound`` - 1; ``bound`` must stay far below 2⁶⁴."""
        if self._bits < _LOW:
            self._key = blake2b(self._key).digest()
            self._bits = int.from_bytes(self._key)
        self._bits, drawn = divmod(self._bits, bound)
        return drawn

    def pick(self, options: Sequence[Option]) -> Option:
        """One of ``options``; repeat an option to make it likelier."""
        return options[self.below(len(options))]

    def chance(self, percent: int) -> bool:
        """True in ``percent`` of a hundred draws."""
        return self.below(100) < percent


def scatter(seed: int, number: int = 0) -> int:
    """One well mixed number below 2³⁵ for a seed and a number: for single, cheap decisions."""
    mixed = (number + 1) * 0x9E3779B97F4A7C15 + seed * 0xBF58476D1CE4E5B9
    mixed = ((mixed ^ (mixed >> 30)) * 0x94D049BB133111EB) & _MASK
    return mixed >> 29
