"""Reads what a record says of itself before the rest is decoded: id, version, instant."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from connector.maps import values
from connector.maps.expressions import Dialect
from connector.maps.paths import is_key, nothing
from connector.maps.values import Refused
from connector.sources.page import Head
from connector.sources.stream import Stream
from mirror.instants import micros

_AHEAD = timedelta(days=1)
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)

_Parts = Callable[[bytes], tuple[Any, Any, Any]]
"""Id, stamp and version as they were sent."""


class Heads:
    """Reads heads the way one stream has them."""

    def __init__(self, stream: Stream, dialect: Dialect) -> None:
        records = stream.records
        self.counter = records.version is not None
        """Versions are counted by the master; otherwise they are its instants, or our looks."""
        self._dialect = dialect
        self._stamped = records.stamp is not None
        self._makes_cursor = bool(stream.since and stream.since.watermark == "record")
        self._field = records.stamp if isinstance(records.stamp, str) else "updated_at"
        plain = all(
            spec is None or (isinstance(spec, str) and "|" not in spec and is_key(spec))
            for spec in (records.id, records.stamp, records.version)
        )
        self._parts = _fast(stream) if plain else _general(stream, dialect)

    def __call__(self, raw: bytes, at: datetime) -> Head:
        """The head of a record in an answer of instant ``at``; raises Refused, with its id."""
        try:
            name, stamp, version = self._parts(raw)
        except _UNREADABLE:
            raise Refused("record", "not_an_object") from None
        external_id = values.external_id(name)
        try:
            return self._head(external_id, stamp, version, at)
        except Refused as why:
            raise Refused(why.field, why.rule, external_id) from None

    def _head(self, external_id: str, stamp: Any, version: Any, at: datetime) -> Head:
        instant = None
        if self._stamped and not (stamp is None and self.counter and not self._makes_cursor):
            instant = values.instant(stamp, self._field, self._dialect.zone)
        if not self.counter and instant and instant - max(at, datetime.now(UTC)) > _AHEAD:
            # As a version it would be newer than all that follows, the correction included.
            raise Refused(self._field, "in_the_future")
        counted = values.counter(version) if self.counter else micros(instant or at)
        return Head(external_id, counted, instant, stamp if self._makes_cursor else None)


def _fast(stream: Stream) -> _Parts:
    records = stream.records
    names = {"id": records.id, "stamp": records.stamp, "version": records.version}
    rename = {field: str(name) for field, name in names.items() if name}
    struct = msgspec.defstruct(
        "head", [(field, Any, None) for field in rename], rename=rename, gc=False
    )
    decode: Callable[[bytes], Any] = msgspec.json.Decoder(struct).decode

    def read(raw: bytes) -> tuple[Any, Any, Any]:
        head = decode(raw)
        return head.id, getattr(head, "stamp", None), getattr(head, "version", None)

    return read


def _general(stream: Stream, dialect: Dialect) -> _Parts:
    records = stream.records
    of_id = dialect.getter(records.id)
    of_stamp = dialect.getter(records.stamp) if records.stamp else nothing
    of_version = dialect.getter(records.version) if records.version else nothing
    decode: Callable[[bytes], dict[str, Any]] = msgspec.json.Decoder(dict[str, Any]).decode

    def read(raw: bytes) -> tuple[Any, Any, Any]:
        record = decode(raw)
        return of_id(record), of_stamp(record), of_version(record)

    return read
