"""A master behind a REST API, as its source file declares it: yields pages of raw records.

Records stay undecoded (`msgspec.Raw`) with their head read: id, version and instant are all that
is needed to see that most of them did not change.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from string import Template
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from connector.fetch import Fetcher
from connector.maps import values
from connector.maps.values import Refused
from connector.messages import Request
from connector.problems import NoProgress
from connector.sources.definition import Definition
from connector.sources.envelope import open_envelope
from connector.sources.page import Head, Page
from connector.translate import Translator
from mirror.records import Customer

_EMPTY_IN_A_ROW = 5
_BEGINNING = datetime.min.replace(tzinfo=UTC)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class RestSource:
    """One master; ``name`` is the table in the settings that declares it."""

    def __init__(
        self, name: str, definition: Definition, fetcher: Fetcher, interval_s: int = 60
    ) -> None:
        self.name = name
        self.interval_s = interval_s
        self.counter = definition.stream.records.version is not None
        """Versions are counted by the master; otherwise they are its timestamps."""
        self._stream = definition.stream
        self._zone = ZoneInfo(definition.timezone)
        self._fetcher = fetcher
        self._translate = Translator(definition.map, self._zone, definition.default_ddd)
        self._read_head = _head_decoder(definition)
        self.fingerprint = self._translate.fingerprint

    @property
    def requests(self) -> int:
        """Requests sent so far."""
        return self._fetcher.requests

    def close(self) -> None:
        """Close the connections to the master."""
        self._fetcher.close()

    def pages(self, cursor: str | None) -> Iterator[Page]:
        """Everything from ``cursor`` less the overlap on, or everything there is; oldest first."""
        asked = self._asked(cursor)
        token: str | None = None
        seen: set[str] = set()
        empty = 0
        for _ in range(self._stream.page.most):
            answer = self._fetcher.send(Request(self._stream.path, asked | self._continued(token)))
            opened = open_envelope(answer.body, self._stream, asked, self.name)
            token = opened.next
            empty = 0 if opened.records else empty + 1
            yield Page(opened.records, answer.at, opened.tidy)
            if token is None:
                return
            if token in seen or empty > _EMPTY_IN_A_ROW:
                raise NoProgress(f"{self.name}: the pages repeat or stay empty; stopped.")
            seen.add(token)
        raise NoProgress(f"{self.name}: more than {self._stream.page.most:,} pages; stopped.")

    def head(self, raw: bytes, at: datetime) -> Head:
        """Id, version and instant of a record; raises Refused, with the id where there is one."""
        try:
            received = self._read_head(raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise Refused("record", "not_an_object") from None
        external_id = values.external_id(received.id)
        try:
            return self._head(external_id, received)
        except Refused as why:
            raise Refused(why.field, why.rule, external_id) from None

    def _head(self, external_id: str, received: Any) -> Head:
        stamp = received.stamp
        instant = values.instant(stamp, self._stream.since.path, self._zone)
        if self.counter:
            version = values.counter(received.version)
        else:
            version = (instant - _EPOCH) // _MICROSECOND
        return Head(external_id, version, instant, stamp)

    def translate(self, record: dict[str, Any], head: Head) -> Customer:
        """The customer in a decoded record; raises Refused."""
        return self._translate(record, head.external_id, head.version, head.instant)

    def confirm(self) -> None:
        """Nothing to do: a master that is only read keeps no account of its readers."""

    def instant_of(self, cursor: str) -> datetime:
        """The instant a stored cursor stands for."""
        return values.instant(cursor, "cursor", self._zone)

    def _asked(self, cursor: str | None) -> dict[str, str]:
        stream, asked = self._stream, {}
        if stream.page.size_put:
            asked[stream.page.size_put] = str(stream.page.size)
        if cursor is not None:
            instant = self.instant_of(cursor)
            overlap = timedelta(seconds=stream.since.overlap_s)
            since = instant - min(overlap, instant - _BEGINNING)
            asked[stream.since.put] = since.astimezone(UTC).isoformat().replace("+00:00", "Z")
        return asked

    def _continued(self, token: str | None) -> dict[str, str]:
        return {} if token is None else {self._stream.page.put: token}


def open_source(
    name: str,
    definition: Definition,
    base_url: str,
    secrets: Mapping[str, str],
    *,
    interval_s: int = 60,
    allow_insecure: bool = False,
    allow_private: bool = False,
) -> RestSource:
    """A source ready to be read; raises OriginRefused for an address that may not be used."""
    headers = {}
    if definition.auth:
        headers[definition.auth.header] = Template(definition.auth.value).substitute(secrets)
    fetcher = Fetcher(
        base_url,
        headers,
        definition.limits,
        allow_insecure=allow_insecure,
        allow_private=allow_private,
    )
    return RestSource(name, definition, fetcher, interval_s)


def _head_decoder(definition: Definition) -> Any:
    stream = definition.stream
    names = {"id": stream.records.id, "stamp": stream.since.path}
    if stream.records.version:
        names["version"] = stream.records.version
    fields = [(field, Any, None) for field in names]
    head = msgspec.defstruct("head", fields, rename=names, gc=False)
    return msgspec.json.Decoder(head).decode
