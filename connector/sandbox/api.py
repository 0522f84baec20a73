"""The sandbox's HTTP API without the sockets: a request in, a reply out."""

import hmac

import msgspec

from connector.sandbox.answered import Listing
from connector.sandbox.customers import customer
from connector.sandbox.population import Population
from connector.sandbox.query import (
    BadParameter,
    ListingQuery,
    encode_cursor,
    read_listing_query,
)
from connector.sandbox.story import Sighting
from connector.sandbox.streams import STREAMS, Found, record

MOST_CHANGES = 1_000_000
_ROOT = "/api/v1/"
_LONGEST_ID = 18
_encode = msgspec.json.Encoder().encode


class Request(msgspec.Struct, frozen=True):
    """What the API needs to know of a request."""

    method: str
    target: str
    authorization: str | None = None
    body: bytes = b""


class Reply(msgspec.Struct, frozen=True):
    """A status and the JSON that goes with it."""

    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()


class ChangesWanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many changes should happen at once."""

    count: int


class Api:
    """Answers for one population; only the holder of ``token`` is answered."""

    def __init__(self, population: Population, token: str) -> None:
        self._population = population
        self._authorization = f"Bearer {token}".encode()

    def answer(self, request: Request) -> Reply:
        """The reply to a request; a bad one gets an error, never an exception."""
        path, _, query = request.target.partition("?")
        if path.startswith("/api/") and request.method != "GET":
            return _refusal(405, "read_only", "This API only reads.", ("Allow", "GET"))
        if path == "/api/v1/health":
            return _ok({"status": "ok"})
        if not self._knows(request.authorization):
            challenge = ("WWW-Authenticate", "Bearer")
            return _refusal(401, "unauthorized", "Send Authorization: Bearer TOKEN.", challenge)
        try:
            return self._route(request, path, query)
        except BadParameter as bad:
            return _refusal(400, "bad_parameter", str(bad))

    def _knows(self, authorization: str | None) -> bool:
        offered = (authorization or "").encode()
        return hmac.compare_digest(offered, self._authorization)

    def _route(self, request: Request, path: str, query: str) -> Reply:
        stream, slash, external_id = path.removeprefix(_ROOT).partition("/")
        if path.startswith(_ROOT) and stream == "customers":
            return self._get(external_id) if slash else self._list(read_listing_query(query))
        if path.startswith(_ROOT) and stream in STREAMS:
            return self._entry(stream, external_id) if slash else self._activity(stream, query)
        if path == "/_sandbox/state" and request.method == "GET":
            return _ok(self._population.state())
        if path == "/_sandbox/changes" and request.method == "POST":
            return self._change(request.body)
        return _refusal(404, "not_found", "Nothing is served at this address.")

    def _list(self, query: ListingQuery) -> Reply:
        if query.page is None:
            return _ok(
                self._page(self._population.listing(query.since, query.after, query.limit), query)
            )
        listing = self._population.numbered(query.since, query.page, query.limit)
        pages = -(-listing.total // query.limit)
        return _ok(self._page(listing, query) | {"page": query.page, "pages": pages})

    def _page(self, listing: Listing, query: ListingQuery) -> dict[str, object]:
        last = listing.seen[-1] if listing.has_more else None
        return {
            "items": [self._record(seen) for seen in listing.seen],
            "next": encode_cursor(last.updated_at, last.index) if last else None,
            "has_more": listing.has_more,
            "since": query.since_received,
            "total": listing.total,
        }

    def _activity(self, stream: str, text: str) -> Reply:
        query = read_listing_query(text)
        if query.page is not None:
            raise BadParameter("Only customers come in numbered pages; follow next.")
        shelf = self._population.activity(stream, query.since, query.after, query.limit)
        last = shelf.found[-1] if shelf.has_more else None
        items = [self._sent(stream, found) for found in shelf.found]
        return _ok(
            {
                "items": items,
                "next": encode_cursor(*last.position) if last else None,
                "has_more": shelf.has_more,
                "since": query.since_received,
            }
        )

    def _get(self, text: str) -> Reply:
        found = self._population.find(int(text)) if _readable(text) else None
        if found is None:
            return _refusal(404, "not_found", "No customer has this id.")
        return _ok(self._record(found))

    def _entry(self, stream: str, text: str) -> Reply:
        found = self._population.entry(stream, int(text)) if _readable(text) else None
        if found is None:
            return _refusal(404, "not_found", f"Nothing among the {stream} has this id.")
        return _ok(self._sent(stream, found))

    def _sent(self, stream: str, found: Found) -> msgspec.Raw:
        return msgspec.Raw(_encode(record(stream, self._population.seed, found)))

    def _record(self, seen: Sighting) -> msgspec.Raw:
        """A record, encoded at once: a page of dictionaries kept alive costs twice the time."""
        return msgspec.Raw(_encode(customer(self._population.seed, seen)))

    def _change(self, body: bytes) -> Reply:
        try:
            wanted = msgspec.json.decode(body, type=ChangesWanted)
        except msgspec.DecodeError as unreadable:
            raise BadParameter('The body must be {"count": n}.') from unreadable
        if not 1 <= wanted.count <= MOST_CHANGES:
            raise BadParameter(f"count must be a whole number from 1 to {MOST_CHANGES}.")
        return _ok(self._population.change(wanted.count))


def _readable(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= _LONGEST_ID


def _ok(content: object) -> Reply:
    return Reply(200, _encode(content))


def _refusal(status: int, code: str, message: str, *headers: tuple[str, str]) -> Reply:
    error = {"error": {"code": code, "message": message}}
    return Reply(status, _encode(error), headers)
