"""Two ways of following the master of the model: a keyset listing, and a queue of messages."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import msgspec

from connector.mapping import values
from connector.sources import Head, Page
from mirror.records import Customer
from mirror.standing import Rules
from tests.model.faults import Faults
from tests.model.master import BEGIN, Edit, Master

OVERLAP = timedelta(seconds=600)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_decode = msgspec.json.Decoder(dict[str, Any]).decode


class Keyset:
    """Lists oldest change first, ties in an order of the day; changes are asked for by instant."""

    interval_s = 60
    rules, activities = Rules(), ()
    streams: tuple[str, ...] = ("customers",)
    fingerprint = b"map1"
    ordered = True
    overlap = OVERLAP
    shifting = sliding = repeats = False
    weigh = None
    doubt: str | None = None
    detailed = reads_ahead = False

    def __init__(self, master: Master, name: str, faults: Faults, *, counter: bool = True) -> None:
        self.master, self.name, self.faults, self.counter = master, name, faults, counter
        self.requests = 0
        self.whose: Callable[[dict[str, Any]], str | None] = lambda record: None

    def pages(self, cursor: str | None) -> Iterator[Page]:
        """Everything since the cursor less the overlap, or everything; oldest first."""
        since = self.instant_of(cursor) - OVERLAP if cursor else BEGIN - OVERLAP
        after = (since, -1, -1)
        for page in count():
            self.faults.before_page(page)
            self.requests += 1
            rows = self._rows(page)
            left = [row for row in sorted(rows, key=self._place) if self._place(row) > after]
            yield from self._told(left[: self.faults.plan.size])
            if len(left) <= self.faults.plan.size:
                return
            after = self._place(left[self.faults.plan.size - 1])

    def head(self, raw: bytes, at: datetime) -> Head:
        """Id, version and instant; raises Refused."""
        record = _decode(raw)
        name = values.external_id(record["id"])
        instant = values.instant(record["updated_at"], "updated_at", UTC)
        try:
            version = values.counter(record["v"])
        except values.Refused as why:
            raise values.Refused(why.field, why.rule, name) from None
        if not self.counter:
            version = (instant - _EPOCH) // timedelta(microseconds=1)
        return Head(name, version, instant, record["updated_at"])

    def translate(self, record: dict[str, Any], head: Head, stream: str) -> Customer:
        """The customer in a record; raises Refused."""
        return Customer(
            external_id=head.external_id,
            version=head.version,
            updated_at=values.instant(record["updated_at"], "updated_at", UTC),
            name=values.text(record["name"], "name"),
            emails=(record["email"],),
            **{field: record[field] for field in ("kind", "registration", "category")},
        )

    def whole(self, raw: bytes, head: Head) -> bytes:
        """What is listed is all there is."""
        return raw

    def instant_of(self, cursor: str) -> datetime:
        return values.instant(cursor, "cursor", UTC)

    def further(self, place: str) -> None:
        """No place of it is kept."""

    def place_of(self, stream: str, field: str) -> str:
        return f"map.{field}"

    def confirm(self) -> None:
        """A listing is not told how far its reader came."""

    def prepare(self) -> None:
        """Its records need nothing to be read by."""

    def one(self, external_id: str) -> Page:
        """As any answer but the first it may come from a replica that is behind."""
        self.requests += 1
        edit = self.master.shown(self.faults.plan.behind_s).get(int(external_id))
        if edit is None:
            return Page([], self.master.now, gone=[external_id])
        return Page([edit.raw()], self.master.now, changed=True)

    def close(self) -> None:
        """Nothing is open."""

    def _rows(self, page: int) -> list[Edit]:
        ago = self.faults.plan.behind_s if page % 2 else 0
        return list(self.master.shown(ago).values())

    def _place(self, edit: Edit) -> tuple[datetime, int, int]:
        # A listing by stamp orders those of one stamp as it likes, another day in another order.
        return edit.instant, hash((self.faults.plan.salt, edit.number)) & 0xFFFF, edit.number

    def _told(self, edits: list[Edit]) -> Iterator[Page]:
        if self.faults.empties:
            yield Page([], self.master.now)
        for _ in range(1 + self.faults.repeats):
            yield Page([edit.raw() for edit in edits], self.master.now)


class Queue(Keyset):
    """Tells changes and deletions as messages, in order, again until they are acknowledged.

    The cursor says only that the list was read once; how far a reader came, the master keeps.
    """

    ordered = False
    delivered: int | None = None

    def pages(self, cursor: str | None) -> Iterator[Page]:
        """Everything, by id; afterwards what was not acknowledged."""
        yield from self._listing() if cursor is None else self._messages()

    def head(self, raw: bytes, at: datetime) -> Head:
        """As it is said, without a stamp: cursors are not made of it."""
        return msgspec.structs.replace(super().head(raw, at), stamp=None)

    def instant_of(self, cursor: str) -> None:  # type: ignore[override]
        return None

    def confirm(self) -> None:
        """Acknowledge; may fail when the rows are committed already."""
        self.faults.confirming()
        self.master.acked = max(self.master.acked, self.delivered or 0)

    def _listing(self) -> Iterator[Page]:
        size, last = self.faults.plan.size, -1
        for page in count():
            self.faults.before_page(page)
            self.requests += 1
            left = sorted(number for number in self.master.shown() if number > last)
            shown = [self.master.shown()[number] for number in left[:size]]
            more = len(left) > size
            raws = [edit.raw() for edit in shown]
            yield Page(raws, self.master.now, cursor=None if more else "listed")
            if not more:
                return
            last = left[size - 1]

    def _messages(self) -> Iterator[Page]:
        size, place = self.faults.plan.size, self.master.acked
        for page in count():
            self.faults.before_page(page)
            self.requests += 1
            told = self.master.queue[place : place + size]
            place += len(told)
            self.delivered = place
            yield self._page(told)
            if place == len(self.master.queue):
                return

    def _page(self, told: list[Edit]) -> Page:
        last = {edit.name: edit for edit in told}  # a page has no order between word and gone
        gone = [name for name, edit in last.items() if edit.state == "gone"]
        raws = [edit.raw() for edit in told if edit.state != "gone" and edit.name not in gone]
        return Page(raws, self.master.now, gone=gone, cursor="listed")
