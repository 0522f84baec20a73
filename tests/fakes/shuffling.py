"""Tells the same story in every order at once: each order happens to a customer of its own.

So one mirror and a handful of syncs show what a hundred orders of arrival end in. Some come one
record a sync, some by twos, some all at once; half of them begin with the first listing.
"""

import random
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import permutations
from math import factorial
from typing import Any

from connector.sources.source import Source
from tests.fakes.omni_master import Omni, Told
from tests.fakes.stage import Stage, plain, table

_FEW, _MANY = 5, 60
"""Of so many records all orders are told; of more, so many orders chosen by lot."""
_TOGETHER = 24
"""So many orders of a short story are told again by twos and all at once."""
_FIRST = 73_000

Story = Callable[[int], Sequence[Any]]
"""The records of a story in the order they happened; their ids begin with the number given."""


class Play:
    """A story in all its orders; ``bases`` are the numbers of its worlds, the first in order."""

    def __init__(
        self,
        story: Story,
        most: int = _MANY,
        fits: Callable[[tuple[int, ...]], bool] = lambda order: True,
    ) -> None:
        length = len(story(0))
        orders = [order for order in _orders(length, most) if fits(order)]
        single = [(order, 1) for order in orders]
        again = [(order, (2, length)[place % 2]) for place, order in enumerate(orders[-_TOGETHER:])]
        self.story = story
        self.worlds = (
            [*single, *again]
            if length <= _FEW
            else [(order, (1, 2, length)[place % 3]) for place, order in enumerate(orders)]
        )
        self.bases = [(_FIRST + place) * 100 for place in range(len(self.worlds))]


def rounds(play: Play) -> Iterator[list[Any]]:
    """What arrives with each sync, of all worlds together."""
    waiting: list[list[list[Any]]] = []
    for place, (base, (order, size)) in enumerate(zip(play.bases, play.worlds, strict=True)):
        records = play.story(base)
        told = [records[one] for one in order]
        parts = [told[begin : begin + size] for begin in range(0, len(told), size)]
        waiting.append([[], *parts] if place % 2 else parts)
    while any(waiting):
        yield [record for parts in waiting if parts for record in parts.pop(0)]


def deliver(stage: Stage, made: Source, omni: Omni, told: Sequence[Told]) -> None:
    """One sync that brings these records in this order."""
    omni.hand(*told)
    stage.sync(made)


def same_for_all(
    stage: Stage, play: Play, who: Sequence[int] = (0,), tabs: Sequence[str] = ("",)
) -> list[list[str]]:
    """What the pages of each of ``who`` say, tab by tab, which must be the same in every world."""
    told = [[_pages(stage, base, base + one, tabs) for one in who] for base in play.bases]
    for world, pages in zip(play.worlds, told, strict=True):
        assert pages == told[0], world
    return told[0]


def _pages(stage: Stage, base: int, number: int, tabs: Sequence[str]) -> list[str]:
    return [anonymous(stage.of(number, tab), base) for tab in tabs]


def anonymous(text: str, base: int) -> str:
    """The same text for every world: numbers begin with the same letter."""
    return re.sub(rf"{base // 100}(?=\d\d\b)", "N", text)


def same_rows(stage: Stage, play: Play, address: str = "/clientes") -> list[list[str]]:
    """The rows of a list without the numbers of the worlds, each once."""
    found: set[tuple[str, ...]] = set()
    seen: str | None = address
    while seen:
        html = stage.html(seen)
        found |= {tuple(_nobody(cell) for cell in row) for row in table(html)}
        more = re.search(r'<a[^>]*rel="next"[^>]*href="([^"]*)"', html)
        seen = plain(more[1]) if more else None
    return sorted(map(list, found))


def _nobody(cell: str) -> str:
    return re.sub(r"\b73\d{3}(?=\d\d\b)", "N", cell)


def _orders(length: int, most: int) -> list[tuple[int, ...]]:
    if length <= _FEW:
        return list(permutations(range(length)))
    dice, found = random.Random(length), {tuple(range(length)): None}
    while len(found) < min(most, factorial(length)):
        found[tuple(dice.sample(range(length), length))] = None
    return list(found)
