"""Turns a master's JSON into records: the map is data, compiled once into plain functions.

Only what the map names is read; everything else a master sends is dropped unread (LGPD art. 6 III).
What a record can do without is left out with a flag; what would make it wrong is refused.
"""

from collections.abc import Callable
from datetime import datetime
from hashlib import blake2b
from typing import Any

import msgspec

from connector.mapping import RECORDS, ActivityMap, Map, customer_fields, fields, values
from connector.mapping.activity_fields import Whose, reading, whose
from connector.mapping.expressions import Dialect, nothing
from connector.mapping.fields import Reader
from mirror.records import KINDS, REGISTRATIONS, Customer, Record

_LINES = ("name", "trade_name", "category", "gender", "seller", "profile")
_RULES = "4"
"""Counted up when the reading of a field changes, so that stored records are read again."""


class Translator:
    """Reads customers by one map."""

    whose: Whose = staticmethod(nothing)
    """A customer is nobody's."""

    def __init__(self, map_: Map, dialect: Dialect, default_ddd: str | None = None) -> None:
        self._kind = fields.meaning(map_.kind, "kind", KINDS, dialect)
        self._registration = fields.meaning(
            map_.registration, "registration", REGISTRATIONS, dialect
        )
        paths = {field: getattr(map_, field) for field in _LINES}
        self._lines = dialect.lines({field: path for field, path in paths.items() if path})
        self._readers = list(_readers(map_, dialect, default_ddd).items())
        seen = msgspec.json.encode([_RULES, map_, str(dialect.zone), default_ddd])
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
        if "trade_name" in found and found["trade_name"] == found.get("name"):
            del found["trade_name"]  # many masters write the name into both
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


class ActivityTranslator:
    """Reads the records of one activity stream by its map."""

    def __init__(self, map_: ActivityMap, dialect: Dialect) -> None:
        self._read = reading(map_, dialect)
        self.whose: Whose = whose(map_, dialect)
        self._record = RECORDS[type(map_)]
        seen = msgspec.json.encode([_RULES, self._record.__name__, map_, str(dialect.zone)])
        self.fingerprint = blake2b(seen, digest_size=4).digest()
        """Changes when the map or the rules change."""

    def __call__(
        self, record: dict[str, Any], external_id: str, version: int, updated_at: datetime | None
    ) -> Record:
        """What a master's record says that a customer did; raises Refused."""
        flags: list[str] = []
        found = self._read(record, flags, updated_at)
        return self._record(
            external_id=external_id,
            version=version,
            updated_at=updated_at,
            flags=tuple(dict.fromkeys(flags)) if flags else (),
            **found,
        )


def translator(
    map_: Map | ActivityMap, dialect: Dialect, default_ddd: str | None
) -> Translator | ActivityTranslator:
    """What reads a stream's records by its map."""
    if isinstance(map_, Map):
        return Translator(map_, dialect, default_ddd)
    return ActivityTranslator(map_, dialect)


def _readers(map_: Map, dialect: Dialect, default_ddd: str | None) -> dict[str, Reader]:
    makers: dict[str, Callable[[Any, str], Reader]] = {
        "notes": lambda spec, field: fields.notes(spec, field, dialect),
        "groups": lambda spec, field: fields.texts(spec, field, dialect),
        "tags": lambda spec, field: fields.texts(spec, field, dialect),
        "master_url": lambda spec, field: fields.link(spec, field, dialect),
        "state_registration": lambda spec, field: fields.first(spec, field, dialect),
        "loyalty": lambda spec, field: fields.loyalty(spec, field, dialect),
        "birth_date": lambda spec, field: fields.past_day(spec, field, dialect),
        "customer_since": lambda spec, field: fields.past_day(spec, field, dialect),
        "last_purchase_at": lambda spec, field: fields.bought(spec, field, dialect),
        "documents": lambda spec, _: customer_fields.documents(spec, map_.kind, dialect),
        "emails": lambda spec, _: customer_fields.emails(spec, dialect),
        "phones": lambda spec, _: customer_fields.phones(spec, dialect, default_ddd),
        "addresses": lambda spec, _: customer_fields.addresses(spec, dialect),
        "contacts": lambda spec, _: customer_fields.contacts(spec, dialect, default_ddd),
        "dependents": lambda spec, _: customer_fields.dependents(spec, dialect),
        "standings": lambda spec, _: fields.standings(spec, dialect),
        "company": lambda spec, field: fields.other_id(spec, field, dialect),
    }
    named = ((field, make, getattr(map_, field)) for field, make in makers.items())
    readers = {field: make(spec, field) for field, make, spec in named if spec}
    if map_.extras or map_.extra_pairs:
        readers["extras"] = fields.extras(map_.extras, map_.extra_pairs, "extras", dialect)
    return readers
