"""A master on paper: the pages of the preset ``omni`` without a socket, changed by hand."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from config.assemble import merged, preset
from connector.http import Answer, Request, Unreachable
from connector.sources.checks import definition
from connector.sources.rest import RestSource
from mirror.records import STREAMS

BEGIN = datetime(2024, 1, 1, tzinfo=UTC)
NOW = datetime(2024, 6, 1, 12, tzinfo=UTC)
"""The master's clock, before the clock of any machine that runs these tests."""
encode = msgspec.json.Encoder().encode


def at(second: float) -> str:
    """An instant so many seconds after the beginning, as the master writes it."""
    return (BEGIN + timedelta(seconds=second)).isoformat().replace("+00:00", "Z")


def record(number: int, version: int = 1, **changed: Any) -> dict[str, Any]:
    """A customer in the master's dialect, changed last at second ``number`` (or ``updated_at``)."""
    return {
        "id": number,
        "v": version,
        "updated_at": at(number),
        "person_type": "PF",
        "status": "active",
        "name": f"Cliente {number}",
        "emails": [{"address": f"cliente{number}@exemplo.com.br"}],
    } | changed


class Master:
    """Keeps records and answers as a keyset listing does: oldest change first, ties by id.

    Of what its customers do nothing is known to it: those lists are empty.
    """

    def __init__(self, *records: dict[str, Any], size: int = 10) -> None:
        self.records = {one["id"]: one for one in records}
        self.size = size
        self.requests = 0
        self.asked: list[dict[str, str]] = []
        self.before_page: Callable[[int], object] = lambda page: None
        """Called with the number of every page, from 1, before it is answered."""
        self.now = NOW

    def put(self, *records: dict[str, Any]) -> None:
        """Add or change records."""
        self.records |= {one["id"]: one for one in records}

    def send(self, request: Request) -> Answer:
        """What `connector.http.client.Fetcher.send` would bring."""
        query = request.query
        if request.path.removeprefix("/api/v1/") in STREAMS:
            nothing: dict[str, Any] = {"items": [], "next": None, "has_more": False}
            return Answer(encode(nothing | {"since": query.get("updated_since")}), self.now)
        self.requests += 1
        self.asked.append(dict(query))
        self.before_page(1 + int(query.get("cursor", "0:").partition(":")[0]))
        return Answer(self._page(query), self.now)

    def close(self) -> None:
        """Nothing is open."""

    def _page(self, query: Mapping[str, str]) -> bytes:
        since = query.get("updated_since")
        page, _, after = query.get("cursor", "0:").partition(":")
        rows = sorted((str(one["updated_at"]), f"{one['id']!s:>9}", one) for one in self._all())
        known = [row for row in rows if since is None or row[0] >= since]
        left = [row for row in known if "|".join(row[:2]) > after]
        shown, more = left[: self.size], len(left) > self.size
        token = f"{int(page) + 1}:{'|'.join(shown[-1][:2])}" if more else None
        items = [one for _, _, one in shown]
        return encode({"items": items, "next": token, "has_more": more, "since": since})

    def _all(self) -> list[dict[str, Any]]:
        return list(self.records.values())


def down() -> None:
    """Raise what a fetcher raises when the master is not there."""
    raise Unreachable("http://master.example cannot be reached.")


def source(fetcher: Any, name: str = "loja", **over: Any) -> RestSource:
    """The preset ``omni`` in front of ``fetcher``; tables in ``over`` are laid on the preset's."""
    return RestSource(name, definition(merged(preset("omni"), over), name), fetcher)
