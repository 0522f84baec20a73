"""Walks Sell's lists page by page, whatever is on them: contacts, deals, stages, loss reasons."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from connector.http import Answer, BadAnswer, NoProgress, Request, RequestRefused
from connector.http.client import Fetcher
from connector.mapping import DealMap
from connector.mapping.activity import ActivityTranslator
from connector.mapping.expressions import Dialect
from connector.mapping.filters import Lookups
from connector.sources import Head, Page
from connector.sources.sell.client import LISTS, Incomplete, id_of, opened, stamp_of
from mirror.records import CUSTOMERS, Record

_PER_PAGE = 100
_MOST_PAGES = 100_000


class _Item(msgspec.Struct):
    data: msgspec.Raw


class _Meta(msgspec.Struct):
    links: dict[str, Any] | None = None


class _Listed(msgspec.Struct):
    items: list[_Item]
    meta: _Meta = msgspec.field(default_factory=_Meta)


_decode = msgspec.json.Decoder(_Listed).decode


class Lists:
    """The lists of one account, told in the name of its source."""

    def __init__(self, fetcher: Fetcher, name: str) -> None:
        self._fetcher = fetcher
        self._name = name

    def first(self, path: str) -> tuple[list[bytes], datetime]:
        """The first record of a list, if it has any, and the master's clock."""
        answer = self._fetcher.send(Request(path, {"page": "1", "per_page": "1"}))
        return self._opened(answer)[0], answer.at

    def walk(self, path: str, order: str | None = None) -> Iterator[tuple[list[bytes], datetime]]:
        """Records and the master's clock, page by page, until no more follow.

        Some say that Sell links no pages: where none was linked yet, the page behind one is asked
        for by its number, once the next is wanted; of lists without an ``order``, which are short,
        behind a full one alone.
        """
        asked = {"sort_by": order} if order else {}
        asked |= {"per_page": str(_PER_PAGE)}
        answer = self._fetcher.send(Request(path, asked))
        seen: set[str] = set()
        for number in range(2, _MOST_PAGES):
            records, link = self._opened(answer)
            yield records, answer.at
            if link is None:
                doubtful = not seen and len(records) >= (1 if order else _PER_PAGE)
                asked["page"] = str(number)
                following = self._numbered(path, asked, answer) if doubtful else None
                if following is None:
                    return
                answer = following
                continue
            if link in seen:
                break
            seen.add(link)
            # A link goes as it is: parameters of ours would replace its own.
            answer = self._fetcher.send(Request(link))
        raise NoProgress(f"{self._name}: the pages of the list repeat or never end; stopped.")

    def _numbered(self, path: str, asked: dict[str, str], before: Answer) -> Answer | None:
        """The page of a number, None where the list has ended before."""
        try:
            answer = self._fetcher.send(Request(path, dict(asked)))
        except RequestRefused:
            return None
        return answer if self._opened(answer)[0] and answer.body != before.body else None

    def _opened(self, answer: Answer) -> tuple[list[bytes], str | None]:
        page = opened(
            answer.body,
            _decode,
            f"{self._name}: Sell's answer is not a page of a list. Nothing of it was used.",
        )
        link = (page.meta.links or {}).get("next_page")
        if link is not None and (type(link) is not str or not link.startswith(("http", "/v2/"))):
            raise BadAnswer(f"{self._name}: the link to the next page is none.")
        return [bytes(item.data) for item in page.items], link


# Reads Sell's deals. A deal has no state of its own: its stage has, in a list of stages.

_TABLES = {
    "stages": ("/v2/stages", "category"),
    "stage_names": ("/v2/stages", "name"),
    "loss_reasons": ("/v2/loss_reasons", "name"),
}
"""Which list each table is of, and what of it an id stands for."""

NO_TABLES: Lookups = {table: {} for table in _TABLES}
"""What the map of deals can look something up in, before it is read."""

_decode_deal = msgspec.json.Decoder(dict[str, Any]).decode


