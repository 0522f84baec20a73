"""The Sync protocol for one device: start a session, fetch until it is empty, say what is safe.

The master remembers what each device has; the device's name is therefore the cursor. Everything
comes at least once, in any order, and comes again until it is acknowledged.
"""

import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from datetime import datetime
from typing import Any

import msgspec

from connector.http import Answer, Request
from connector.http.client import Fetcher
from connector.http.errors import (
    AccessRefused,
    BadAnswer,
    MasterProblem,
    NoProgress,
    RequestRefused,
)
from connector.sources import Page
from connector.sources.sell.client import ACK, START, Incomplete, NotThere, id_of, opened, read_one
from mirror.records import CUSTOMERS

# Sorts what a Sync queue brings: what is news of a record, and what is gone.

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


_decode_page = msgspec.json.Decoder(_Page).decode


def open_queue(body: bytes, name: str) -> tuple[list[Item], list[tuple[str, str]]]:
    """The items of a page, stream and id of those Sell failed to put there; raises BadAnswer."""
    page = opened(
        body,
        _decode_page,
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


_AT_ONCE = 100
"""Acknowledged with one request."""
_MOST_PAGES = 200_000
"""In one session, after which it is no queue but a loop."""
_IN_VAIN = 60
"""So many pages in a row without anything new are no pause of the master's but a fault."""
_LONGEST_PAUSE_S = 5.0
_SESSION = re.compile(r"[A-Za-z0-9_-]{1,100}")
_NO_CONTENT = 204
_decode = msgspec.json.Decoder().decode


class Queue:
    """One run of one device. ``new``: the device has nothing yet, so that everything must come."""

    def __init__(
        self,
        fetcher: Fetcher,
        device: str,
        name: str,
        *,
        new: bool,
        streams: Iterable[str] = (CUSTOMERS,),
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._fetcher = fetcher
        self._device = device
        self._name = name
        self._new = new
        self._sleep = sleep
        self._sorters = {stream: Sorter() for stream in streams}
        self._revisions: dict[bytes, int] = {}
        self._pending: dict[str, None] = {}
        self._failed: set[tuple[str, str]] = set()
        self._unread: set[tuple[str, str]] = set()
        self._received = 0

    def start(self) -> str | None:
        """The id of a new session, None where nothing waits for this device."""
        answer = self._send(START, "POST", {201, _NO_CONTENT})
        if answer.status == _NO_CONTENT:
            return None
        try:
            session = _decode(answer.body)["data"]["id"]
        except (msgspec.DecodeError, LookupError, TypeError):
            session = None
        if type(session) is not str or not _SESSION.fullmatch(session):
            raise BadAnswer(f"{self._name}: Sell started a Sync session without an id.")
        return session

    def pages(self, session: str | None) -> Iterator[Page]:
        """Everything the session brings; one that is refused is replaced, once."""
        if session is not None:
            try:
                yield from self._drain(session)
            except (RequestRefused, AccessRefused):
                again = self.start()
                if again is not None:
                    yield from self._drain(again)
        if self._new:
            self._check_complete()

    def confirm(self) -> None:
        """Tell the master that we have what was yielded so far; raises MasterProblem."""
        keys = list(self._pending)
        for begin in range(0, len(keys), _AT_ONCE):
            part = keys[begin : begin + _AT_ONCE]
            self._send(ACK, "POST", {202}, {"data": {"ack_keys": part}})
            for key in part:
                del self._pending[key]

    def revision(self, raw: bytes) -> int:
        """The revision of a record of the page yielded last, 0 where it has none."""
        return self._revisions.get(raw, 0)

    def _drain(self, session: str) -> Iterator[Page]:
        in_vain = 0
        for _ in range(_MOST_PAGES):
            answer = self._send(f"/v2/sync/{session}/queues/main", "GET", {200, _NO_CONTENT})
            if answer.status == _NO_CONTENT:  # only this is the end: an empty page is not
                return
            items, failed = open_queue(answer.body, self._name)
            keys = {item.ack_key: None for item in items if item.ack_key}
            in_vain = 0 if keys.keys() - self._pending.keys() else in_vain + 1
            if in_vain > _IN_VAIN:
                break
            if in_vain:
                self._sleep(min(_LONGEST_PAUSE_S, 0.1 * 2**in_vain))
            yield from self._pages_of(items, failed, answer.at)
        raise NoProgress(f"{self._name}: the Sync queue stays empty or repeats; stopped.")

    def _pages_of(
        self, items: list[Item], failed: list[tuple[str, str]], at: datetime
    ) -> Iterator[Page]:
        yield self._page(CUSTOMERS, items, at)
        for stream in self._sorters:
            if stream != CUSTOMERS and any(item.stream == stream for item in items):
                yield self._page(stream, items, at)
        for one in failed:
            if one[0] in self._sorters and one not in self._failed:
                self._failed.add(one)
                yield from self._read_again(*one)

    def _page(self, stream: str, items: list[Item], at: datetime) -> Page:
        """What is of one stream. Nothing else of the page may be acknowledged before it is read."""
        sorter = self._sorters[stream]
        records, gone = sorter.sort([item for item in items if item.stream == stream])
        self._revisions = sorter.revisions
        self._received += len(records) if stream == CUSTOMERS else 0
        for item in items:
            here = item.stream if item.stream in self._sorters else CUSTOMERS  # unread
            if here == stream and item.ack_key:
                self._pending[item.ack_key] = None
        return Page(records, at, gone=gone, cursor=self._device, stream=stream)

    def _read_again(self, stream: str, external_id: str) -> Iterator[Page]:
        """One that the queue failed to bring; it cannot be acknowledged and comes again."""
        try:
            page = read_one(self._fetcher, stream, external_id, self._name)
        except NotThere:
            return  # deleted meanwhile: the queue will say so
        except MasterProblem:
            self._unread.add((stream, external_id))
            return
        self._received += 1 if stream == CUSTOMERS else 0
        yield page

    def _check_complete(self) -> None:
        met = {(stream, one) for stream, sorter in self._sorters.items() for one in sorter.met}
        if unread := self._unread - met:
            stream, one = min(unread)
            raise Incomplete(
                f"{self._name}: {len(unread)} of what Sell named could not be read (the first: "
                f"{one}, of {stream}); this listing is not complete and removes nobody."
            )
        if not self._received:
            raise Incomplete(
                f"{self._name}: Sell sent no customer at all to a new device. An empty account, a "
                "token that sees nobody, or a snapshot not ready yet: nobody is removed."
            )

    def _send(self, path: str, method: str, accept: set[int], json: Any = None) -> Answer:
        headers = {"X-Basecrm-Device-UUID": self._device}
        asked = Request(path, method=method, headers=headers, json=json, accept=frozenset(accept))
        return self._fetcher.send(asked)
