"""Zendesk Sell as a source: by its Sync queue where it may, by its lists where it must."""

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from connector.http import RequestRefused
from connector.http.client import Fetcher
from connector.http.transport import DIRECT, ENDING, Route
from connector.mapping import values
from connector.mapping.customers import Translator
from connector.mapping.expressions import Dialect
from connector.sources import FLAGS_OF_DOUBT, Head, Page, Source
from connector.sources.sell import client
from connector.sources.sell.client import (
    ACK,
    START,
    Door,
    Forbidden,
    NotThere,
    SourceEnded,
    read_one,
)
from connector.sources.sell.lists import Deals, Lists, Polling
from connector.sources.sell.queue import Queue
from connector.sources.source_file import BadDefinition, SellDefinition, rules_of
from mirror.records import CUSTOMERS, Customer, Record


class SellSource:
    """One account; ``name`` is the table in the settings that declares it.

    A cursor is the name of a Sync device, or a date of the master's where contacts are listed.
    Contacts and deals come together: one queue, or one list after the other.
    """

    counter = False
    """Two versions may be the same second of a listing: then the later word holds."""
    ordered = True
    """A page says itself when there is something to go on from (`Page.cursor`)."""
    reads_ahead = False
    """A message is spent by being asked for: who asks for the next has what came."""
    detailed = False
    repeats = True
    """A queue repeats itself, a list moves."""
    activities: tuple[Source, ...] = ()
    """None: the one queue brings everything."""
    weigh = staticmethod(client.weighed)

    def __init__(
        self,
        name: str,
        definition: SellDefinition,
        fetcher: Fetcher,
        interval_s: int = 60,
        sleep: Callable[[float], None] = ENDING.sleep,
    ) -> None:
        self.name = name
        self.interval_s = interval_s
        self._definition = definition
        self._fetcher = fetcher
        self._sleep = sleep
        self.streams: tuple[str, ...] = (CUSTOMERS, *definition.further)
        lists = Lists(fetcher, name)
        self.overlap = timedelta(seconds=definition.overlap_s)
        self._polling = Polling(lists, name, definition.overlap_s, self.streams)
        zone, deals = ZoneInfo(definition.timezone), definition.deals
        self._deals = Deals(lists, name, deals, zone) if deals else None
        self._queue: Queue | None = None
        self.shifting = definition.mode != "sync"
        """Settled by each run: a list's rows move between its pages, a queue's do not."""
        self.sliding = False
        self.doubt: str | None = None
        self._translate = Translator(definition.map, Dialect(zone), definition.default_ddd)
        self.whose = self._deals.whose if self._deals else self._translate.whose
        self.fingerprint = self._translate.fingerprint
        """Of the stream of the page yielded last."""
        self.rules = rules_of(definition.standing)

    def polled(self) -> "SellSource":
        """The same account by its lists: a queue hands out what it has once, in its own order."""
        polling = msgspec.structs.replace(self._definition, mode="polling")
        return SellSource(self.name, polling, self._fetcher, self.interval_s, self._sleep)

    @property
    def requests(self) -> int:
        """Requests sent so far."""
        return self._fetcher.requests

    def close(self) -> None:
        """Close the connections to the master."""
        self._fetcher.close()

    def pages(self, cursor: str | None) -> Iterator[Page]:
        """What the device or the date has not seen; everything, to a new device, without one."""
        self._queue, self.sliding = None, False  # a session is never used by two runs
        self.prepare()
        try:
            for page in self._pages(cursor):
                self._turn_to(page)
                yield page
        except NotThere as problem:
            self._check_there()
            raise problem from None

    def further(self, place: str) -> None:
        """Never: a page of the queue is spent by being asked for, and lists go by age."""

    def prepare(self) -> None:
        """Make sure that there still is something to ask; raises SourceEnded."""
        if self._deals:
            self._deals.forget()
        if self._definition.ended:
            raise SourceEnded(
                f"{self.name}: this source has ended (ended = true in its settings). Nothing is "
                "asked of it any more and nothing is removed: the mirror keeps its last copy."
            )

    def one(self, external_id: str) -> Page:
        """The page of one customer, or of one who is gone; raises MasterProblem."""
        self.prepare()
        self._queue = None
        try:
            return read_one(self._fetcher, CUSTOMERS, external_id, self.name)
        except NotThere:
            # Of an account that is closed, or a token that sees nobody, everybody is "not there".
            at, sample = self._check_there()
        if sample is not None:
            read_one(self._fetcher, CUSTOMERS, sample, self.name)
        return Page([], at, gone=[external_id])

    def head(self, raw: bytes, at: datetime) -> Head:
        """Id, version and instant of a record of the page yielded last; raises Refused."""
        return client.head_of(raw, self._queue.revision(raw) if self._queue else 0, at)

    def whole(self, raw: bytes, head: Head) -> bytes:
        """The record itself: Sell's lists leave nothing out."""
        return raw

    def translate(self, record: dict[str, Any], head: Head, stream: str) -> Customer | Record:
        """The customer or deal in a decoded record; raises Refused, of deals MasterProblem."""
        if stream != CUSTOMERS and self._deals:
            return self._deals.translate(record, head)
        found = self._translate(record, head.external_id, head.version, head.instant)
        if doubted := FLAGS_OF_DOUBT.get(head.doubt):
            return msgspec.structs.replace(found, flags=(*found.flags, *doubted))
        return found

    def place_of(self, stream: str, field: str) -> str:
        """Where a source file has a field of the map of a stream."""
        return f"map.{field}" if stream == CUSTOMERS else f"{stream}.{field}"

    def confirm(self) -> None:
        """Acknowledge what was taken so far, what is left on purpose too."""
        if self._queue is not None:
            self._queue.confirm()

    def instant_of(self, cursor: str) -> datetime | None:
        """The date a cursor is, None for a device."""
        return None if _is_device(cursor) else values.instant(cursor, "cursor", UTC)

    def _pages(self, cursor: str | None) -> Iterator[Page]:
        if self._definition.mode != "polling":
            known = cursor is not None and _is_device(cursor)
            # A device is what the master remembers of us: who has nothing must be a new one.
            device = cursor if cursor is not None and known else str(uuid.uuid4())
            queue = Queue(
                self._fetcher,
                device,
                self.name,
                new=not known,
                streams=self.streams,
                sleep=self._sleep,
            )
            started, session = self._started(queue)
            if started:
                self._queue, self.shifting = queue, False
                yield from queue.pages(session)
                return
        self.shifting = True
        for page in self._polling.pages(cursor, self.instant_of(cursor) if cursor else None):
            self.sliding = self._polling.sliding
            yield page

    def _turn_to(self, page: Page) -> None:
        """Be ready for the records of a page."""
        self.fingerprint = self._translate.fingerprint
        if page.stream != CUSTOMERS and page.records and self._deals:
            self._deals.prepare()
            self.fingerprint = self._deals.fingerprint

    def _started(self, queue: Queue) -> tuple[bool, str | None]:
        """Whether this account has Sync, and the session if something waits in it."""
        try:
            return True, queue.start()
        except (Forbidden, NotThere):
            if self._definition.mode == "sync":
                raise
            return False, None

    def _check_there(self) -> tuple[datetime, str | None]:
        """The master's clock and one of its customers, if there still are; raises MasterProblem."""
        try:
            return self._polling.probe()
        except RequestRefused:
            raise SourceEnded(
                f"{self.name}: Sell has nothing left where this account was (404 or 410 to "
                "everything): closed, or Sell itself has ended. Nothing was removed; the mirror "
                "keeps its last copy. If this is final, set ended = true for this source."
            ) from None


