"""Whom a page brings: who each is, whom to leave out, who is deleted, what is looked up."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, TypeVar

import msgspec

from connector.http import Answer, BadAnswer, Request
from connector.mapping import ActivityMap, Map, values
from connector.mapping.activity import ActivityTranslator
from connector.mapping.customers import Translator
from connector.mapping.expressions import (
    Dialect,
    Getter,
    is_key,
    nothing,
    parted,
    steps_of,
    texts_in,
)
from connector.mapping.strict_json import in_utf8, no_day
from connector.mapping.values import Refused
from connector.sources import Head, Page
from connector.sources.rest.envelope import Envelope, opened, value_at
from connector.sources.rest.request import about_table
from connector.sources.source_file import Lookup, Stream, Where
from mirror.instants import micros
from mirror.records import UNDATED

_AHEAD = timedelta(days=1)
_LAST_OF_NONE = 1900
"""The year of the latest day that programs write for none, in any zone."""
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)

_Read = TypeVar("_Read")
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
        self._undated = "undated" if self._makes_cursor or not self.counter else ""
        plain = all(
            spec is None or (isinstance(spec, str) and "|" not in spec and is_key(spec))
            for spec in (records.id, records.stamp, records.version)
        )
        self._parts = _fast(stream) if plain else _general(stream, dialect)

    def __call__(self, raw: bytes, at: datetime) -> Head:
        """The head of a record in an answer of instant ``at``; raises Refused, with its id."""
        try:
            name, stamp, version = self._parts(raw)
        except UnicodeDecodeError:
            return self(in_utf8(raw), at)
        except _UNREADABLE:
            raise Refused("record", "not_an_object") from None
        external_id = values.external_id(name)
        try:
            return self._head(external_id, stamp, version, at)
        except Refused as why:
            why.external_id = external_id
            raise

    def _head(self, external_id: str, stamp: Any, version: Any, at: datetime) -> Head:
        counted = values.counter(version) if self.counter else None
        if not self._stamped:
            return Head(external_id, micros(at) if counted is None else counted, None, None)
        instant, doubt = self._instant(stamp, at)
        if instant is None:
            return Head(external_id, UNDATED if counted is None else counted, None, None, doubt)
        if counted is None:
            counted = micros(instant)
        return Head(external_id, counted, instant, stamp if self._makes_cursor else None)

    def _instant(self, stamp: Any, at: datetime) -> tuple[datetime | None, str]:
        """The stamp's instant, or why it has none."""
        if stamp is None:
            return None, self._undated
        try:
            instant = values.instant(stamp, "updated_at", self._dialect.zone)
        except Refused:  # who it is and what is said of them is right all the same
            return None, self._undated if no_day(stamp) else "unreadable"
        if instant.year <= _LAST_OF_NONE and no_day(stamp):
            return None, self._undated
        # Our own clock is looked at only where the master's says so: this is asked of every record.
        if instant - at > _AHEAD and instant - datetime.now(UTC) > _AHEAD:
            # As a version it would be newer than all that follows, the correction included.
            return None, "future"
        return instant, ""


def translator(
    map_: Map | ActivityMap, dialect: Dialect, default_ddd: str | None
) -> Translator | ActivityTranslator:
    """What reads a record by its map."""
    if isinstance(map_, Map):
        return Translator(map_, dialect, default_ddd)
    return ActivityTranslator(map_, dialect)


def _as_utf8(read: Callable[[bytes], _Read], raw: bytes) -> _Read:
    """What is read of bytes, of those in another encoding too."""
    try:
        return read(raw)
    except UnicodeDecodeError:
        return read(in_utf8(raw))


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


# Which records of a list are customers at all: the others are left unread.

_OBJECT = msgspec.json.Decoder(dict[str, Any]).decode
Choose = Callable[[list[bytes]], list[bytes]]


def chooser(where: Where | None, dialect: Dialect) -> Choose:
    """Keeps the records that fit the condition; all of them where there is none."""
    if where is None:
        return list
    fits = _fitting(where, dialect, unreadable=True)  # refused where it is read, not overlooked
    return lambda records: [raw for raw in records if fits(raw)]


def _fitting(where: Where, dialect: Dialect, *, unreadable: bool) -> Callable[[bytes], bool]:
    get, wanted = dialect.getter(where.path), where.values

    def fits(raw: bytes) -> bool:
        try:
            found = get(_as_utf8(_OBJECT, raw))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return unreadable
        return any(one in wanted for one in values.items(found))

    return fits


