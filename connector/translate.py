"""Turns a master's JSON into records: the map is data, compiled once into plain functions.

Only what the map names is read; everything else a master sends is dropped unread (LGPD art. 6 III).
What a record can do without is left out with a flag; what would make it wrong is refused.
"""

from collections.abc import Callable
from datetime import datetime, tzinfo
from hashlib import blake2b
from typing import Any

import msgspec

from connector.maps import fields, pieces, values
from connector.maps.definition import Map, Words
from connector.maps.fields import Reader
from connector.maps.paths import getter
from mirror.records import KINDS, REGISTRATIONS, Customer

_LINES = ("name", "trade_name", "category", "gender", "seller", "profile")
_RULES = "1"
"""Counted up when the reading of a field changes, so that stored records are read again."""


class Translator:
    """Reads records by one map."""

    def __init__(self, map_: Map, zone: tzinfo, default_ddd: str | None = None) -> None:
        self._kind = _words(map_.kind, "kind", KINDS)
        self._registration = _words(map_.registration, "registration", REGISTRATIONS)
        paths = {field: getattr(map_, field) for field in _LINES}
        self._lines = fields.lines_of({field: path for field, path in paths.items() if path})
        self._readers = list(_readers(map_, zone, default_ddd).items())
        seen = msgspec.json.encode([_RULES, map_, str(zone), default_ddd])
        self.fingerprint = blake2b(seen, digest_size=4).digest()
        """Changes when the map or the rules change."""

    def __call__(
        self, record: dict[str, Any], external_id: str, version: int, updated_at: datetime | None
    ) -> Customer:
        """The customer a master's record stands for; raises Refused."""
        flags: list[str] = []
        kind, _ = self._kind(record)
        registration, received = self._registration(record)
        found: dict[str, Any] = values.lines(record, self._lines)
        for name, read in self._readers:
            found[name] = read(record, flags)
        if kind == "unknown":
            kind = "PJ" if any(d.kind == "cnpj" for d in found.get("documents", ())) else "PF"
        return Customer(
            external_id=external_id,
            version=version,
            updated_at=updated_at,
            kind=kind,
            registration=registration,
            registration_received=received,
            flags=tuple(dict.fromkeys(flags)) if flags else (),
            **found,
        )


def _words(
    spec: Words, field: str, known: tuple[str, ...]
) -> Callable[[dict[str, Any]], tuple[str, str | None]]:
    get = getter(spec.path)
    meanings = {word: word for word in known} | spec.words

    def read(record: dict[str, Any]) -> tuple[str, str | None]:
        received = get(record)
        meaning = meanings.get(received) if type(received) is str else None
        return (meaning, None) if meaning else ("unknown", values.text(received, field))

    return read


def _readers(map_: Map, zone: tzinfo, default_ddd: str | None) -> dict[str, Reader]:
    makers: dict[str, Callable[[Any, str], Reader]] = {
        "notes": fields.notes,
        **dict.fromkeys(("groups", "tags"), fields.texts),
        "extras": fields.extras,
        "master_url": fields.link,
        "state_registration": fields.first,
        "loyalty": fields.loyalty,
        "birth_date": lambda path, field: fields.day(path, field, zone),
        "customer_since": lambda path, field: fields.day(path, field, zone),
        "last_purchase_at": lambda path, field: fields.bought(path, field, zone),
        "documents": lambda paths, _: pieces.documents(paths, map_.kind),
        "emails": lambda paths, _: pieces.emails(paths),
        "phones": lambda spec, _: pieces.phones(spec, default_ddd),
        "addresses": lambda spec, _: pieces.addresses(spec),
        "contacts": lambda spec, _: pieces.contacts(spec, default_ddd),
        "dependents": lambda spec, _: pieces.dependents(spec, zone),
    }
    named = ((field, make, getattr(map_, field)) for field, make in makers.items())
    return {field: make(spec, field) for field, make, spec in named if spec}
