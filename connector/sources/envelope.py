"""Opens a master's answer: the records, still undecoded, and whatever else it says of itself."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from connector.maps.paths import Step, steps_of, walk
from connector.messages import Answer
from connector.problems import BadAnswer
from connector.sources.stream import Stream
from connector.strict import is_tidy, refuse_repeated_keys, without_half_characters
from mirror.activity.records import CUSTOMERS

_TOP = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_RECORDS = msgspec.json.Decoder(list[msgspec.Raw]).decode
_VALUE = msgspec.json.Decoder().decode
_BOM = b"\xef\xbb\xbf"

_Raw = bytes | msgspec.Raw
_UNSAID = object()
_UNREADABLE = (msgspec.DecodeError, ValueError, RecursionError, KeyError, TypeError)


class Envelope(msgspec.Struct, frozen=True):
    """What an answer holds."""

    records: list[bytes]
    at: datetime
    """The master's clock."""
    tidy: bool
    """Every text of the answer is tidy (see `connector.strict`)."""
    over: bool = False
    """The master said in its own way that there is nothing (more) there."""
    body: _Raw = b""
    headers: Mapping[str, str] = {}

    def value(self, path: str) -> Any:
        """What lies at a path of the answer; None where nothing does."""
        return value_at(self.body, steps_of(path))

    def header(self, name: str) -> str | None:
        """A header of the answer."""
        return self.headers.get(name.lower())

    def each(self, path: str) -> list[Any]:
        """What lies at a path of every record."""
        steps = steps_of(path)
        return [value_at(raw, steps) for raw in self.records]


def open_envelope(
    answer: Answer, stream: Stream, asked: Mapping[str, str], name: str, what: str = CUSTOMERS
) -> Envelope:
    """The page of ``what`` in an answer; raises BadAnswer, told in the name of the source.

    ``asked`` is what was asked since the cursor: an answer that repeats another one is refused.
    """
    if answer.empty:
        return Envelope([], answer.at, tidy=True, over=True)
    try:
        body, top = _opened(answer.body.removeprefix(_BOM))
        if isinstance(top, dict):
            _refuse_repeated(body, top)
        records = _records(body, stream)
        echoed = _echoed(top, stream)
    except _UNREADABLE:
        raise BadAnswer(
            f"{name}: the master's answer is not a page of {what} (cut off, another "
            "kind of JSON, or a proxy's). Nothing of it was used."
        ) from None
    if len(records) > 10 * stream.page.size:
        raise BadAnswer(f"{name}: a page has over ten times the {what} asked for.")
    if echoed is not _UNSAID and echoed not in (asked.values() or (None,)):
        raise BadAnswer(f"{name}: the answer belongs to another request (a cache?).")
    return Envelope(records, answer.at, _is_tidy(body), body=body, headers=answer.headers)


def value_at(body: _Raw, steps: list[Step]) -> Any:
    """What the steps lead to, decoding no more than lies on the way; raises what decoders raise."""
    for number, step in enumerate(steps):
        if not isinstance(step, str):
            return walk(_VALUE(body), steps[number:])
        if not bytes(memoryview(body)[:64]).lstrip().startswith(b"{"):
            return None
        top = _TOP(body)
        if step not in top:
            return None
        body = top[step]
    return _VALUE(body)


def raw_at(body: _Raw, path: str) -> _Raw:
    """The undecoded value at a path of keys and places; raises LookupError and as decoders do."""
    for step in steps_of(path):
        body = _RECORDS(body)[step] if isinstance(step, int) else _TOP(body)[str(step)]
    return body


def _records(body: bytes, stream: Stream) -> list[bytes]:
    found = _RECORDS(raw_at(body, stream.records.path))
    if stream.records.unwrap is None:
        return [bytes(raw) for raw in found]
    return [bytes(raw_at(raw, stream.records.unwrap)) for raw in found]


def _opened(body: bytes) -> tuple[bytes, Any]:
    decode = _RECORDS if body.lstrip()[:1] == b"[" else _TOP
    try:
        return body, decode(body)
    except msgspec.DecodeError:
        whole = without_half_characters(body)
        return whole, decode(whole)


def _refuse_repeated(body: bytes, top: dict[str, msgspec.Raw]) -> None:
    # Compact JSON is exactly as long as its parts; anything else is looked at again, slowly.
    parts = sum(len(key.encode()) + len(memoryview(value)) + 4 for key, value in top.items())
    if parts + 1 != len(body):
        refuse_repeated_keys(body)


def _echoed(top: Any, stream: Stream) -> Any:
    echo = stream.since.echo if stream.since else None
    return _VALUE(top[echo]) if echo and echo in top else _UNSAID


def _is_tidy(body: bytes) -> bool:
    try:
        return is_tidy(body)
    except UnicodeDecodeError:  # in one of its records, which is refused when it is read
        return False
