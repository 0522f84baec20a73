"""Sorts what a Sync queue brings: what is news of a record, and what is gone."""

from collections.abc import Mapping, Set
from typing import Any

import msgspec

from connector.sources.sell.bodies import opened
from connector.sources.sell.heads import id_of
from mirror.activity.records import CUSTOMERS

STREAMS: Mapping[str, str] = {"contact": CUSTOMERS, "deal": "deals"}
"""The types the mirror can keep, and of which stream they are. All others are acknowledged unread,
or they would come again in every session."""


class Item(msgspec.Struct, frozen=True):
    """One object of any type, or the news that it is gone."""

    data: msgspec.Raw = msgspec.Raw(b"null")
    meta: dict[str, Any] = {}

    @property
    def stream(self) -> str | None:
        """Which stream it is of, None where the mirror keeps none of its type."""
        kind = self.meta.get("type")
        return STREAMS.get(kind) if type(kind) is str else None

    @property
    def deleted(self) -> bool:
        """Whether the master deleted it; then there is nothing but an id in ``data``."""
        return bool(self._sync("event_type") == "deleted")

    @property
    def ack_key(self) -> str | None:
        """What tells the master that we have it."""
        key = self._sync("ack_key")
        return key if type(key) is str and key else None

    @property
    def revision(self) -> int:
        """Counted by the master for each object; 0 where it does not say."""
        number = self._sync("revision")
        return number if type(number) is int and number > 0 else 0

    def _sync(self, name: str) -> Any:
        sync = self.meta.get("sync")
        return sync.get(name) if type(sync) is dict else None


class _Meta(msgspec.Struct):
    failed_objects: list[dict[str, Any]] | None = None


class _Page(msgspec.Struct):
    items: list[Item]
    meta: _Meta = msgspec.field(default_factory=_Meta)


_decode = msgspec.json.Decoder(_Page).decode


def open_queue(body: bytes, name: str) -> tuple[list[Item], list[tuple[str, str]]]:
    """The items of a page, stream and id of those Sell failed to put there; raises BadAnswer."""
    page = opened(
        body,
        _decode,
        f"{name}: what the Sync queue answered is no page of it. Nothing of it was used; it comes "
        "again in the next session.",
    )
    failed = page.meta.failed_objects or []
    named = ((Item(meta=one).stream, one.get("id")) for one in failed)
    return page.items, [(of, str(number)) for of, number in named if of and type(number) is int]


class Sorter:
    """Keeps the newest word on each record of one stream within one run: the queue has no order."""

    def __init__(self) -> None:
        self._newest: dict[str, int] = {}
        self.revisions: dict[bytes, int] = {}
        """Revision by record, of the page sorted last."""

    @property
    def met(self) -> Set[str]:
        """Every record of which the queue said something."""
        return self._newest.keys()

    def sort(self, items: list[Item]) -> tuple[list[bytes], list[str]]:
        """The records of a page, and the ids that are gone; none is in both."""
        records: dict[str, bytes] = {}
        unreadable: list[bytes] = []
        gone: dict[str, None] = {}
        self.revisions = {}
        for item in items:
            raw = bytes(item.data)
            name = id_of(raw)
            if name is None:
                unreadable += [] if item.deleted else [raw]
            elif self._is_news(name, item.revision):
                records.pop(name, None)
                gone.pop(name, None)
                if item.deleted:
                    gone[name] = None
                else:
                    records[name] = raw
                    self.revisions[raw] = item.revision
        return [*records.values(), *unreadable], list(gone)

    def _is_news(self, name: str, revision: int) -> bool:
        if revision < self._newest.get(name, 0):
            return False  # a change from before the deletion, or a deletion from before the return
        self._newest[name] = revision
        return True
