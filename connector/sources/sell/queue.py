"""The Sync protocol for one device: start a session, fetch until it is empty, say what is safe.

The master remembers what each device has; the device's name is therefore the cursor. Everything
comes at least once, in any order, and comes again until it is acknowledged.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from datetime import datetime
from typing import Any

import msgspec

from connector.http import (
    Answer,
    BadAnswer,
    LeftAlone,
    MasterProblem,
    NoProgress,
    Request,
    Unreachable,
)
from connector.http.client import Fetcher
from connector.http.transport import ENDING
from connector.sources import Page
from connector.sources.sell.client import (
    ACK,
    START,
    Incomplete,
    NotThere,
    end_at,
    id_of,
    opened,
    read_one,
)
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
    count_left: Any = None

    @property
    def left(self) -> int | None:
        """How many objects are still to come, where the master says so in a number."""
        said = self.count_left
        return said if type(said) is int and said >= 0 else None


class _Page(msgspec.Struct):
    items: list[Item]
    meta: _Meta = msgspec.field(default_factory=_Meta)


_decode_page = msgspec.json.Decoder(_Page).decode


Named = tuple[str, str]
"""Stream and id of an object."""


def open_queue(body: bytes, name: str) -> tuple[list[Item], list[Named], int | None]:
    """The items of a page, those Sell failed to put there, how many are left; raises BadAnswer."""
    page = opened(
        body,
        _decode_page,
        f"{name}: what the Sync queue answered is no page of it. Nothing of it was used; it comes "
        "again in the next session.",
    )
    failed = page.meta.failed_objects or []
    named = ((Item(meta=one).stream, one.get("id")) for one in failed)
    unlucky = [(of, str(number)) for of, number in named if of and type(number) is int]
    return page.items, unlucky, page.meta.left


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

    def sort(self, items: list[Item]) -> tuple[list[bytes], dict[str, int]]:
        """The records of a page, and the ids that are gone, with revisions; none is in both."""
        records: dict[str, bytes] = {}
        unreadable: list[bytes] = []
        gone: dict[str, int] = {}
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
                    gone[name] = item.revision
                else:
                    records[name] = raw
                    self.revisions[raw] = item.revision
        return [*records.values(), *unreadable], gone

    def _is_news(self, name: str, revision: int) -> bool:
        if revision < self._newest.get(name, 0):
            return False  # a change from before the deletion, or a deletion from before the return
        self._newest[name] = revision
        return True


_AT_ONCE = 100
"""Acknowledged with one request."""
_MOST_PAGES = 200_000
"""In one session, after which it is no queue but a loop."""
_MOST_SESSIONS = 2_000
"""In one run: the next one goes on from there."""
_IN_VAIN = 60
"""So many pages in a row without anything new are no pause of the master's but a fault."""
_BROKEN = 3
"""So many answers in a row that broke off: the session is left."""
_SESSIONS_IN_VAIN = 4
"""So many sessions in a row without anything new: the next will bring nothing either."""
_BUSY = 20
"""After so many sessions in which something new came, what comes still is of this very minute."""
_CONFIRMED_AFTER = (5, 10, 20, 40)
"""Pages of a session: whatever ends it, a day's requests used up too, the next gets further."""
_LONGEST_PAUSE_S = 5.0
_SESSION = re.compile(r"[A-Za-z0-9_-]{1,100}")
_NO_CONTENT = 204
_decode = msgspec.json.Decoder().decode


class _Session(msgspec.Struct):
    """What came of one session."""

    keys: set[int] = set()
    """The hash of each key that was to be acknowledged."""
    news: bool = False
    """Something came that no session of this run had brought."""
    left: int | None = None
    """How many objects were still to come after the last page, where the master says so."""
    at: datetime | None = None
    failed: bool = False
    """It named something that it could not bring: that comes in every session."""
    problem: MasterProblem | None = None
    """What broke it off."""

    @property
    def whole(self) -> bool:
        """Whether it ended as it should, by its own word with nothing left."""
        return self.problem is None and self.left == 0

    @property
    def drained(self) -> bool:
        """Whether nothing came of it that can be acknowledged, and something says why."""
        return self.problem is None and not self.keys and (self.failed or self.left == 0)


