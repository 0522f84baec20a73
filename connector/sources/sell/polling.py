"""Lists contacts and deals page by page, for plans without Sync.

Sell cannot be asked "what changed since": changes are read newest first, down to what is known. A
page is a number, so a record deleted meanwhile moves those behind it up by one, some of them past
a reader who is between two pages: a sweep that misses somebody looks again before it removes them.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta

from connector.sources.page import Page
from connector.sources.sell.door import LISTS, Incomplete
from connector.sources.sell.heads import stamp_of
from connector.sources.sell.lists import Lists
from mirror.activity.records import CUSTOMERS

_CLOCK_DRIFT = timedelta(minutes=5)
_BEGINNING = datetime.min.replace(tzinfo=UTC)

Newest = tuple[datetime, str | None]
"""The newest change known, and how the master writes its date."""


class Polling:
    """One run over the lists of these streams, customers first; they have one cursor together."""

    def __init__(self, lists: Lists, name: str, overlap_s: int, streams: Iterable[str]) -> None:
        self._lists = lists
        self._name = name
        self._overlap = timedelta(seconds=overlap_s)
        self._paths: Mapping[str, str] = {stream: LISTS[stream] for stream in streams}
        self._last = list(self._paths)[-1]

    def pages(self, cursor: str | None, known: datetime | None) -> Iterator[Page]:
        """What changed since ``cursor``, which stands for ``known``; everything without one.

        The last page alone has the cursor: what is still to come is older than what came.
        """
        if known is None:
            return self._everything()
        return self._changes(known - min(self._overlap, known - _BEGINNING), (known, cursor))

    def probe(self) -> datetime:
        """The master's clock, if it lists anybody; raises what it says instead."""
        records, at = self._lists.first(LISTS[CUSTOMERS])
        if not records:
            raise self._nobody()
        return at

    def _changes(self, since: datetime, newest: Newest) -> Iterator[Page]:
        begun: datetime | None = None
        for stream, path in self._paths.items():
            for records, at, last in self._lists.walk(path, "updated_at:desc"):
                begun = begun or at
                stamps = [stamp for raw in records if (stamp := stamp_of(raw))]
                newest = _newest(stamps, _latest(begun, stream), newest)
                done = last or any(instant < since for instant, _ in stamps)
                whole = done and stream == self._last
                yield Page(records, at, cursor=newest[1] if whole else None, stream=stream)
                if done:
                    break

    def _everything(self) -> Iterator[Page]:
        # The heads first: what changes while the lists are read is newer, and is read next time.
        newest = self._heads()
        received = 0
        for stream, path in self._paths.items():
            for records, at, last in self._lists.walk(path, "id"):
                received += len(records)
                if last and not received:
                    raise self._nobody()
                whole = last and stream == self._last
                yield Page(records, at, cursor=newest[1] if whole else None, stream=stream)

    def _nobody(self) -> Incomplete:
        return Incomplete(
            f"{self._name}: Sell listed no customer at all. An empty account, or a token that sees "
            "nobody: nobody is removed."
        )

    def _heads(self) -> Newest:
        begun: datetime | None = None
        newest: Newest = (_BEGINNING, None)
        for stream, path in self._paths.items():
            records, at, _ = next(self._lists.walk(path, "updated_at:desc"))
            begun = begun or at
            stamps = (stamp for raw in records if (stamp := stamp_of(raw)))
            newest = _newest(stamps, _latest(begun, stream), newest)
        return newest


def _latest(begun: datetime, stream: str) -> datetime:
    """The latest change that may become the cursor, by the master's clock when the run began.

    One in the future would push it past what is to come; one from while the run lasted is known of
    one list, but past what the lists before it showed.
    """
    drift = _CLOCK_DRIFT if stream == CUSTOMERS else timedelta(0)
    return min(begun, datetime.now(UTC)) + drift


def _newest(stamps: Iterable[tuple[datetime, str]], latest: datetime, so_far: Newest) -> Newest:
    return max([so_far, *(stamp for stamp in stamps if stamp[0] <= latest)], key=lambda one: one[0])
