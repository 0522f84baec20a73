"""A master in memory that lists its customers in any way masters page, and goes wrong as they do.

What happens to it is a `Life`, written down beforehand: changes before its so-many-th answer,
answers that do not come, and where the process that reads it dies.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from connector.http import Answer, Request, RequestRefused, Unreachable
from connector.sources.checks import definition
from connector.sources.rest import RestSource

BEGIN = datetime(2024, 1, 1, tzinfo=UTC)
NOW = datetime(2024, 6, 1, 12, tzinfo=UTC)
Write = tuple[str, int]
"""``edit``, ``delete`` or ``add``, and of whom: a number, of those that there are by then."""
_encode = msgspec.json.Encoder().encode


class Life(msgspec.Struct, frozen=True):
    """How a master lists, and what happens while it is read."""

    kind: str = "page"
    order: str = "id"
    """``id``, ``changed`` (oldest change first) or ``newest`` (the other way round)."""
    number: int = 60
    """Customers in the beginning."""
    size: int = 25
    """So many are asked for a page."""
    cap: int = 1_000
    """It sends no more a page."""
    by_asked: bool = False
    """Its pages are counted by the size asked for, though it sends fewer."""
    stop: tuple[str, ...] = ("empty",)
    total: int | None = None
    """By how much the total and the number of pages that it tells are off; None: it tells none."""
    lost: bool = False
    """It does not say where a list goes on."""
    loses: bool = False
    """So does it from the sweep on."""
    null: bool = False
    """Where a page has no next one, it says so."""
    unsized: bool = False
    """It is not told how many are wanted."""
    behind: str = "empty"
    """What comes behind the last page: ``empty``, ``refused``, ``repeated`` or ``down``."""
    first: int = 1
    """The number of its first page, which is declared to be 1."""
    writes: dict[int, list[Write]] = {}
    """By the number of the answer before which they happen."""
    silent: tuple[int, ...] = ()
    """Answers that do not come."""
    kills: tuple[int, ...] = ()
    """At which transaction the process dies, run by run."""
    batch: int = 20
    """Records of a transaction."""
    gone: int = 2
    """So many are deleted before the sweep."""
    swept: dict[int, list[Write]] = {}
    """What happens during the sweep, like ``writes``."""


class Shop:
    """The master of a life; ``there`` are those who never left since it was asked to look."""

    def __init__(self, life: Life) -> None:
        self.life = life
        self.requests = self.told = 0
        self.now = NOW
        self.writes: Mapping[int, list[Write]] = life.writes
        self.silent = set(life.silent)
        self.rows: dict[int, dict[str, Any]] = {}
        for number in range(1, life.number + 1):
            # Far enough apart that no overlap covers two.
            self._put(number, 1, BEGIN + timedelta(hours=number * 7 % life.number))
        self.there = set(self.rows)
        self.newest, self.lost = life.number, life.lost
        self.edited: set[int] = set()

    def write(self, writes: list[Write]) -> None:
        """Let these changes happen, one after the other."""
        for word, one in writes:
            self.now += timedelta(seconds=1)
            there = sorted(self.rows)
            if word == "add" or not there:
                self.newest += 1  # nobody has the number of one who went
                self._put(self.newest, 1, self.now)
                continue
            number = there[one % len(there)]
            if word == "delete":
                del self.rows[number]
                self.there.discard(number)
            else:
                self._put(number, self.rows[number]["v"] + 1, self.now)
                self.edited.add(number)

    def send(self, request: Request) -> Answer:
        """The answer to a question for a page."""
        self.requests += 1
        self.told += 1
        self.now += timedelta(seconds=1)
        self.write(self.writes.get(self.told, []))
        if self.told in self.silent:
            self.silent.discard(self.told)
            raise Unreachable("The master did not answer.")
        query = dict(request.query)
        if "?" in request.path:
            query |= dict(one.split("=") for one in request.path.partition("?")[2].split("&"))
        return Answer(_encode(self._page(query)), self.now)

    def pause(self, seconds: float) -> None:
        """Time passes."""

    def close(self) -> None:
        """Nothing is open."""

    def source(self) -> RestSource:
        """The master as it is declared."""
        return RestSource("loja", definition(declared(self.life), "loja"), self)

    def _put(self, number: int, version: int, at: datetime) -> None:
        stamp = at.isoformat().replace("+00:00", "Z")
        said = {"name": f"Ana {number}", "type": "F", "status": "A"}
        self.rows[number] = {"id": number, "v": version, "at": stamp} | said

    def _listed(self, since: str | None) -> list[dict[str, Any]]:
        rows = [row for row in self.rows.values() if since is None or row["at"] >= since]
        return sorted(rows, key=self._place, reverse=self.life.order == "newest")

    def _place(self, row: dict[str, Any]) -> tuple[str, int]:
        return ("" if self.life.order == "id" else row["at"]), row["id"]

    def _page(self, query: dict[str, str]) -> dict[str, Any]:
        life, rows = self.life, self._listed(query.get("since"))
        size = min(int(query.get("size", life.cap)), life.cap)
        start = self._start(query, rows, size)
        if start < 0 or (0 < start >= len(rows)):
            start = self._behind(start, len(rows), size)
        shown = rows[start : start + size]
        answer: dict[str, Any] = {"items": shown}
        if life.total is not None:
            answer["total"] = max(0, len(rows) + life.total)
            answer["pages"] = max(0, -(-len(rows) // size) + life.total)
        if life.null:
            answer["next"] = None
        if start + size < len(rows) and not self.lost:
            token = f"{shown[-1]['at']}|{shown[-1]['id']}"
            link = f"/customers?from={start + size}&size={size}"
            answer["next"] = link if life.kind == "next" else token
        return answer

    def _start(self, query: dict[str, str], rows: list[dict[str, Any]], size: int) -> int:
        step = int(query["size"]) if self.life.by_asked and "size" in query else size
        match self.life.kind:
            case "page":
                return (int(query["page"]) - self.life.first) * step
            case "offset" | "next":
                return int(query.get("from", 0))
            case "token" if "token" in query:
                return self._after(query["token"], rows)
            case "keyset" if "after" in query:
                return sum(row["id"] <= int(query["after"]) for row in rows)
        return 0

    def _after(self, token: str, rows: list[dict[str, Any]]) -> int:
        at, _, number = token.partition("|")
        last = self._place({"at": at, "id": int(number)})
        newest = self.life.order == "newest"
        return sum(self._place(row) >= last if newest else self._place(row) <= last for row in rows)

    def _behind(self, start: int, number: int, size: int) -> int:
        match self.life.behind if start >= 0 else "refused":
            case "refused":
                raise RequestRefused("There is no such page.")
            case "down":
                raise Unreachable("The master answered 500 to every attempt.")
            case "repeated":
                return max(0, (number - 1) // size * size)
        return number


_ASKS: dict[str, dict[str, str]] = {
    "page": {"page": "{page}"},
    "offset": {"from": "{offset}"},
    "token": {"token": "{token}"},
    "keyset": {"after": "{key}"},
}


_MAP = {
    "name": "name",
    "kind": {"path": "type", "words": {"F": "PF"}},
    "registration": {"path": "status", "words": {"A": "active"}},
}


def declared(life: Life) -> dict[str, Any]:
    """The source file of the master of a life."""
    sized = {} if life.kind == "none" or life.unsized else {"size": "{size}"}
    asks = sized | _ASKS.get(life.kind, {})
    page: dict[str, Any] = {"kind": life.kind, "size": life.size, "stop": list(life.stop)}
    if life.kind in ("token", "next"):
        page["from"] = "body:next"
    if life.kind == "keyset":
        page |= {"key": "id", "begin": 0}
    since = {"query": {"since": "{since}"}, "ordered": life.order == "changed"}
    records = {"path": "items", "id": "id", "version": "v", "stamp": "at"}
    stream = {"path": "/customers", "query": asks, "page": page, "records": records}
    return {"timezone": "UTC", "stream": stream | {"since": since}, "map": _MAP}