class Queue:
    """One run of one device. ``new``: the device has nothing yet, so that everything must come.

    To fetch a page is to take it out of its session: an answer that broke off is not asked for
    again, for what follows would come in its place. Nor does the end of a session prove that it
    brought everything. What was received is committed and acknowledged, and another session is
    started, which brings what is missing; a run is at its end when there is nothing to acknowledge.
    """

    def __init__(
        self,
        fetcher: Fetcher,
        device: str,
        name: str,
        *,
        new: bool,
        streams: Iterable[str] = (CUSTOMERS,),
        sleep: Callable[[float], None] = ENDING.sleep,
    ) -> None:
        self._fetcher = fetcher
        self._device = device
        self._name = name
        self._new = new
        self._sleep = sleep
        self._sorters = {stream: Sorter() for stream in streams}
        self._revisions: dict[bytes, int] = {}
        self._pending: dict[str, None] = {}
        self._alone: LeftAlone | None = None
        self._had: set[int] = set()
        self._read: set[Named] = set()
        self._unread: set[Named] = set()
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
        """Everything that waits for the device; raises MasterProblem where it does not all come.

        Where nobody confirms (`Page.confirm`) it is the one session's: nothing more can be said.
        """
        in_vain, begun = 0, 0
        while session is not None:
            begun += 1
            one = _Session()
            yield from self._drain(session, one)
            if isinstance(one.problem, LeftAlone):
                self._alone = one.problem
                raise one.problem
            if one.at:
                yield self._confirming(one.at)
            if self._pending:
                if one.problem:
                    raise one.problem
                break
            in_vain = 0 if one.news else in_vain + 1
            if one.drained or self._is_enough(one, in_vain, begun):
                break
            self._had |= one.keys
            if one.problem or in_vain:
                self._sleep(min(_LONGEST_PAUSE_S, 0.5 * 2**in_vain))
            session = self.start()
        self._check_complete()

    def confirm(self) -> None:
        """Tell the master that we have what was taken so far; raises MasterProblem."""
        if self._alone is not None:
            raise self._alone
        keys = list(self._pending)
        for begin in range(0, len(keys), _AT_ONCE):
            part = keys[begin : begin + _AT_ONCE]
            self._send(ACK, "POST", {202}, {"data": {"ack_keys": part}})
            for key in part:
                del self._pending[key]

    def revision(self, raw: bytes) -> int:
        """The revision of a record of the page yielded last, 0 where it has none."""
        return self._revisions.get(raw, 0)

    def _is_enough(self, one: _Session, in_vain: int, begun: int) -> bool:
        """Whether no further session is needed; raises what keeps them from coming to an end."""
        if in_vain > _SESSIONS_IN_VAIN:
            if one.problem:
                raise one.problem
            if one.whole or not (self._new or one.left):
                return True  # acknowledgements are lost, but of what comes again all is known
            raise Incomplete(
                f"{self._name}: Sell says that something waits, but its sessions bring nothing new "
                "and do not say that this is all. What came is kept and nobody is removed."
            )
        if begun >= _MOST_SESSIONS:
            raise NoProgress(
                f"{self._name}: Sell's sessions do not come to an end. What came is kept and "
                "confirmed; the next run goes on from there."
            )
        return one.whole and begun >= _BUSY and not self._new

    def _drain(self, session: str, one: _Session) -> Iterator[Page]:
        """The pages of a session until its end, or until something is wrong with it."""
        in_vain = broken = fetched = 0
        for _ in range(_MOST_PAGES):
            try:
                answer = self._fetched(session)
                if answer.status == _NO_CONTENT:  # only this is the end: an empty page is not
                    return
                items, failed, one.left = open_queue(answer.body, self._name)
            except MasterProblem as problem:
                one.problem, broken = problem, broken + 1
                passing = isinstance(problem, BadAnswer | Unreachable)
                if broken >= _BROKEN or not passing or isinstance(problem, LeftAlone):
                    return
                self._sleep(0.5 * 2**broken)
                continue  # past the page that was lost: the others need not wait for it
            broken = 0
            one.at = answer.at
            keys = {hash(item.ack_key) for item in items if item.ack_key}
            in_vain = 0 if keys - one.keys else in_vain + 1
            if in_vain > _IN_VAIN:
                break
            if in_vain:
                self._sleep(min(_LONGEST_PAUSE_S, 0.1 * 2**in_vain))
            one.failed |= bool(failed)
            one.news |= not keys <= self._had
            one.keys |= keys
            yield from self._pages_of(items, failed, answer.at)
            fetched += 1
            if fetched in _CONFIRMED_AFTER:
                yield self._confirming(answer.at)
        raise NoProgress(f"{self._name}: the Sync queue stays empty or repeats; stopped.")

    def _pages_of(self, items: list[Item], failed: list[Named], at: datetime) -> Iterator[Page]:
        for stream in self._sorters:
            if stream == CUSTOMERS or any(item.stream == stream for item in items):
                yield self._page(stream, items, at)
                # Whoever asks for the next page has taken this one: never before is it safe.
                self._pending.update(dict.fromkeys(self._keys_of(stream, items)))
        for one in failed:
            if one[0] in self._sorters and one not in self._read:
                yield from self._read_again(*one)

    def _page(self, stream: str, items: list[Item], at: datetime) -> Page:
        sorter = self._sorters[stream]
        records, gone = sorter.sort([item for item in items if item.stream == stream])
        self._revisions = sorter.revisions
        self._received += len(records) if stream == CUSTOMERS else 0
        ends = {name: end_at(revision) for name, revision in gone.items() if revision}
        device = self._device
        return Page(records, at, gone=list(gone), gone_at=ends, cursor=device, stream=stream)

    def _confirming(self, at: datetime) -> Page:
        return Page([], at, cursor=self._device, confirm=True)

    def _keys_of(self, stream: str, items: list[Item]) -> Iterator[str]:
        """What acknowledges those of one stream; with customers what nobody reads."""
        for item in items:
            here = item.stream if item.stream in self._sorters else CUSTOMERS
            if here == stream and item.ack_key:
                yield item.ack_key

    def _read_again(self, stream: str, external_id: str) -> Iterator[Page]:
        """One that the queue failed to bring; it cannot be acknowledged and comes again."""
        one = stream, external_id
        try:
            page = read_one(self._fetcher, stream, external_id, self._name)
        except NotThere:
            self._read.add(one)  # deleted meanwhile: the queue will say so
            return
        except MasterProblem:
            self._unread.add(one)
            return
        self._read.add(one)
        self._received += 1 if stream == CUSTOMERS else 0
        yield page

    def _check_complete(self) -> None:
        met = {(stream, one) for stream, sorter in self._sorters.items() for one in sorter.met}
        if unread := self._unread - met - self._read:
            stream, one = min(unread)
            raise Incomplete(
                f"{self._name}: {len(unread)} of what Sell named could not be read (the first: "
                f"{one}, of {stream}); this listing is not complete and removes nobody."
            )
        if self._new and not self._received:
            raise Incomplete(
                f"{self._name}: Sell sent no customer at all to a new device. An empty account, a "
                "token that sees nobody, or a snapshot not ready yet: nobody is removed."
            )

    def _fetched(self, session: str) -> Answer:
        """The next page, taken out of the session by being asked for: so it is asked for once."""
        asked = self._asked(f"/v2/sync/{session}/queues/main", "GET", {200, _NO_CONTENT})
        headers = {**asked.headers, "Cache-Control": "no-cache"}  # its address is always the same
        return self._fetcher.send(msgspec.structs.replace(asked, headers=headers, once=True))

    def _send(self, path: str, method: str, accept: set[int], json: Any = None) -> Answer:
        return self._fetcher.send(self._asked(path, method, accept, json))

    def _asked(self, path: str, method: str, accept: set[int], json: Any = None) -> Request:
        headers = {"X-Basecrm-Device-UUID": self._device}
        return Request(path, method=method, headers=headers, json=json, accept=frozenset(accept))