class Deals:
    """The deals of one account, with the tables that say what their ids mean."""

    def __init__(self, lists: Lists, name: str, map_: DealMap, zone: ZoneInfo) -> None:
        self._lists = lists
        self._name = name
        self._known = False
        self._tables: dict[str, dict[str, Any]] = {table: {} for table in _TABLES}
        self._translate = ActivityTranslator(map_, Dialect(zone, self._tables))
        self.whose = self._translate.whose

    @property
    def fingerprint(self) -> bytes:
        """Changes when the map or the tables change."""
        tables = msgspec.json.encode(self._tables, order="sorted")
        return blake2b(self._translate.fingerprint + tables, digest_size=4).digest()

    def forget(self) -> None:
        """Let the tables be read again for the next deal: accounts change their stages."""
        self._known = False

    def prepare(self) -> None:
        """Read the tables where that was not done since; raises MasterProblem."""
        if self._known:
            return
        rows = {path: self._rows(path) for path in dict.fromkeys(p for p, _ in _TABLES.values())}
        if not rows[_TABLES["stages"][0]]:
            raise BadAnswer(
                f"{self._name}: Sell has deals but lists no stage; what became of them cannot be "
                "told. Does the token see stages?"
            )
        for table, (path, field) in _TABLES.items():
            self._tables[table].clear()
            self._tables[table].update({str(row.get("id")): row.get(field) for row in rows[path]})
        self._known = True

    def translate(self, record: dict[str, Any], head: Head) -> Record:
        """The deal in a decoded record; raises Refused and MasterProblem."""
        self.prepare()
        return self._translate(record, head.external_id, head.version, head.instant)

    def _rows(self, path: str) -> list[dict[str, Any]]:
        try:
            return [_decode_deal(raw) for records, _ in self._lists.walk(path) for raw in records]
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise BadAnswer(f"{self._name}: what Sell lists at {path} cannot be read.") from None


# Lists contacts and deals page by page, for plans without Sync.
#
# Sell cannot be asked "what changed since": changes are read newest first, down to what is known.
# A page is a number, so a record deleted meanwhile moves those behind it up by one, some of them
# past a reader who is between two pages: lists of more than one page are looked at again, sweeps
# where they miss somebody.

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
        self.sliding = False
        """Whether a list had more than one page, so that one look may pass somebody over."""

    def pages(self, cursor: str | None, known: datetime | None) -> Iterator[Page]:
        """What changed since ``cursor``, which stands for ``known``; everything without one.

        The last page alone has the cursor: what is still to come is older than what came.
        """
        self.sliding = False
        if known is None:
            return self._everything()
        return self._changes(known - min(self._overlap, known - _BEGINNING), (known, cursor))

    def probe(self) -> tuple[datetime, str | None]:
        """The master's clock, if it lists anybody, and whom; raises what it says instead."""
        records, at = self._lists.first(LISTS[CUSTOMERS])
        if not records:
            raise self._nobody()
        return at, id_of(records[0])

    def _changes(self, since: datetime, newest: Newest) -> Iterator[Page]:
        begun: datetime | None = None
        for stream, path in self._paths.items():
            for page in self._list(stream, path, "updated_at:desc"):
                begun = begun or page.at
                stamps = [stamp for raw in page.records if (stamp := stamp_of(raw))]
                newest = _newest(stamps, _latest(begun, stream), newest)
                yield page
                if any(instant < since for instant, _ in stamps):
                    break
        if begun:
            yield Page([], begun, cursor=newest[1])

    def _everything(self) -> Iterator[Page]:
        # The heads first: what changes while the lists are read is newer, and is read next time.
        newest, received, begun = self._heads(), 0, None
        for stream, path in self._paths.items():
            for page in self._list(stream, path, "id"):
                begun = begun or page.at
                received += len(page.records)
                yield page
            if not received:
                raise self._nobody()
        if begun:
            yield Page([], begun, cursor=newest[1])

    def _list(self, stream: str, path: str, order: str) -> Iterator[Page]:
        for number, (records, at) in enumerate(self._lists.walk(path, order)):
            self.sliding |= number > 0
            yield Page(records, at, stream=stream)

    def _nobody(self) -> Incomplete:
        return Incomplete(
            f"{self._name}: Sell listed no customer at all. An empty account, or a token that sees "
            "nobody: nobody is removed."
        )

    def _heads(self) -> Newest:
        begun: datetime | None = None
        newest: Newest = (_BEGINNING, None)
        for stream, path in self._paths.items():
            records, at = next(self._lists.walk(path, "updated_at:desc"))
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
