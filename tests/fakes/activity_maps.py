"""Reads single records of what customers do, by maps that lie as plainly as can be."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from connector.mapping import ActivityMap, DealMap, OrderMap, PaymentMap, VisitMap
from connector.mapping.activity import ActivityTranslator
from connector.mapping.expressions import Dialect
from connector.mapping.strict_json import decode_object
from connector.mapping.values import Refused
from mirror.records import Record
from tests.fakes.master import encode

CHANGED = datetime(2024, 5, 1, 15, tzinfo=UTC)
"""When the master last changed each of them."""
SAO_PAULO = Dialect(ZoneInfo("America/Sao_Paulo"))


def plain(kind: type[ActivityMap], /, **over: Any) -> ActivityMap:
    """A map by which every field lies under its own name; tables in ``over`` instead of some."""
    named: dict[str, Any] = {field: field for field in kind.__struct_fields__}
    for field in ("state", "kind"):
        if field in named:
            named[field] = {"path": field}
    if "items" in named:
        parts = {part: part for part in ("name", "quantity", "amount", "total")}
        named["items"] = {"at": "items", "parts": parts}
    return msgspec.convert(named | over, kind)


_USUAL: dict[type[ActivityMap], dict[str, Any]] = {
    OrderMap: {"state": "done", "kind": "order", "placed_at": "2024-04-30T10:00:00-03:00"},
    PaymentMap: {"state": "issued"},
    DealMap: {"state": "open"},
    VisitMap: {"page": "/bicicletas", "visited_at": "2024-04-30T10:00:00-03:00"},
}


def read(kind: type[ActivityMap], over: dict[str, Any] | None = None, /, **fields: Any) -> Any:
    """The record of ours that a usual one of the master's with these fields becomes."""
    record = decode_object(encode(_USUAL[kind] | fields))
    found: Record = ActivityTranslator(plain(kind, **over or {}), SAO_PAULO)(
        record, "7", 1, CHANGED
    )
    return found


def rule(kind: type[ActivityMap], over: dict[str, Any] | None = None, /, **fields: Any) -> str:
    """Field and rule by which such a record is refused."""
    with pytest.raises(Refused) as refusal:
        read(kind, over, **fields)
    return str(refusal.value)
