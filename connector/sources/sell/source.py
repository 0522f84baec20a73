"""Zendesk Sell as a source: by its Sync queue where it may, by listing contacts where it must."""

import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from connector.fetch import Fetcher
from connector.maps import values
from connector.maps.expressions import Dialect
from connector.problems import MasterProblem, RequestRefused
from connector.sources.definition import BadDefinition
from connector.sources.page import Head, Page
from connector.sources.sell import heads
from connector.sources.sell.definition import SellDefinition, sell_definition
from connector.sources.sell.door import (
    ACK,
    START,
    Door,
    Forbidden,
    NotThere,
    SourceEnded,
)
from connector.sources.sell.polling import Polling
from connector.sources.sell.queue import Queue
from connector.translate import Translator
from mirror.records import Customer

_TOKEN = "token"  # noqa: S105 -- a secret's name


class SellSource:
    """One account; ``name`` is the table in the settings that declares it.

    A cursor is the name of a Sync device, or a date of the master's where contacts are listed.
    """

    counter = False
    """Two versions may be the same second of a listing: then the later word holds."""
    ordered = True
    """A page says itself when there is something to go on from (`Page.cursor`)."""
    detailed = False

    def __init__(
        self,
        name: str,
        definition: SellDefinition,
        fetcher: Fetcher,
        interval_s: int = 60,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.name = name
        self.interval_s = interval_s
        self._definition = definition
        self._fetcher = fetcher
        self._sleep = sleep
        self._polling = Polling(fetcher, name, definition.overlap_s)
        self._queue: Queue | None = None
        self.shifting = False
        """Set by each run: a list's rows move between its pages, a queue's do not."""
        dialect = Dialect(ZoneInfo(definition.timezone))
        self._translate = Translator(definition.map, dialect, definition.default_ddd)
        self.fingerprint = self._translate.fingerprint

    @property
    def requests(self) -> int:
        """Requests sent so far."""
        return self._fetcher.requests

    def close(self) -> None:
        """Close the connections to the master."""
        self._fetcher.close()

    def pages(self, cursor: str | None) -> Iterator[Page]:
        """What the device or the date has not seen; everything, to a new device, without one."""
        self._queue, self.shifting = None, False  # a session is never used by two runs
        if self._definition.ended:
            raise SourceEnded(
                f"{self.name}: this source has ended (ended = true in its settings). Nothing is "
                "asked of it any more and nothing is removed: the mirror keeps its last copy."
            )
        try:
            yield from self._pages(cursor)
        except NotThere as problem:
            self._tell_whether_ended()
            raise problem from None

    def head(self, raw: bytes, at: datetime) -> Head:
        """Id, version and instant of a record of the page yielded last; raises Refused."""
        return heads.head_of(raw, self._queue.revision(raw) if self._queue else 0)

    def whole(self, raw: bytes, head: Head) -> bytes:
        """The record itself: Sell's lists leave nothing out."""
        return raw

    def translate(self, record: dict[str, Any], head: Head) -> Customer:
        """The customer in a decoded contact; raises Refused."""
        return self._translate(record, head.external_id, head.version, head.instant)

    def confirm(self) -> None:
        """Acknowledge what was yielded so far, what is left on purpose too."""
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
            queue = Queue(self._fetcher, device, self.name, new=not known, sleep=self._sleep)
            started, session = self._started(queue)
            if started:
                self._queue = queue
                yield from queue.pages(session)
                return
        self.shifting = True
        yield from self._polling.pages(cursor, self.instant_of(cursor) if cursor else None)

    def _started(self, queue: Queue) -> tuple[bool, str | None]:
        """Whether this account has Sync, and the session if something waits in it."""
        try:
            return True, queue.start()
        except (Forbidden, NotThere):
            if self._definition.mode == "sync":
                raise
            return False, None

    def _tell_whether_ended(self) -> None:
        try:
            self._polling.probe()
        except RequestRefused:
            raise SourceEnded(
                f"{self.name}: Sell has nothing left where this account was (404 or 410 to "
                "everything): closed, or Sell itself has ended. Nothing was removed; the mirror "
                "keeps its last copy. If this is final, set ended = true for this source."
            ) from None
        except MasterProblem:
            return


def open_sell(
    name: str,
    definition: SellDefinition | Mapping[str, Any],
    base_url: str,
    secrets: Mapping[str, str],
    *,
    interval_s: int = 60,
    allow_insecure: bool = False,
    allow_private: bool = False,
) -> SellSource:
    """A source ready to be read; raises OriginRefused for an address, BadDefinition for the rest.

    ``base_url`` with or without Sell's ``/v2``; ``secrets`` must hold ``token``.
    """
    if not isinstance(definition, SellDefinition):
        definition = sell_definition(definition, name)
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
    )
    return SellSource(name, definition, fetcher, interval_s)


def _is_device(cursor: str) -> bool:
    try:
        return str(uuid.UUID(cursor)) == cursor
    except ValueError:
        return False
