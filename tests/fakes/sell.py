"""A Sell account on a real socket: contacts, deals, the queues of its devices, its refusals.

Strict where Sell is: a missing User-Agent, an unknown parameter, a token that is not the one.
"""

import json
import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.fakes.sell_queue import Queues

TOKEN = "t" * 64
_FILTERS = {"page", "per_page", "sort_by", "ids", "email", "name"}


def contact(number: int, **changed: Any) -> dict[str, Any]:
    """A person, changed last at minute ``number``."""
    changed_at = datetime(2026, 2, 1, tzinfo=UTC) + timedelta(minutes=number)
    return {
        "id": number,
        "is_organization": False,
        "contact_id": None,
        "name": f"Cliente {number}",
        "customer_status": "none",
        "prospect_status": "none",
        "email": f"cliente{number}@exemplo.com.br",
        "custom_fields": {},
        "tags": [],
        "updated_at": f"{changed_at:%Y-%m-%dT%H:%M:%SZ}",
    } | changed


def deal(number: int, **changed: Any) -> dict[str, Any]:
    """A deal in progress with the contact of the same number, changed last at minute ``number``."""
    return {
        "id": number,
        "name": f"Negócio {number}",
        "contact_id": number,
        "organization_id": None,
        "stage_id": 12,
        "value": "1200.50",
        "currency": "BRL",
        "loss_reason_id": None,
        "last_stage_change_at": "2026-01-20T10:00:00Z",
        "added_at": "2026-01-10T10:00:00Z",
        "created_at": "2026-01-10T10:00:00Z",
        "updated_at": contact(number)["updated_at"],
    } | changed


STAGES = [
    {"id": 11, "name": "Prospecção", "category": "incoming", "pipeline_id": 1},
    {"id": 12, "name": "Proposta", "category": "in_progress", "pipeline_id": 1},
    {"id": 13, "name": "Ganho", "category": "won", "pipeline_id": 1},
    {"id": 14, "name": "Perdido", "category": "lost", "pipeline_id": 1},
    {"id": 15, "name": "Desqualificado", "category": "unqualified", "pipeline_id": 1},
]
LOSS_REASONS = [{"id": 21, "name": "Preço"}, {"id": 22, "name": "Desistência"}]


@dataclass
class Refusal:
    """A status that is answered instead, so many times."""

    status: int
    times: int = 1
    json: bool = True


