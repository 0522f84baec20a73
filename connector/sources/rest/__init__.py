"""A master behind a REST API, as its source file declares it: opened, and read page by page.

Records stay undecoded with their head read: id, version and instant are all that is needed to see
that most of them did not change.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property
from hashlib import blake2b
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from connector.auth import Session
from connector.auth.credentials import Sender
from connector.auth.oauth import Store, credentials_of
from connector.http import BadAnswer, CutOff, LeftAlone, RequestRefused, Unreachable
from connector.http.client import Fetcher, Judge
from connector.http.transport import DIRECT, ENDING, Route
from connector.mapping import values
from connector.mapping.expressions import Dialect
from connector.mapping.values import Refused
from connector.sources import FLAGS_OF_DOUBT, Further, Head, Page
from connector.sources.rest.envelope import Envelope, judge_of, open_envelope, opened, raw_at
from connector.sources.rest.paging import Habits, Place, Walk
from connector.sources.rest.records import (
    Heads,
    Living,
    Tables,
    chooser,
    deleted,
    departed,
    needed,
    parting,
    refresh,
    translator,
)
from connector.sources.rest.request import (
    Sending,
    about_one,
    ahead,
    asked_from,
    doubting,
    names_in,
    place_told,
    question,
    refuse_doubtful,
    told_place,
)
from connector.sources.source_file import Definition, Detail, Lookup, Since, Stream, rules_of
from mirror.records import CUSTOMERS, Customer, Record

_SCROLLS, _BEFORE_AGAIN_S = 4, 5.0
_UNREADABLE = (msgspec.DecodeError, ValueError, KeyError, TypeError, LookupError, RecursionError)


class RestSource:
    """One list of a master; ``name`` is the table in the settings that declares the master.

    Its ``activities`` share its sender: one login, one budget of requests.
    """

    weigh: Callable[[int, int], int] | None = None

    def __init__(
        self,
        name: str,
        definition: Definition,
        sender: Sending,
        interval_s: int = 60,
        base_url: str = "https://master.example",
        stream: str = CUSTOMERS,
    ) -> None:
        self.name = name
        self.interval_s = interval_s
        self.rules = rules_of(definition.standing)
        self.streams: tuple[str, ...] = (stream,)
        self._called = name if stream == CUSTOMERS else f"{name}, {stream}"
        self._definition = definition
        self._stream, map_ = definition.lists[stream]
        self._base = base_url.rstrip("/")
        self._sender = sender
        self._lookups = needed(definition.lookups, map_, self._stream.records)
        self._tables: Tables = {table: {} for table in self._lookups}
        self._dialect = Dialect(ZoneInfo(definition.timezone), self._tables)
        self._heads = Heads(self._stream, self._dialect)
        self.counter = self._heads.counter
        self.ordered = bool(self._stream.since and self._stream.since.ordered)
        self.shifting = self._stream.page.shifting
        self.sliding = False
        self.overlap = timedelta(seconds=(self._stream.since or Since()).overlap_s)
        self.doubt: str | None = None
        asked = [self._stream.query, self._stream.headers, self._stream.body]
        self._habits = Habits(sized="size" in names_in(asked))
        self.detailed = self._stream.detail is not None
        self.reads_ahead = not self.detailed
        self._choose = chooser(self._stream.records.where, self._dialect)
        self._parted = parting(self._stream.records.gone, self._dialect)
        self._id_of = self._dialect.getter(self._stream.records.id)
        self._translate = translator(map_, self._dialect, definition.default_ddd)
        self.fingerprint, self.whose = self._translate.fingerprint, self._translate.whose
        declared = msgspec.json.encode([self._stream, self._base, self.fingerprint], order="sorted")
        self._shape, self._here = blake2b(declared, digest_size=8).hexdigest(), Place()

    @cached_property
    def activities(self) -> "tuple[RestSource, ...]":
        """The lists of what customers do; none has further ones."""
        further = self._definition.further if self.streams == (CUSTOMERS,) else ()
        given = self.name, self._definition, self._sender, self.interval_s, self._base
        return tuple(RestSource(*given, stream) for stream in further)

    @property
    def repeats(self) -> bool:
        """Whether a listing may bring somebody more than once: where rows move between pages."""
        return self.shifting

    @property
    def requests(self) -> int:
        """Requests sent so far."""
        return self._sender.requests

    def close(self) -> None:
        """Close the connections to the master."""
        self._sender.close()

    def pages(self, cursor: str | None) -> Iterator[Page]:
        """Everything from ``cursor`` less the overlap on, or everything there is."""
        return self._told(cursor, None)

    def further(self, place: str) -> Further | None:
        """Everything from a page of before on; None where another file, or map, told of it.

        Behind a key nobody moves, and where there is ``since`` the others can be asked for.
        """
        start = place_told(place, self._shape)
        if start is None:
            return None
        keyed = self._stream.page.kind == "keyset" and start.address is None
        return Further(self._told(None, start), keyed and self._stream.since is not None)

    def _told(self, cursor: str | None, start: Place | None) -> Iterator[Page]:
        for page in self._pages(cursor, start):
            yield msgspec.structs.replace(page, stream=self.streams[0])

    def _pages(self, cursor: str | None, start: Place | None) -> Iterator[Page]:
        self.prepare()
        since, started, self.sliding, self.doubt = self._since(cursor), None, False, None
        asks = self._stream.deleted if since is not None else None
        living = Living()
        for page in self._begun_again(since, start):
            started = started or page.at
            if asks:
                living.note(page.records)
            here, gone = self._parted(page.records)
            yield Page(
                self._choose(here),
                page.at,
                page.tidy,
                changed=since is not None,
                mended=page.mended,
                place=self._place(page) if since is None else None,
            )
            if gone:
                yield departed(gone, page.at, self._id_of, self._heads)
        if asks:
            found = self._listed(since, asks.query, asks.body)
            yield from deleted(found, living, self._id_of, self._heads, self._called)
        if started and self._stream.since and self._stream.since.watermark == "run_start":
            began = min(started.astimezone(UTC), datetime.now(UTC))  # a wrong clock blinds nobody
            yield Page([], started, cursor=began.isoformat())

    def head(self, raw: bytes, at: datetime) -> Head:
        """Id, version and instant of a record; raises Refused, with the id where there is one."""
        return self._heads(raw, at)

    def whole(self, raw: bytes, head: Head) -> bytes:
        """The record with everything the master has of it; raises Refused and MasterProblem."""
        detail = self._stream.detail
        if detail is None:
            return raw
        answer = self._sender.send(about_one(detail, head.external_id, self._stream))
        if answer.status == 404:
            raise Refused("record", "gone_since_it_was_listed")
        try:
            return bytes(raw_at(opened(answer.body), detail.record))
        except _UNREADABLE:
            raise Refused("record", "detail_not_readable") from None

    def translate(self, record: dict[str, Any], head: Head, stream: str) -> Customer | Record:
        """What a decoded record says; raises Refused."""
        found = self._translate(record, head.external_id, head.version, head.instant)
        if doubted := FLAGS_OF_DOUBT.get(head.doubt):
            return msgspec.structs.replace(found, flags=(*found.flags, *doubted))
        return found

    def place_of(self, stream: str, field: str) -> str:
        """Where a source file has a field of the map of a stream."""
        return f"map.{field}" if stream == CUSTOMERS else f"activity.{stream}.map.{field}"

    def confirm(self) -> None:
        """Nothing to do: a master that is only read keeps no account of its readers."""

    def instant_of(self, cursor: str) -> datetime:
        """The instant a stored cursor stands for."""
        return values.instant(cursor, "cursor", self._dialect.zone)

    def one(self, external_id: str) -> Page:
        """The page of one record, or of one that is gone; raises MasterProblem."""
        return msgspec.structs.replace(self._one(external_id), stream=self.streams[0])

    def _one(self, external_id: str) -> Page:
        one = self._stream.one or self._stream.detail
        if one is None:
            raise RequestRefused(
                f"{self._called}: this master is not asked for single customers: its file has no "
                "stream.one. The next run brings who changed."
            )
        self.prepare()
        at, found = self._found(one, external_id)
        if found is None:
            self._check_there(one)
            return Page([], at, gone=[external_id])
        return Page(self._choose([found]), at, changed=True)

    def _found(self, one: Detail, external_id: str) -> tuple[datetime, bytes | None]:
        """When the master answered, and the record; None where it says that there is none."""
        answer = self._sender.send(about_one(one, external_id, self._stream))
        if answer.status == 404:
            return answer.at, None
        try:
            found = bytes(raw_at(opened(answer.body), one.record))
            return answer.at, None if found == b"null" else found
        except IndexError:  # an empty list of whom was asked for
            refuse_doubtful(self._stream.page, self._called)
            return answer.at, None
        except _UNREADABLE:
            raise BadAnswer(
                f"{self._called}: the answer for one record cannot be read. Is stream.one.record, "
                f"{one.record!r}, where it lies?"
            ) from None

    def _check_there(self, one: Detail) -> None:
        """Raise BadAnswer unless the master knows somebody whom it lists.

        A gateway without its master says of everybody that there is no such customer, and so does a
        master that is asked at an address of another version.
        """
        listed = next(self._listed(None, {}, {}))
        sample = next(self._names(listed), None)
        if sample is None:
            raise BadAnswer(f"{self._called}: the master knows neither this record nor others.")
        if self._found(one, sample)[1] is None:
            raise BadAnswer(
                f"{self._called}: asked for one record, the master does not know even those that "
                f"it lists. Is {one.path} its address? Nobody was removed."
            )

    def _names(self, listed: Envelope) -> Iterator[str]:
        for raw in listed.records:
            try:
                yield self._heads(raw, listed.at).external_id
            except Refused as why:
                yield from [why.external_id] if why.external_id else []

    def prepare(self) -> None:
        """Read the master's own tables, where the map looks something up in them."""
        if not self._tables:
            return
        refresh(self._tables, self._lookups, self._sender.send, self._dialect, self._called)
        read = self._translate.fingerprint + msgspec.json.encode(self._tables, order="sorted")
        self.fingerprint = blake2b(read, digest_size=4).digest()

    def _since(self, cursor: str | None) -> datetime | None:
        if cursor is None or self._stream.since is None:
            return None
        return asked_from(self.instant_of(cursor), self._stream.since, self._dialect.zone)

    def _place(self, page: Envelope) -> str | None:
        spent = self._stream.page.only or not page.records
        return None if spent else told_place(self._here, self._shape)

    def _begun_again(self, since: datetime | None, start: Place | None) -> Iterator[Envelope]:
        """The listing; a scroll of which a page was lost is begun again, and not for ever.

        To ask for a page of a scroll takes it out: the one whose answer broke off never comes.
        """
        for left in reversed(range(_SCROLLS if self._stream.page.only else 1)):
            try:
                yield from self._listed(since, {}, {}, start)
                return
            except (BadAnswer, Unreachable) as problem:
                if not left or isinstance(problem, LeftAlone):
                    raise
                self._sender.pause(_BEFORE_AGAIN_S)

    def _listed(
        self,
        since: datetime | None,
        query: Mapping[str, Any],
        body: Mapping[str, Any],
        start: Place | None = None,
    ) -> Iterator[Envelope]:
        def ask(place: Place) -> Envelope:
            self.shifting |= place.address is not None
            request, asked = question(self._stream, place, since, query, body)

            def sent() -> Envelope:
                answer, what = self._sender.send(request), self.streams[0]
                return open_envelope(answer, self._stream, asked, self._called, what)

            try:
                return sent()
            except CutOff:
                if request.once:
                    raise
                return sent()

        page, rows, name = self._stream.page, 0, self._called
        with ahead(ask, page, self._definition.limits.concurrency) as fetched:
            sure = doubting(fetched, page, self._sender, name, changes=since is not None)
            changes, habits = since is not None, self._habits
            pages = Walk(sure, page, name, self._base, habits, changes=changes, start=start)
            for one in pages:
                rows += len(one.records)
                further = rows > len(one.records) > 0 or len(one.records) >= page.size
                self.sliding |= further and self.shifting
                self._here = pages.here
                yield one
        self.doubt = self.doubt or pages.doubt


