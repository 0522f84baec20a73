"""Lists contacts page by page, for plans without Sync.

Sell cannot be asked "what changed since": changes are read newest first, down to what is known. A
page is a number, so a contact deleted meanwhile moves those behind it up by one, some of them past
a reader who is between two pages: a sweep that misses somebody looks again before it removes them.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from connector.fetch import Fetcher
from connector.messages import Answer, Request
from connector.problems import BadAnswer, NoProgress, RequestRefused
from connector.sources.page import Page
from connector.sources.sell.bodies import opened
from connector.sources.sell.door import CONTACTS, Incomplete
from connector.sources.sell.heads import stamp_of

_PER_PAGE = 100
_MOST_PAGES = 100_000
_CLOCK_DRIFT = timedelta(minutes=5)
_BEGINNING = datetime.min.replace(tzinfo=UTC)


class _Item(msgspec.Struct):
    data: msgspec.Raw


class _Meta(msgspec.Struct):
    links: dict[str, Any] | None = None


class _Listed(msgspec.Struct):
    items: list[_Item]
    meta: _Meta = msgspec.field(default_factory=_Meta)


_decode = msgspec.json.Decoder(_Listed).decode


class Polling:
    """One run over the list of contacts."""

    def __init__(self, fetcher: Fetcher, name: str, overlap_s: int) -> None:
        self._fetcher = fetcher
        self._name = name
        self._overlap = timedelta(seconds=overlap_s)

    def pages(self, cursor: str | None, known: datetime | None) -> Iterator[Page]:
        """What changed since ``cursor``, which stands for ``known``; everything without one.

        The last page alone has the cursor: what is still to come is older than what came.
        """
        if known is None:
            return self._everything()
        return self._changes(known - min(self._overlap, known - _BEGINNING), known, cursor)

    def probe(self) -> datetime:
        """The master's clock, if it lists anybody; raises what it says instead."""
        answer = self._fetcher.send(Request(CONTACTS, {"page": "1", "per_page": "1"}))
        if not self._opened(answer)[0]:
            raise self._nobody()
        return answer.at

    def _changes(self, since: datetime, known: datetime, cursor: str | None) -> Iterator[Page]:
        newest = (known, cursor)
        for records, at, last in self._walk("updated_at:desc"):
            stamps = [stamp for raw in records if (stamp := stamp_of(raw))]
            newest = _newest(stamps, at, newest)
            done = last or any(instant < since for instant, _ in stamps)
            yield Page(records, at, cursor=newest[1] if done else None)
            if done:
                return

    def _everything(self) -> Iterator[Page]:
        # The head first: what changes while the list is read is newer, and is read the next time.
        cursor = self._head()
        received = 0
        for records, at, last in self._walk("id"):
            received += len(records)
            if last and not received:
                raise self._nobody()
            yield Page(records, at, cursor=cursor if last else None)

    def _nobody(self) -> Incomplete:
        return Incomplete(
            f"{self._name}: Sell listed no customer at all. An empty account, or a token that sees "
            "nobody: nobody is removed."
        )

    def _head(self) -> str | None:
        records, at, _ = next(self._walk("updated_at:desc"))
        stamps = [stamp for raw in records if (stamp := stamp_of(raw))]
        return _newest(stamps, at, (_BEGINNING, None))[1]

    def _walk(self, order: str) -> Iterator[tuple[list[bytes], datetime, bool]]:
        """Records, the master's clock and whether it is the last, page by page."""
        asked = {"sort_by": order, "per_page": str(_PER_PAGE)}
        answer = self._fetcher.send(Request(CONTACTS, asked))
        seen: set[str] = set()
        for number in range(1, _MOST_PAGES):
            records, link = self._opened(answer)
            ahead = None
            if link is None and not seen and len(records) >= _PER_PAGE:
                ahead = self._numbered(asked | {"page": str(number + 1)}, answer)
            yield records, answer.at, link is None and ahead is None
            if link is None and ahead is None:
                return
            if link in seen:
                break
            seen.update([link] if link else [])
            # A link goes as it is: parameters of ours would replace its own.
            answer = ahead or self._fetcher.send(Request(link or ""))
        raise NoProgress(f"{self._name}: the pages of the list repeat or never end; stopped.")

    def _numbered(self, asked: dict[str, str], before: Answer) -> Answer | None:
        """The page after a full one without a link: some say that Sell links no pages."""
        try:
            answer = self._fetcher.send(Request(CONTACTS, asked))
        except RequestRefused:
            return None
        return answer if self._opened(answer)[0] and answer.body != before.body else None

    def _opened(self, answer: Answer) -> tuple[list[bytes], str | None]:
        page = opened(
            answer.body,
            _decode,
            f"{self._name}: Sell's answer is not a page of contacts. Nothing of it was used.",
        )
        link = (page.meta.links or {}).get("next_page")
        if link is not None and (type(link) is not str or not link.startswith(("http", "/v2/"))):
            raise BadAnswer(f"{self._name}: the link to the next page is none.")
        return [bytes(item.data) for item in page.items], link


def _newest(
    stamps: Iterable[tuple[datetime, str]], at: datetime, so_far: tuple[datetime, str | None]
) -> tuple[datetime, str | None]:
    """The newest of them; a date in the future must not push the cursor past what is to come."""
    latest = min(at, datetime.now(UTC)) + _CLOCK_DRIFT
    return max([so_far, *(stamp for stamp in stamps if stamp[0] <= latest)], key=lambda one: one[0])
