"""Tells who a contact is and which of two versions is newer, whatever way it came.

Sync counts revisions of each object but lists have none; dates are in both. So a version is the
second of the change, then the revision: what came one way can be held against what came the other,
and two changes within one second keep their order.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from connector.maps import values
from connector.maps.values import Refused
from connector.sources.page import Head

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_REVISION_BITS = 30
_LAST_REVISION = (1 << _REVISION_BITS) - 1
_LAST_SECOND = (1 << 63 - _REVISION_BITS) - 1  # the year 2242: what a column of 64 bits can hold


class _Seen(msgspec.Struct, gc=False):
    id: Any = None
    updated_at: Any = None


_decode = msgspec.json.Decoder(_Seen).decode


def head_of(raw: bytes, revision: int) -> Head:
    """Id, version and instant; raises Refused, with the id where there is one.

    No stamp: what to go on from is the device's name or the end of a walk, never one record.
    """
    seen = _seen(raw)
    external_id = values.external_id(seen.id)
    try:
        instant = values.instant(seen.updated_at, "updated_at", UTC)
    except Refused as why:
        raise Refused(why.field, why.rule, external_id) from None
    return Head(external_id, _version(instant, revision), instant, None)


def id_of(raw: bytes) -> str | None:
    """The id alone, None where it cannot be read."""
    try:
        return values.external_id(_seen(raw).id)
    except Refused:
        return None


def stamp_of(raw: bytes) -> tuple[datetime, str] | None:
    """The instant of the last change and its own writing, None where it cannot be read."""
    try:
        stamp = _seen(raw).updated_at
        return values.instant(stamp, "updated_at", UTC), stamp
    except Refused:
        return None


def _seen(raw: bytes) -> _Seen:
    try:
        return _decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Refused("record", "not_an_object") from None


def _version(instant: datetime, revision: int) -> int:
    second = max(0, min((instant - _EPOCH) // timedelta(seconds=1), _LAST_SECOND))
    return (second << _REVISION_BITS) + min(revision, _LAST_REVISION)
