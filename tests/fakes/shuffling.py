"""Tells the same story in every order at once: each order happens to a customer of its own.

So one mirror and a handful of syncs show what a hundred orders of arrival end in. Some come one
record a sync, some by twos, some all at once; half of them begin with the first listing.
"""

import random
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import permutations
from typing import Any

from sqlalchemy import select

from connector.sources import Source
from mirror.standing.verdict import opened_axes
from mirror.store.engine import Database
from mirror.store.sealing import load, open_activity
from mirror.store.tables import TABLES, customer, standing
from tests.fakes.omni_master import Omni, Told
from tests.fakes.stage import Stage, plain, table

_FEW, _MANY = 5, 60
"""Of so many records all orders are told; of more, so many orders chosen by lot."""
_TOGETHER = 24
"""So many orders of a short story are told again by twos and all at once."""
_SHOWN = 10
"""So many worlds are looked at page by page, besides the first."""
_FIRST = 73_000

Story = Callable[[int], Sequence[Any]]
"""The records of a story in the order they happened; their ids begin with the number given."""
Fits = Callable[[tuple[int, ...]], bool]
"""Whether they can arrive in that order at all."""


class Play:
    """A story in all its orders; ``bases`` are the numbers of its worlds, the first in order.

    Nothing in it happens at the same instant as another thing of its kind: a page lists such two
    in the order in which they came.
    """

    def __init__(self, story: Story, fits: Fits = lambda order: True) -> None:
        length = len(story(0))
        orders = _orders(length, fits)
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
    """What the pages of each of ``who`` say, tab by tab: the same in every world.

    All that the mirror has is held to be the same in all of them, the pages in some.
    """
    states = _states(stage, play)
    for base, world in zip(play.bases, play.worlds, strict=True):
        assert states[base] == states[play.bases[0]], world
    first = [_pages(stage, play.bases[0], one, tabs) for one in who]
    for place in random.Random(0).sample(range(1, len(play.bases)), _SHOWN):
        base = play.bases[place]
        assert [_pages(stage, base, one, tabs) for one in who] == first, play.worlds[place]
    return first


def _pages(stage: Stage, base: int, one: int, tabs: Sequence[str]) -> list[str]:
    return [anonymous(stage.of(base + one, tab), base) for tab in tabs]


def _states(stage: Stage, play: Play) -> dict[int, list[str]]:
    """By world, everything that the mirror has of it, but for the order in which it came."""
    found: dict[int, list[str]] = {base: [] for base in play.bases}
    for name, said in _everything(stage.mirror):
        base = int(name) // 100 * 100
        found[base].append(anonymous(said, base))
    return {base: sorted(said) for base, said in found.items()}


def _everything(mirror: Database) -> Iterator[tuple[str, str]]:
    with mirror.reading() as connection:
        names = dict(connection.execute(select(customer.c.id, customer.c.external_id)).all())
        for one in load(connection, mirror.keys, list(names)):
            yield one.external_id, repr((one.customer, one.last_purchase_at))
        for row in connection.execute(select(standing.c.customer, standing.c.axes)):
            yield names[row.customer], f"{names[row.customer]} {opened_axes(row.axes)!r}"
        for stream, table_ in TABLES.items():
            for one_row in connection.execute(select(table_)):
                said = repr(open_activity(mirror.keys, stream, one_row).record)
                yield one_row.external_id, said


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


def _orders(length: int, fits: Fits) -> list[tuple[int, ...]]:
    if length <= _FEW:
        return list(filter(fits, permutations(range(length))))
    dice, found = random.Random(length), {tuple(range(length)): None}
    while len(found) < _MANY:
        order = tuple(dice.sample(range(length), length))
        found |= {order: None} if fits(order) else {}
    return list(found)
