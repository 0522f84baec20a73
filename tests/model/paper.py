"""Masters on paper: what is told page by page is written down beforehand, records and mishaps."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from connector.http import Unreachable
from connector.mapping import values
from connector.sources import Head, Page
from mirror.records import Customer
from mirror.standing import Rules

Record = dict[str, Any]
Message = Record | str | Exception
"""A record, the id of somebody gone, or what goes wrong before the next page."""
NOON = datetime(2024, 6, 1, 12, tzinfo=UTC)
"""The clock of a master on paper."""
_decode = msgspec.json.Decoder(Record).decode
_encode = msgspec.json.Encoder().encode


def person(number: int, version: object = 1, **said: Any) -> Record:
    """A customer; without ``at`` (a stamp) it was changed at noon less its number of seconds."""
    at = f"2024-06-01T11:{59 - number // 60:02}:{59 - number % 60:02}Z"
    return {"id": number, "v": version, "at": at, "name": "Ana"} | said


class Paper:
    """What every master on paper has in common: how its records are read."""

    name, interval_s, requests, counter = "loja", 60, 0, True
    rules, streams, activities = Rules(), ("customers",), ()
    fingerprint = b"map1"
    overlap = timedelta(0)
    ordered, detailed, reads_ahead = True, False, False
    shifting = sliding = False
    weigh = None
    doubt: str | None = None

    @property
    def repeats(self) -> bool:
        return self.shifting

    def pages(self, cursor: str | None) -> Iterator[Page]:
        raise NotImplementedError

    def head(self, raw: bytes, at: datetime) -> Head:
        record = _decode(raw)
        name = values.external_id(record["id"])
        try:
            version = values.counter(record["v"])
            instant = values.instant(record["at"], "at", UTC)
        except values.Refused as why:
            raise values.Refused(why.field, why.rule, name) from None
        if not self.counter:
            version = int(instant.timestamp() * 1_000_000)
        return Head(name, version, instant, record["at"])

    def whole(self, raw: bytes, head: Head) -> bytes:
        return raw

    def translate(self, record: Record, head: Head, stream: str) -> Customer:
        name = values.text(record["name"], "name")
        return Customer(external_id=head.external_id, version=head.version, name=name)

    def instant_of(self, cursor: str) -> datetime | None:
        return values.instant(cursor, "cursor", UTC)

    def confirm(self) -> None:
        """Nothing is expected."""


class Listing(Paper):
    """A list of everybody since an instant, in the order ``key`` gives it, page after page.

    With ``by_place`` pages are counted by rows (so many are skipped), as the list is by then.
    """

    def __init__(self, *records: Record, size: int = 2, overlap_s: int = 600) -> None:
        self.records = {one["id"]: one for one in records}
        self.size, self.overlap_s = size, overlap_s
        self.now = NOON
        self.before_page: Callable[[int], object] = lambda page: None
        self.by_place = False

    def put(self, *records: Record) -> None:
        self.records |= {one["id"]: one for one in records}

    def key(self, record: Record) -> Any:
        return values.instant(record["at"], "at", UTC), record["id"]

    def pages(self, cursor: str | None) -> Iterator[Page]:
        after, page = None, 0
        while True:
            page += 1
            self.before_page(page)
            rows = sorted(filter(self._wanted(cursor), self.records.values()), key=self.key)
            if self.by_place:
                left = rows[(page - 1) * self.size :]
            else:
                left = [one for one in rows if after is None or self.key(one) > after]
            shown = left[: self.size]
            yield Page([_encode(one) for one in shown], self.now)
            if len(left) <= self.size:
                return
            after = self.key(shown[-1])

    def _wanted(self, cursor: str | None) -> Callable[[Record], bool]:
        if cursor is None:
            return lambda record: True
        since = values.instant(cursor, "cursor", UTC).timestamp() - self.overlap_s
        return lambda record: values.instant(record["at"], "at", UTC).timestamp() >= since


class Queue(Paper):
    """A list of everybody first, then messages, each on a page of its own, until confirmed."""

    ordered = False

    def __init__(self, *listed: Record) -> None:
        self.listed = list(listed)
        self.messages: list[Message] = []
        self.confirmed = 0
        self.confirms = True
        self.told = 0

    def pages(self, cursor: str | None) -> Iterator[Page]:
        if cursor is None:
            yield Page([_encode(one) for one in self.listed], NOON, cursor="listed")
            return
        for message in self.messages[self.confirmed :]:
            self.told += 1
            if isinstance(message, Exception):
                raise message
            gone = [message] if isinstance(message, str) else []
            yield Page([] if gone else [_encode(message)], NOON, gone=gone, cursor="listed")

    def head(self, raw: bytes, at: datetime) -> Head:
        return msgspec.structs.replace(super().head(raw, at), stamp=None)

    def instant_of(self, cursor: str) -> None:
        return None

    def confirm(self) -> None:
        if not self.confirms:
            raise Unreachable("the master did not answer")
        self.confirmed = self.told
