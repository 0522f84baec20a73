"""The Sync side of the fake account: what each device has, and what waits for it.

As the real one: only the newest state of an object, at least once, until it is acknowledged; a new
device has nothing; a session hands each object out once.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.fakes.sell import Sell


@dataclass
class Session:
    """What it still has to hand out, page by page."""

    device: str
    pages: list[Any]
    handed: int = 0


@dataclass
class Queues:
    """Every object by type and id, with its revision; every device with what it acknowledged."""

    sell: "Sell"
    objects: dict[tuple[str, int], tuple[int, dict[str, Any] | None]] = field(default_factory=dict)
    has: dict[str, set[str]] = field(default_factory=dict)
    sessions: dict[str, Session] = field(default_factory=dict)
    failing: set[int] = field(default_factory=set)
    """Contacts that come as failed objects instead of as items."""
    failing_deals: set[int] = field(default_factory=set)
    """The same of deals."""
    extra: list[dict[str, Any]] = field(default_factory=list)
    """Items that every session hands out before its own, as they are."""
    lose_acks: bool = False
    acks_take: int = 0
    """After so many more sessions were started, what was acknowledged counts."""
    longest: int | None = None
    """So many pages at most, and a session ends, whatever is left in it: by 204, as if drained."""
    vanishes: bool = False
    """Such a session ends by 404 instead."""
    twice: Callable[[], bool] | None = None
    """Whether a page is handed out to somebody in between, and the next one to whoever asked."""
    counts: bool = True
    """Pages say how many objects are left."""
    started: int = 0
    _late: list[tuple[int, str, list[str]]] = field(default_factory=list)

    def note(self, kind: str, data: dict[str, Any]) -> None:
        """Something was added or changed."""
        key = kind, data["id"]
        self.objects[key] = self._revision(key) + 1, data

    def note_gone(self, kind: str, number: int) -> None:
        """Something was deleted; also what never was."""
        key = kind, number
        self.objects[key] = self._revision(key) + 1, None

    def waiting(self, device: str) -> list[str]:
        """The ack keys that a device has not acknowledged."""
        mine = self.has.get(device, set())
        return [key for name in self.objects if (key := self._ack_key(name)) not in mine]

    def answer(self, said: str, device: str | None, query: Any, body: Any) -> tuple[int, Any]:
        if not device or query:
            return 400, {"errors": []}
        if said == "POST /v2/sync/start":
            return self._start(device) if body is None else (400, {"errors": []})
        if said == "POST /v2/sync/ack":
            return self._ack(device, body["data"]["ack_keys"])
        return self._fetch(said.split("/")[3], device)

    def _start(self, device: str) -> tuple[int, Any]:
        self._acknowledge()
        pages = self._pages(device)
        if not pages:
            return 204, None
        self.started += 1
        session = f"session-{self.started}"
        self.sessions[session] = Session(device, pages)
        queue = {"data": {"name": "main", "pages": 1, "total_count": 1}}
        return 201, {"data": {"id": session, "queues": [queue]}, "meta": {"type": "sync_session"}}

    def _fetch(self, name: str, device: str) -> tuple[int, Any]:
        session = self.sessions.get(name)
        if session is None or session.device != device:
            return 404, {"errors": [{"error": {"code": "not_found"}}]}
        if self.longest is not None and session.handed >= self.longest and session.pages:
            session.pages, session.device = [], "" if self.vanishes else device
            return self._fetch(name, device)
        if session.pages and self.twice and self.twice():
            session.pages.pop(0)
        session.handed += 1
        return (200, self._counted(session)) if session.pages else (204, None)

    def _counted(self, session: Session) -> Any:
        page = session.pages.pop(0)
        if self.counts:
            page["meta"]["count_left"] = sum(len(one["items"]) for one in session.pages)
        return page

    def _ack(self, device: str, keys: list[str]) -> tuple[int, Any]:
        if len(keys) > 1_000 or len(set(keys)) != len(keys):
            return 422, {"errors": []}
        if not self.lose_acks:
            self._late.append((self.started + self.acks_take, device, keys))
        self._acknowledge()
        return 202, None

    def _acknowledge(self) -> None:
        due = [one for one in self._late if one[0] <= self.started]
        self._late = [one for one in self._late if one[0] > self.started]
        for _, device, keys in due:
            self.has.setdefault(device, set()).update(keys)

    def _pages(self, device: str) -> list[Any]:
        mine = self.has.get(device, set())
        names = [name for name in self.objects if self._ack_key(name) not in mine]
        if self.sell.order:
            self.sell.order.shuffle(names)
        unlucky = {"contact": self.failing, "deal": self.failing_deals}
        failed = [(kind, number) for kind, number in names if number in unlucky.get(kind, ())]
        items = [self._item(name) for name in names if name not in failed]
        items = [*self.extra, *items] if items or failed else items
        size = self.sell.size
        pages = [_page(items[at : at + size]) for at in range(0, len(items), size)]
        if failed:
            told = [{"type": kind, "id": number} for kind, number in failed]
            pages.append(_page([], failed_objects=told))
        for at in range(len(pages), 0, -2):
            pages.insert(at - 1, _page([]))  # not the end: only 204 is
        return pages

    def _item(self, name: tuple[str, int]) -> dict[str, Any]:
        revision, data = self.objects[name]
        return item(name[0], data or {"id": name[1]}, revision, gone=data is None)

    def _ack_key(self, name: tuple[str, int]) -> str:
        return f"{name[0].capitalize()}-{name[1]}-{self._revision(name)}"

    def _revision(self, name: tuple[str, int]) -> int:
        return self.objects.get(name, (0, None))[0]


def item(kind: str, data: dict[str, Any], revision: int, *, gone: bool = False) -> dict[str, Any]:
    """One object as a queue hands it out."""
    key = f"{kind.capitalize()}-{data.get('id')}-{revision}"
    event = "deleted" if gone else "updated"
    sync = {"event_type": event, "ack_key": key, "revision": revision}
    return {"data": data, "meta": {"type": kind, "sync": sync}}


def _page(items: list[Any], **meta: Any) -> dict[str, Any]:
    return {"items": items, "meta": {"type": "collection", "count": len(items), **meta}}
