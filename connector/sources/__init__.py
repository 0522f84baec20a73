"""What every source is to the cycle that follows it, and what it yields: pages of raw records."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Protocol

import msgspec

from mirror.records import CUSTOMERS, Customer, Record
from mirror.standing import Rules
from mirror.writing.holds import too_many

# What every source yields: pages of records that are not decoded yet.


class Head(msgspec.Struct, frozen=True, array_like=True):
    """What a record says of itself before it is read."""

    external_id: str
    version: int
    instant: datetime | None
    """When the master last changed it, where it says so."""
    stamp: str | None
    """The instant in the master's own writing, where cursors are made of it."""
    doubt: str = ""
    """Why there is no instant where the master has one of each record: ``undated``, ``unreadable``
    for what is no date, or ``future`` for one that cannot be true. The version is then
    `mirror.records.UNDATED`, unless it is a counter's."""


FLAGS_OF_DOUBT = {"future": ("updated_at_future",), "unreadable": ("updated_at_invalid",)}
"""How a record is marked whose master has a date of it that was left out."""


class Page(msgspec.Struct, frozen=True):
    """One page, in the master's order."""

    records: list[bytes]
    at: datetime
    """The master's clock when it answered."""
    tidy: bool = False
    """Every text of the page is tidy (see `connector.mapping.strict_json`)."""
    gone: list[str] = []
    """Ids of which the master says that it no longer has them: removed, and never held."""
    gone_at: dict[str, int] = {}
    """The versions at which they went, where the master says so: nothing older brings them back."""
    changed: bool = False
    """The master lists these because they changed, whatever a list shows of them."""
    cursor: str | None = None
    """What to go on from once the page is committed, where no stamp of a record says so."""
    stream: str = CUSTOMERS
    """What its records and ids are: customers, or one of `mirror.records.STREAMS`."""
    confirm: bool = False
    """All that came so far is to be committed and confirmed before the next page is asked for."""
    mended: bool = False
    """It was no right JSON until a text or a number on it was mended."""
    place: str | None = None
    """From where a listing of everything can go on, with this page again (`Source.further`)."""


class Further(NamedTuple):
    """The rest of a listing that an earlier run began."""

    pages: Iterator[Page]
    firm: bool
    """Nobody slid past its place meanwhile, and who came or changed can be asked for."""


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
    """So much that one look may pass somebody over; settled by each reading."""
    overlap: timedelta
    """How late a change may become visible: changes are asked for from so far before the cursor,
    and that a listing lacks who changed so shortly before it began says nothing."""
    doubt: str | None
    """Why the last reading, though it ended, may lack somebody; None where its end was shown."""
    reads_ahead: bool
    """Its next page may be asked for before what came is committed."""
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
    def weigh(self) -> Callable[[int, int], int] | None:
        """The version of what came, held against the one that is here; None: as it is."""

    @property
    def repeats(self) -> bool:
        """Whether a listing may bring somebody more than once."""

    @property
    def requests(self) -> int:
        """Requests sent so far."""

    def pages(self, cursor: str | None) -> Iterator[Page]:
        """Everything since the cursor, or everything; oldest first."""

    def further(self, place: str) -> Further | None:
        """The listing of everything from a page of before on (`Page.place`).

        None where the place means nothing any more: declared in another way, it begins anew.
        """

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

    def place_of(self, stream: str, field: str) -> str:
        """Where its source file has a field of the map of a stream."""

    def instant_of(self, cursor: str) -> datetime | None:
        """The instant a cursor stands for, where it is one."""

    def confirm(self) -> None:
        """What was taken of the pages so far is committed; raises MasterProblem."""

    def close(self) -> None:
        """Close the connections to the master."""


# What a run says of records in doubt.

LOST_DATE, SAME_ID = "lost", "same id"
"""The doubts at a record that had a date before, and at one whose id another of its page has."""
_TOO_MANY = {
    LOST_DATE: "{:,} of the {:,} that came lose the date of their last change at once (is "
    "stream.records.stamp written in another way now?)",
    SAME_ID: "{:,} of the {:,} that came have the id of another record of their page, and one of "
    "each is kept (does stream.records.id name one record?)",
}


def doubt_of(doubts: Mapping[str, int], came: int) -> str | None:
    """The doubt at a run in which too many lose their date, or share an id; they are written."""
    many = {why: doubts.get(why, 0) for why in _TOO_MANY}
    found = [_TOO_MANY[why].format(one, came) for why, one in many.items() if too_many(one, came)]
    return "; and ".join(found) or None


_UNDATED = {
    "undated": "{:,} without a date of their last change: compared by content.",
    "unreadable": "{:,} with a date of their last change that is none: the date was left out, the "
    "record kept and compared by content. Does `stream.records.stamp` need a filter, as "
    "`| datetime %d/%m/%Y`?",
    "future": "{:,} with a date of the future: the date was left out, the record kept.",
    SAME_ID: "{:,} with the id of another record of their page: one of each is kept.",
}


def undated(doubts: Mapping[str, int]) -> list[str]:
    """What a run tells of records without a date that can be true, by why there is none."""
    return [text.format(doubts[why]) for why, text in _UNDATED.items() if doubts.get(why)]
