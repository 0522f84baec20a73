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

from connector.fetch import Answer, Fetcher
from connector.maps import values
from connector.maps.values import Refused
from connector.problems import BadAnswer, NoProgress, OriginRefused
from connector.sources.definition import Definition
from connector.sources.page import Head, Page
from connector.strict import NotStrict, is_tidy, refuse_repeated_keys
from connector.translate import Translator
from mirror.records import Customer

_LONGEST_TOKEN = 4_096
_EMPTY_IN_A_ROW = 5
_TOP = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_RECORDS = msgspec.json.Decoder(list[msgspec.Raw]).decode
_VALUE = msgspec.json.Decoder().decode


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
            answer = self._fetcher.get(self._stream.path, asked | self._continued(token))
            page, token = self._page(answer, asked)
            empty = 0 if page.records else empty + 1
            yield page
            if token is None:
                return
            if token in seen or empty > _EMPTY_IN_A_ROW:
                raise NoProgress(f"{self.name}: the pages repeat or stay empty; stopped.")
            seen.add(token)
        raise NoProgress(f"{self.name}: more than {self._stream.page.most:,} pages; stopped.")

    def head(self, raw: bytes) -> Head:
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
            version = int(instant.timestamp() * 1_000_000)
        return Head(external_id, version, instant, stamp)

    def translate(self, record: dict[str, Any], head: Head) -> Customer:
        """The customer in a decoded record; raises Refused."""
        return self._translate(record, head.external_id, head.version, head.instant)

    def instant_of(self, cursor: str) -> datetime:
        """The instant a stored cursor stands for."""
        return values.instant(cursor, "cursor", self._zone)

    def _asked(self, cursor: str | None) -> dict[str, str]:
        stream, asked = self._stream, {}
        if stream.page.size_put:
            asked[stream.page.size_put] = str(stream.page.size)
        if cursor is not None:
            since = self.instant_of(cursor) - timedelta(seconds=stream.since.overlap_s)
            asked[stream.since.put] = since.astimezone(UTC).isoformat().replace("+00:00", "Z")
        return asked

    def _continued(self, token: str | None) -> dict[str, str]:
        return {} if token is None else {self._stream.page.put: token}

    def _page(self, answer: Answer, asked: Mapping[str, str]) -> tuple[Page, str | None]:
        try:
            top = _TOP(answer.body.removeprefix(b"\xef\xbb\xbf"))
            _refuse_repeated(answer.body, top)
            records = [bytes(raw) for raw in _RECORDS(top[self._stream.records.path])]
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, KeyError, NotStrict):
            raise BadAnswer(
                f"{self.name}: the master's answer is not a page of customers (cut off, another "
                "kind of JSON, or a proxy's). Nothing of it was used."
            ) from None
        if len(records) > 10 * self._stream.page.size:
            raise BadAnswer(f"{self.name}: a page has over ten times the customers asked for.")
        self._check_echo(top, asked)
        return Page(records, answer.at, is_tidy(answer.body)), self._next(top)

    def _check_echo(self, top: dict[str, msgspec.Raw], asked: Mapping[str, str]) -> None:
        since = self._stream.since
        if since.echo and since.echo in top and _value(top, since.echo) != asked.get(since.put):
            raise BadAnswer(f"{self.name}: the answer belongs to another request (a cache?).")

    def _next(self, top: dict[str, msgspec.Raw]) -> str | None:
        paging = self._stream.page
        token = _value(top, paging.token)
        more = _value(top, paging.more) if paging.more else token is not None
        if not more:
            return None
        if not isinstance(token, str | int) or not 0 < len(str(token)) <= _LONGEST_TOKEN:
            raise BadAnswer(f"{self.name}: the answer promises more pages but no usable token.")
        token = str(token)
        if "://" in token or token.startswith("//"):
            raise OriginRefused(f"{self.name}: the next page would be at another address; refused.")
        return token


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


def _refuse_repeated(body: bytes, top: dict[str, msgspec.Raw]) -> None:
    # Compact JSON is exactly as long as its parts; anything else is looked at again, slowly.
    parts = sum(len(key.encode()) + len(memoryview(value)) + 4 for key, value in top.items())
    if parts + 1 != len(body):
        refuse_repeated_keys(body)


def _value(top: dict[str, msgspec.Raw], key: str) -> Any:
    return _VALUE(top[key]) if key in top else None