# Opens a declared source: its secrets put in place, its connections made.


class Clock(NamedTuple):
    """What requests are paced by."""

    sleep: Callable[[float], None] = ENDING.sleep
    monotonic: Callable[[], float] = time.monotonic


class Switches(NamedTuple):
    """What a source may do that is unsafe elsewhere, its clock, and how its master is reached."""

    insecure: bool
    private: bool
    clock: Clock
    route: Route


_OWN = Clock()


def open_source(
    name: str,
    definition: Definition,
    base_url: str,
    secrets: Mapping[str, str],
    store: Store,
    *,
    interval_s: int = 60,
    allow_insecure: bool = False,
    allow_private: bool = False,
    route: Route = DIRECT,
    spent: Sequence[tuple[float, int]] = (),
    clock: Clock = _OWN,
) -> RestSource:
    """A source ready to be read; raises OriginRefused for an address that may not be used.

    ``spent``: how many seconds ago earlier processes ended, and how many requests each sent.
    Raises ValueError for a route that leads nowhere.
    """
    switches = Switches(allow_insecure, allow_private, clock, route)
    auth = definition.auth
    read = [definition.lists[name][0] for name in (CUSTOMERS, *definition.further)]
    asked: list[Stream | Lookup] = [*read, *definition.lookups.values()]
    posts = {one.path for one in asked if one.method == "POST"}
    singly = [one for list_ in read for one in (list_.one, list_.detail) if one]
    posts.update(one.path for one in singly if one.body)
    if isinstance(auth, Session):
        posts.add(auth.path)
    judge = judge_of(definition.errors, name)
    fetcher = _fetcher(base_url, definition, posts, switches, judge, spent)

    def at(origin: str, path: str) -> Fetcher:
        return _fetcher(origin, definition, {path}, switches)

    credentials = credentials_of(auth, fetcher, at, secrets, store, clock.monotonic)
    sender = Sender(fetcher, credentials, clock.sleep)
    return RestSource(name, definition, sender, interval_s, base_url)


def _fetcher(
    base_url: str,
    definition: Definition,
    posts: set[str],
    switches: Switches,
    judge: Judge | None = None,
    spent: Sequence[tuple[float, int]] = (),
) -> Fetcher:
    return Fetcher(
        base_url,
        {},
        definition.limits,
        posts=frozenset(posts),
        judge=judge,
        allow_insecure=switches.insecure,
        allow_private=switches.private,
        route=switches.route,
        spent=spent,
        sleep=switches.clock.sleep,
        monotonic=switches.clock.monotonic,
    )
