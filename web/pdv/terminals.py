"""The two questions a terminal may ask: who is this customer, and how old is the copy."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec
from flask import Response, request

from mirror import audit
from mirror.audit import Entry, Limit
from mirror.database import Database
from mirror.finding import find
from mirror.freshness import freshness
from mirror.identifiers import Query
from mirror.opening import Found
from web import devices
from web.devices import Device
from web.pdv.cards import card
from web.pdv.terms import asked
from web.problems import Problem
from web.settings import WebSettings

LOOKUP = "lookup"
ALSO_FOUND = "also_found"
"""The action of the second and further customers of one lookup: only the first row is counted."""


@dataclass(frozen=True)
class Terminals:
    """The views of one application."""

    mirror: Database
    ledger: Database
    settings: WebSettings

    def lookup(self) -> Response:
        """Every customer the term fits, masked; none is an empty list, for the sale never waits.

        A wrong check digit is a 422 only where nothing was found: masters hold such documents.
        """
        device = self._device()
        query = asked(request, self.settings.default_ddd)
        found = find(self.mirror, query)
        self._account(device, query, found)
        if query.problem and not found:
            raise Problem(query.problem)
        style = self.settings.device_document_mask
        return _json(
            customers=[card(one, style) for one in found],
            freshness=self._freshness(),
            understood=[reading.kind for reading in query.readings],
        )

    def freshness(self) -> Response:
        """How old the copy is."""
        self._device()
        return _json(**self._freshness())

    def _device(self) -> Device:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        bearer = scheme.lower() == "bearer"
        device = devices.authenticate(self.ledger, token.strip()) if bearer else None
        if device is None:
            raise Problem("unauthorized", headers={"WWW-Authenticate": "Bearer"})
        return device

    def _account(self, device: Device, query: Query, found: list[Found]) -> None:
        """Write down who was found, before anything of them is answered."""
        first, *others = [_entry(LOOKUP, device, one) for one in found] or [_entry(LOOKUP, device)]
        lookup = msgspec.structs.replace(first, detail=self._detail(query, found))
        also = (msgspec.structs.replace(entry, action=ALSO_FOUND) for entry in others)
        limit = Limit((LOOKUP,), self.settings.lookups_per_minute, 60)
        audit.record(self.ledger, lookup, *also, limit=limit)

    def _detail(self, query: Query, found: list[Found]) -> str:
        kinds = "+".join(reading.kind for reading in query.readings) or "none"
        told = f"{kinds} hits={len(found)}"
        if not query.readings:
            return told
        term = query.readings[0]
        return f"{told} mark={audit.search_mark(self.ledger.keys, term.kind, term.value)}"

    def _freshness(self) -> dict[str, Any]:
        now = freshness(self.mirror, datetime.now(UTC))
        return {"state": now.state, "age_s": now.age_s, "as_of": now.as_of}


def _entry(action: str, device: Device, found: Found | None = None) -> Entry:
    if found is None:
        return Entry("device", device.name, action)
    return Entry("device", device.name, action, found.id, found.source, found.external_id)


def _json(**body: Any) -> Response:
    return Response(msgspec.json.encode(body), mimetype="application/json")
