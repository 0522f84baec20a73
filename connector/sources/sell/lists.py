"""Walks Sell's lists page by page, whatever is on them: contacts, deals, stages, loss reasons."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec

from connector.fetch import Fetcher
from connector.messages import Answer, Request
from connector.problems import BadAnswer, NoProgress, RequestRefused
from connector.sources.sell.bodies import opened

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

    def walk(
        self, path: str, order: str | None = None
    ) -> Iterator[tuple[list[bytes], datetime, bool]]:
        """Records, the master's clock and whether it is the last, page by page."""
        asked = {"sort_by": order} if order else {}
        asked |= {"per_page": str(_PER_PAGE)}
        answer = self._fetcher.send(Request(path, asked))
        seen: set[str] = set()
        for number in range(1, _MOST_PAGES):
            records, link = self._opened(answer)
            ahead = None
            if link is None and not seen and len(records) >= _PER_PAGE:
                ahead = self._numbered(path, asked | {"page": str(number + 1)}, answer)
            yield records, answer.at, link is None and ahead is None
            if link is None and ahead is None:
                return
            if link in seen:
                break
            seen.update([link] if link else [])
            # A link goes as it is: parameters of ours would replace its own.
            answer = ahead or self._fetcher.send(Request(link or ""))
        raise NoProgress(f"{self._name}: the pages of the list repeat or never end; stopped.")

    def _numbered(self, path: str, asked: dict[str, str], before: Answer) -> Answer | None:
        """The page after a full one without a link: some say that Sell links no pages."""
        try:
            answer = self._fetcher.send(Request(path, asked))
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