# Whom a master lists as deleted; a list that also holds the living is not believed.

_NOT_A_LIST = (Refused, msgspec.DecodeError, ValueError, TypeError, RecursionError)


class Living(set[int]):
    """What this run's list of changes showed, by the hash of each record's bytes."""

    def note(self, records: Iterable[bytes]) -> None:
        """These are there."""
        self.update(map(hash, records))


def deleted(
    pages: Iterable[Envelope], living: Living, id_of: Getter, heads: Heads, name: str
) -> Iterator[Page]:
    """The ids on the pages of a master's deleted; raises BadAnswer, told of source ``name``.

    A master that does not know the parameter that asks for them sends the same list again: a record
    that is on both, byte for byte, says that nobody on it was deleted.
    """
    for page in pages:
        if any(hash(raw) in living for raw in page.records):
            raise BadAnswer(
                f"{name}: the list of the deleted holds records that are not. Does the master know "
                "what `deleted` asks for? Nobody was removed."
            )
        yield departed(page.records, page.at, id_of, heads)


Parted = Callable[[list[bytes]], tuple[list[bytes], list[bytes]]]


def parting(gone: Where | None, dialect: Dialect) -> Parted:
    """Parts a page's records: who is there, and whom the master lists because it deleted them.

    What cannot be read says nothing of that: it is refused where it is read.
    """
    if gone is None:
        return lambda records: (records, [])
    is_gone = _fitting(gone, dialect, unreadable=False)

    def parted(records: list[bytes]) -> tuple[list[bytes], list[bytes]]:
        marks = [is_gone(raw) for raw in records]
        there = [raw for raw, mark in zip(records, marks, strict=True) if not mark]
        return there, [raw for raw, mark in zip(records, marks, strict=True) if mark]

    return parted


def departed(records: list[bytes], at: datetime, id_of: Getter, heads: Heads) -> Page:
    """The page of those who are gone, as records answered ``at`` name them."""
    return Page(
        [], at, gone=list(_ids(records, id_of)), gone_at=dict(_versions(records, at, heads))
    )


def _ids(records: Iterable[bytes], id_of: Getter) -> Iterator[str]:
    for raw in records:
        try:
            yield values.external_id(id_of(_as_utf8(_OBJECT, raw)))
        except _NOT_A_LIST:
            continue


def _versions(records: Iterable[bytes], at: datetime, heads: Heads) -> Iterator[tuple[str, int]]:
    """At which version each went, of those whose record there says so."""
    for raw in records:
        try:
            head = heads(raw, at)
        except (*_NOT_A_LIST, ArithmeticError, LookupError):
            continue
        if heads.counter or head.instant is not None:
            yield head.external_id, head.version


# Reads the master's own tables (statuses, types) that maps look ids up in.

Tables = dict[str, dict[str, Any]]


def needed(lookups: Mapping[str, Lookup], *specs: msgspec.Struct) -> dict[str, Lookup]:
    """Those in which parts of a source file, or lookups that these need, look something up."""
    names = _named_in(specs)
    while more := _named_in(lookups[name] for name in names if name in lookups) - names:
        names |= more
    return {name: lookup for name, lookup in lookups.items() if name in names}


def _named_in(specs: Iterable[msgspec.Struct]) -> set[str]:
    filters = (
        one.partition(" ")
        for spec in specs
        for text in texts_in(msgspec.to_builtins(spec))
        for one in parted(text)[1]
    )
    return {argument for name, _, argument in filters if name == "lookup"}


def refresh(
    tables: Tables,
    lookups: Mapping[str, Lookup],
    send: Callable[[Request], Answer],
    dialect: Dialect,
    name: str,
) -> None:
    """Read every table anew, in place: whoever holds one sees what it says now."""
    for table, lookup in lookups.items():
        answer = send(about_table(lookup))
        try:
            rows = _as_utf8(partial(value_at, steps=steps_of(lookup.records)), opened(answer.body))
        except (msgspec.DecodeError, ValueError, RecursionError):
            rows = None
        if not isinstance(rows, list) or not (rows or lookup.optional):
            raise BadAnswer(
                f"{name}: the lookup {table!r} is no list of rows. Is lookups.{table}.records, "
                f"{lookup.records!r}, where they lie?"
            )
        key, value = dialect.getter(lookup.key), dialect.getter(lookup.value)
        read = {str(key(row)): value(row) for row in rows if isinstance(row, dict)}
        tables[table].clear()
        tables[table].update(read)