@dataclass
class Sell:
    """The account. ``order`` shuffles what a queue brings, ``before`` runs ahead of an answer."""

    plan_has_sync: bool = True
    token: str = TOKEN
    size: int = 2
    contacts: dict[int, dict[str, Any]] = field(default_factory=dict)
    deals: dict[int, dict[str, Any]] = field(default_factory=dict)
    stages: list[dict[str, Any]] = field(default_factory=lambda: list(STAGES))
    loss_reasons: list[dict[str, Any]] = field(default_factory=lambda: list(LOSS_REASONS))
    asked: list[tuple[str, str, Any]] = field(default_factory=list)
    refusals: dict[str, Refusal] = field(default_factory=dict)
    """By the beginning of ``METHOD path``."""
    next_host: str | None = None
    links: bool = True
    cap: int | None = None
    """So many records at most are on a page of a list, however many were asked for."""
    order: random.Random | None = None
    wire: Callable[[str], str] | None = None
    """Of ``METHOD path``, what becomes of its answer once the account has made it: "" nothing,
    "cut" in the middle, "lost" as a whole, "empty" (200 without a body), "error" (502)."""
    url: str = ""

    def __post_init__(self) -> None:
        self.queues = Queues(self)
        self.before: dict[str, Any] = {}

    def put(self, *contacts: dict[str, Any]) -> None:
        """Add or change contacts."""
        for one in contacts:
            self.contacts[one["id"]] = one
            self.queues.note("contact", one)

    def delete(self, *numbers: int) -> None:
        """Delete contacts: lists forget them, queues say so."""
        for number in numbers:
            self.contacts.pop(number, None)
            self.queues.note_gone("contact", number)

    def put_deals(self, *deals: dict[str, Any]) -> None:
        """Add or change deals."""
        for one in deals:
            self.deals[one["id"]] = one
            self.queues.note("deal", one)

    def delete_deals(self, *numbers: int) -> None:
        """Delete deals."""
        for number in numbers:
            self.deals.pop(number, None)
            self.queues.note_gone("deal", number)

    def fate_of(self, said: str) -> str:
        """What becomes of the answer to ``METHOD path``."""
        return self.wire(said) if self.wire else ""

    def paths(self, beginning: str = "") -> list[str]:
        """What was asked, as ``METHOD path``."""
        said = [f"{method} {path}" for method, path, _ in self.asked]
        return [one for one in said if one.startswith(beginning)]

    def answer(self, method: str, target: str, headers: Any, body: Any) -> tuple[int, Any]:
        """Status and JSON; None is an empty body of no type."""
        parts = urlsplit(target)
        said = f"{method} {parts.path}"
        self.asked.append((method, target, body))
        for beginning, act in list(self.before.items()):
            if f"{method} {target}".startswith(beginning):
                act()
        if refused := self._refused(said):
            return refused
        if not headers.get("User-Agent") or headers.get("Accept") != "application/json":
            return 400, _error(400)
        if headers.get("Authorization") != f"Bearer {self.token}":
            return 401, _error(401)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path.startswith("/v2/sync/"):
            device = headers.get("X-Basecrm-Device-UUID")
            allowed = self.plan_has_sync
            return self.queues.answer(said, device, query, body) if allowed else (403, _error(403))
        return self._core(parts.path, query) if method == "GET" else (405, _error(405))

    def _refused(self, said: str) -> tuple[int, Any] | None:
        for beginning, refusal in self.refusals.items():
            if said.startswith(beginning) and refusal.times:
                refusal.times -= 1
                return refusal.status, _error(refusal.status) if refusal.json else None
        return None

    def _core(self, path: str, query: dict[str, str]) -> tuple[int, Any]:
        lists: dict[str, dict[int, dict[str, Any]]] = {
            "/v2/contacts": self.contacts,
            "/v2/deals": self.deals,
            "/v2/stages": {one["id"]: one for one in self.stages},
            "/v2/loss_reasons": {one["id"]: one for one in self.loss_reasons},
        }
        if path in lists:
            fits = set(query) <= _FILTERS
            return self._listed(query, path, lists[path]) if fits else (400, _error(400))
        path, _, number = path.rpartition("/")
        if path in lists and number.isdecimal() and int(number) in lists[path]:
            return 200, {"data": lists[path][int(number)], "meta": {"type": "…"}}
        return 404, _error(404)

    def _listed(
        self, query: dict[str, str], path: str, kept: dict[int, dict[str, Any]]
    ) -> tuple[int, Any]:
        page, size = int(query.get("page", 1)), int(query.get("per_page", 25))
        if size > 100 or query.get("sort_by") not in (None, "id", "updated_at:desc"):
            return 400, _error(400)
        size = min(size, self.cap or size)
        newest_first = query.get("sort_by") == "updated_at:desc"
        key = "updated_at" if newest_first else "id"
        rows = sorted(kept.values(), key=lambda one: one[key], reverse=newest_first)
        shown = rows[(page - 1) * size : page * size]
        links = {"self": f"{self.url}{path}?page={page}"}
        if self.links and page * size < len(rows):
            order = query.get("sort_by", "id").replace(":", "%3A")
            host = self.next_host or self.url
            links["next_page"] = f"{host}{path}?page={page + 1}&per_page={size}&sort_by={order}"
        items = [{"data": one, "meta": {"version": 2, "type": "…"}} for one in shown]
        meta = {"type": "collection", "count": len(shown), "links": links}
        return 200, {"items": items, "meta": meta}

    @contextmanager
    def running(self) -> Iterator["Sell"]:
        """Serve on a free port while the block runs."""
        server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            server.shutdown()
            server.server_close()
            thread.join()


def _error(status: int) -> dict[str, Any]:
    code = {400: "invalid_param", 401: "unauthorized", 403: "insufficient_scope", 404: "not_found"}
    error = {"code": code.get(status, "server_error"), "message": "…", "details": "…"}
    return {"errors": [{"error": error, "meta": {}}], "meta": {"http_status": str(status)}}


def _spoiled(fate: str, status: int, sent: bytes) -> tuple[int, bytes, int]:
    """What is sent of an answer: a status (0: not even that), a body, how much of it arrives."""
    if fate == "lost":
        return 0, b"-", 0
    if fate == "empty" and status != 204:
        return 200, b"", 0
    return 502 if fate == "error" else status, sent, len(sent) // (2 if fate == "cut" else 1)


def _handler(sell: Sell) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 65_536  # head and body in one packet: the second of two waits for 40 ms

        def do_GET(self) -> None:
            self._reply(None)

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            self._reply(json.loads(self.rfile.read(length)) if length else None)

        def _reply(self, body: Any) -> None:
            status, told = sell.answer(self.command, self.path, self.headers, body)
            sent = b"" if told is None else json.dumps(told, separators=(",", ":")).encode()
            self._send(*_spoiled(sell.fate_of(f"{self.command} {self.path}"), status, sent))

        def _send(self, status: int, sent: bytes, shown: int) -> None:
            self.close_connection |= shown < len(sent)
            if not status:
                return
            self.send_response(status)
            typed = (
                {"Content-Type": "application/json; charset=utf-8"} if sent or status == 200 else {}
            )
            sized = {"Content-Length": str(len(sent))} if status != 204 else {}
            for name, value in (typed | sized).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(sent[:shown])

        def log_message(self, *_: Any) -> None:
            pass

    return Handler
