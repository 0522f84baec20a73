"""A Sync queue that brings what it is told to, in that order, old revisions and repetitions too."""

from typing import Any

from tests.fakes.sell import Sell
from tests.fakes.sell_queue import Queues, item

Told = tuple[str, dict[str, Any], int, bool]
"""Type, object, revision, and whether it is gone."""


class Telling(Queues):
    """Every session brings what was handed to it since the last one."""

    handed: list[Any]

    def _pages(self, device: str) -> list[Any]:
        told, self.handed = self.handed, []
        size = self.sell.size
        parts = [told[begin : begin + size] for begin in range(0, len(told), size)]
        return [
            {"items": part, "meta": {"type": "collection", "count": len(part)}} for part in parts
        ]


def telling(sell: Sell) -> Telling:
    """Put such a queue in the place of the account's own."""
    sell.queues = made = Telling(sell)
    made.handed = []
    return made


def items(told: list[Told]) -> list[dict[str, Any]]:
    """As a queue hands them out."""
    return [item(kind, data, revision, gone=gone) for kind, data, revision, gone in told]
