"""A master of the preset ``omni`` on a real socket: customers and the four streams, by cursor.

Each list is told oldest change first, as the dialect says; or, where a story is to arrive in some
other order, exactly what was handed to it, page by page, whatever it was asked. No page has a
record twice, and a customer asked for alone is as the newest that was ever told of them.
"""

from typing import Any

from connector.sources.rest import RestSource
from mirror.records import CUSTOMERS, STREAMS
from tests.fakes.fake_master import Call, FakeMaster, Reply, Time, opened

TOKEN = "a secret of this test"
LISTS = (CUSTOMERS, *STREAMS)
Told = tuple[str, dict[str, Any]]
"""A record in the master's dialect, and the list it is on."""


def customer(number: int, stamp: str, v: int = 1, /, **changed: Any) -> dict[str, Any]:
    """A person with a name and nothing more."""
    return {
        "id": number,
        "v": v,
        "updated_at": stamp,
        "created_at": "2024-01-05T13:00:00-03:00",
        "person_type": "PF",
        "status": "active",
        "name": "Ana Lima",
    } | changed


def done(number: int, whose: int, stamp: str, v: int = 1, /, **more: Any) -> dict[str, Any]:
    """What every record of what somebody did has."""
    return {"id": number, "v": v, "updated_at": stamp, "customer_id": whose} | more


class Omni(FakeMaster):
    """Keeps the newest of every record, or hands out what it is told to."""

    reads = (*(f"GET /api/v1/{name}" for name in LISTS), f"GET /api/v1/{CUSTOMERS}/[^/]+")

    def __init__(self, time: Time | None = None) -> None:
        super().__init__(time)
        self.kept: dict[str, dict[int, dict[str, Any]]] = {name: {} for name in LISTS}
        self.handed: dict[str, list[dict[str, Any]]] | None = None
        """By list, what the next reading of it brings, in this order; None: what is kept."""
        self.newest: dict[int, dict[str, Any]] = {}
        """By customer, the newest version that was handed out."""
        self.size = 500

    def put(self, *told: Told) -> None:
        """Add or change records."""
        for name, record in told:
            self.kept[name][record["id"]] = record

    def hand(self, *told: Told) -> None:
        """Let the next reading bring exactly these, old versions and repetitions included."""
        self.handed = {name: [] for name in LISTS}
        for name, record in told:
            self.handed[name].append(record)
            if name == CUSTOMERS:
                self.newest[record["id"]] = max(
                    record, self.newest.get(record["id"], record), key=lambda one: one["v"]
                )

    def drop(self, name: str, *numbers: int) -> None:
        """Have these no more."""
        for number in numbers:
            del self.kept[name][number]

    def refusal(self, call: Call) -> Reply | None:
        allowed = call.headers.get("authorization") == f"Bearer {TOKEN}"
        return None if allowed else Reply({"error": "unauthorized"}, 401)

    def answer(self, call: Call) -> Reply:
        if call.path.removeprefix("/api/v1/") not in LISTS:
            return self._one(int(call.path.rpartition("/")[2]))
        rows, since = self._rows(call), call.query.get("updated_since")
        begin = int(call.query.get("cursor", "0"))
        end = begin + _without_repeats(rows[begin:], min(self.size, int(call.query["limit"])))
        more = end < len(rows)
        page = {"items": rows[begin:end], "has_more": more, "since": since}
        return Reply(page | {"next": str(end) if more else None})

    def _one(self, number: int) -> Reply:
        known = self.kept[CUSTOMERS] if self.handed is None else self.newest
        found = known.get(number)
        return Reply(found) if found else Reply({"error": "not found"}, 404)

    def _rows(self, call: Call) -> list[dict[str, Any]]:
        name = call.path.rpartition("/")[2]
        if self.handed is not None:
            return self.handed[name]
        since = call.query.get("updated_since", "")
        rows = sorted(self.kept[name].values(), key=lambda one: (one["updated_at"], one["id"]))
        return [one for one in rows if one["updated_at"] >= since]


def _without_repeats(rows: list[dict[str, Any]], most: int) -> int:
    """How many of the rows a page may have: up to the first whose id it has already."""
    seen: set[int] = set()
    for place, row in enumerate(rows[:most]):
        if row["id"] in seen:
            return place
        seen.add(row["id"])
    return min(most, len(rows))


def source(omni: Omni, **over: Any) -> RestSource:
    """The preset ``omni`` in front of the master; tables in ``over`` are laid on it."""
    quick: dict[str, Any] = {"limits": {"per_minute": 1_000_000}}
    return opened(omni, "omni", {"token": TOKEN}, **quick, **over)