def _is_device(cursor: str) -> bool:
    try:
        return str(uuid.UUID(cursor)) == cursor
    except ValueError:
        return False


# Opens an account of Zendesk Sell: its token put in place, its connections made.

_TOKEN = "token"  # noqa: S105 -- a secret's name


def open_sell(
    name: str,
    definition: SellDefinition,
    base_url: str,
    secrets: Mapping[str, str],
    *,
    interval_s: int = 60,
    allow_insecure: bool = False,
    allow_private: bool = False,
    route: Route = DIRECT,
    spent: Sequence[tuple[float, int]] = (),
) -> SellSource:
    """A source ready to be read; raises OriginRefused for an address, BadDefinition for the rest.

    ``base_url`` with or without Sell's ``/v2``; ``secrets`` must hold ``token``; the rest as
    `connector.sources.rest.open_source` takes it.
    """
    if not secrets.get(_TOKEN):
        raise BadDefinition(
            f"The source {name!r} is not right: Sell needs the secret {_TOKEN!r}. Name where it "
            f'is: secrets.{_TOKEN} = {{ env = "NAME" }} or {{ file = "PATH" }}.'
        )
    fetcher = Door(
        base_url.rstrip("/").removesuffix("/v2"),
        {"Authorization": f"Bearer {secrets[_TOKEN]}"},
        definition.limits,
        posts=frozenset({START, ACK}),
        allow_insecure=allow_insecure,
        allow_private=allow_private,
        route=route,
        spent=spent,
    )
    return SellSource(name, definition, fetcher, interval_s)
