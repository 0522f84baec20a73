"""What every source is to the cycle that follows it, whatever protocol it speaks."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, Protocol

from connector.sources.page import Head, Page
from mirror.activity.records import Record
from mirror.records import Customer
from mirror.standing.facts import Rules


class Source(Protocol):
    """What a cycle needs of a master."""

    name: str
    interval_s: int
    counter: bool
    fingerprint: bytes
    ordered: bool
    """Oldest change first: what was read is safe to go on from before the listing has ended."""
    shifting: bool
    """Rows move between pages while they are read: whom one look missed may still be there."""
    sliding: bool
    """So much that one look for changes may pass somebody over."""
    detailed: bool
    """A list shows a part of each record; `whole` brings the rest."""
    whose: Callable[[dict[str, Any]], str | None]
    """The customer whom a decoded record of an activity names; raises Refused."""
    rules: Rules
    """By which rules its customers have standings."""
    streams: tuple[str, ...]
    """What its pages may hold (`Page.stream`)."""

    @property
    def activities(self) -> Sequence["Source"]:
        """Its further streams that have a cursor of their own, each read after the customers."""

    @property
    def requests(self) -> int:
        """Requests sent so far."""

    def pages(self, cursor: str | None) -> Iterator[Page]:
        """Everything since the cursor, or everything; oldest first."""

    def prepare(self) -> None:
        """Read what reading records needs; `pages` does so itself. Raises MasterProblem."""

    def one(self, external_id: str) -> Page:
        """The page of one customer, or of one who is gone; raises MasterProblem."""

    def head(self, raw: bytes, at: datetime) -> Head:
        """Id, version and instant of a record of a page answered ``at``; raises Refused."""

    def whole(self, raw: bytes, head: Head) -> bytes:
        """The record with everything the master has of it; raises Refused and MasterProblem."""

    def translate(self, record: dict[str, Any], head: Head, stream: str) -> Customer | Record:
        """The customer or the activity in a record of a page of ``stream``; raises Refused."""

    def instant_of(self, cursor: str) -> datetime | None:
        """The instant a cursor stands for, where it is one."""

    def confirm(self) -> None:
        """What was yielded so far is committed; raises MasterProblem."""

    def close(self) -> None:
        """Close the connections to the master."""
