"""Opens a master's answer: undecoded records, what it says of itself and of its failures."""

import fnmatch
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

import msgspec

from connector.http import (
    AccessRefused,
    Again,
    Answer,
    BadAnswer,
    CutOff,
    MasterProblem,
    OriginRefused,
    RequestRefused,
    Unreachable,
)
from connector.http.client import Judge
from connector.mapping.expressions import Step, steps_of, walk
from connector.mapping.strict_json import in_utf8, is_tidy, mended, refuse_repeated_keys
from connector.sources.source_file import Errors, Paging, Sign, Stream
from mirror.records import CUSTOMERS

_TOP = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_RECORDS = msgspec.json.Decoder(list[msgspec.Raw]).decode
_VALUE = msgspec.json.Decoder().decode
_LOOKED_AT = 4_096
LONGEST_TOKEN = 4_096
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
    """Every text of the answer is tidy (see `connector.mapping.strict_json`)."""
    mended: bool = False
    """It was no right JSON until a text or a number on it was mended."""
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

    def at_place(self, place: str) -> Any:
        """What lies at ``body:path`` or in ``header:Name``."""
        kind, _, path = place.partition(":")
        return self.header(path) if kind == "header" else self.value(path)

    def said(self, path: str) -> Any:
        """What the body says at a path, or the number in ``header:Name``."""
        found = self.at_place(path if path.startswith("header:") else f"body:{path}")
        if isinstance(found, str) and found.isascii() and found.isdigit() and len(found) < 16:
            return int(found)
        return found

    def says_none(self, place: str) -> bool:
        """Whether ``body:path`` is there and holds nothing, or a Link header has other links."""
        kind, _, path = place.partition(":")
        if kind == "header":
            link = self.header(path) or ""
            return "<" in link and rel_next(link) is None
        steps, body = steps_of(path), self.body
        for step in steps[:-1]:
            body = _TOP(unpacked(body)).get(str(step), msgspec.Raw(b"{}"))
        top = _TOP(unpacked(body))
        return str(steps[-1]) in top and _VALUE(top[str(steps[-1])]) in (None, "")

    def each(self, path: str) -> list[Any]:
        """What lies at a path of every record."""
        steps = steps_of(path)
        return [value_at(raw, steps) for raw in self.records]


def open_envelope(
    answer: Answer, stream: Stream, asked: Mapping[str, str], name: str, what: str = CUSTOMERS
) -> Envelope:
    """The page of ``what`` in an answer; raises BadAnswer, told in the name of the source.

    CutOff where it is no JSON at all, although it begins and ends like it.
    ``asked`` is what was asked since the cursor: an answer that repeats another one is refused.
    """
    if answer.empty:
        return Envelope([], answer.at, tidy=True, over=True)
    try:
        body, top, was_mended = _opened(answer.body)
    except _UNREADABLE as why:
        kind = CutOff if type(why) is msgspec.DecodeError else BadAnswer
        raise kind(_no_page(name, what, stream)) from None
    try:
        if isinstance(top, dict):
            _refuse_repeated(body, top)
        records = _records(body, stream)
        echoed = _echoed(top, stream)
    except _UNREADABLE:
        raise BadAnswer(_no_page(name, what, stream)) from None
    if len(records) > 10 * stream.page.size:
        raise BadAnswer(
            f"{name}: a page has over ten times the {what} asked for. Does the master know how "
            "many are wanted ({size} in the stream's query)?"
        )
    if echoed is not _UNSAID and echoed not in (asked.values() or (None,)):
        raise BadAnswer(
            f"{name}: the answer belongs to another request: what it repeats (since.echo) was not "
            "asked for. Is a cache in between?"
        )
    return Envelope(
        records, answer.at, _is_tidy(body), mended=was_mended, body=body, headers=answer.headers
    )


def _no_page(name: str, what: str, stream: Stream) -> str:
    return (
        f"{name}: the master's answer is not a page of {what} (cut off, another kind of JSON, or a "
        f"proxy's): no list of them lies at {stream.records.path!r} (records.path). Nothing of it "
        "was used."
    )


def value_at(body: _Raw, steps: list[Step]) -> Any:
    """What the steps lead to, decoding no more than lies on the way; raises what decoders raise."""
    for number, step in enumerate(steps):
        if not isinstance(step, str):
            return walk(_VALUE(body), steps[number:])
        body = unpacked(body)
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
        body = unpacked(body)
        body = _RECORDS(body)[step] if isinstance(step, int) else _TOP(body)[str(step)]
    return unpacked(body)


def unpacked(body: _Raw) -> _Raw:
    """What a text holds that is JSON itself: some masters pack their answer twice."""
    if bytes(memoryview(body)[:1]) != b'"':
        return body
    text = str(_VALUE(body)).strip()
    return text.encode() if text[:1] in ("[", "{") else body


def _records(body: bytes, stream: Stream) -> list[bytes]:
    listed = raw_at(body, stream.records.path)
    count = stream.records.nullable
    if count and bytes(listed) == b"null" and value_at(body, steps_of(count)) in _NONE:
        return []
    found = _RECORDS(listed)
    if stream.records.unwrap is None:
        return [bytes(raw) for raw in found]
    return [bytes(raw_at(raw, stream.records.unwrap)) for raw in found]


def opened(body: bytes) -> bytes:
    """An answer as it was meant; raises what decoders raise for one that cannot be read."""
    return _opened(body)[0]


def _opened(body: bytes) -> tuple[bytes, Any, bool]:
    """The answer, its parts, and whether it had to be mended."""
    body = body.removeprefix(_BOM)
    try:
        return *_split(body), False
    except msgspec.DecodeError:
        return *_split(mended(body)), True


def _split(body: bytes) -> tuple[bytes, Any]:
    """The parts of an answer, and the answer that they are parts of."""
    begin = body[:_LOOKED_AT].lstrip()[:1]
    if begin == b'"' and (inner := bytes(unpacked(body.strip()))) != body.strip():
        return _split(inner)
    return body, (_RECORDS if begin == b"[" else _TOP)(body)


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


# Addresses of next pages: found in a header, followed only within the base address.

_REL_NEXT = re.compile(
    r"""<([^<>]+)>\s*;(?:[^<,]*[;\s])?rel=(?:"(?:[^"<]*\s)?next(?:\s[^"<]*)?"|next(?![^\s;,]))""",
    re.IGNORECASE,
)


def rel_next(header: str) -> str | None:
    """The address of the next page in a Link header (RFC 8288), or in one that is an address."""
    if "<" not in header:
        return header.strip() or None
    match = _REL_NEXT.search(header)
    return match[1] if match else None


def address_in(page: Envelope, paging: Paging, name: str) -> str | None:
    """The address of the next page that an answer names; raises BadAnswer, told of ``name``."""
    place = str(paging.source)
    link = page.at_place(place)
    if link and place.startswith("header:"):
        link = rel_next(str(link))
    if link in (None, ""):
        if paging.kind == "next" and any(rule.startswith("more:") for rule in paging.stop):
            raise BadAnswer(f"{name}: the answer promises more pages but no usable address.")
        return None
    if type(link) is not str or len(link) > LONGEST_TOKEN:
        raise BadAnswer(f"{name}: the next page has no usable address.")
    return link


def at_home(link: str, aliases: Iterable[str], name: str, base: str) -> str:
    """The link as an address of the base origin; raises OriginRefused for any other.

    A link without host and leading slash stays as it is: it lies beside the list it came from.
    """
    home = urlsplit(base)
    try:
        there = urlsplit(link)
        port = there.port
    except ValueError:
        raise OriginRefused(f"{name}: the next page has a broken address; refused.") from None
    alias = there.hostname and any(fnmatch.fnmatch(there.hostname, one) for one in aliases)
    plain = not (there.username or there.password or port) and there.scheme in ("", home.scheme)
    if there.netloc and there.netloc != home.netloc and not (alias and plain):
        raise OriginRefused(
            f"{name}: the next page would be at another address; refused. If that host is the same "
            "master, name it in stream.page.aliases."
        )
    beside = not (there.scheme or there.netloc) and there.path[:1] not in ("", "/")
    path = unquote(there.path)
    inside = beside or path == home.path or path.startswith(home.path.rstrip("/") + "/")
    if not inside or "\\" in path or ".." in path:
        raise OriginRefused(
            f"{name}: the next page lies outside the base address; refused. Is base_url too long?"
        )
    if beside:
        return link
    return urlunsplit((home.scheme, home.netloc, there.path, there.query, ""))


# A master's own account of a failure: many say it in the body, under HTTP 200, and some send data
# beside it that must not count as such.

_SAFE = re.compile(r"[A-Za-z_.:-]{0,40}[0-9]{0,6}")
_NONE = (None, "", 0, "0", False)
_FINE = 300
"""From here on the status says that it failed."""


def judge_of(errors: Errors, name: str) -> Judge | None:
    """What `connector.http.client` asks of every JSON answer; None where statuses say it all."""
    if not (errors.code or errors.failed or errors.empty_status or errors.wait):
        return None
    code = steps_of(errors.code) if errors.code else None
    message = steps_of(errors.message) if errors.message else None
    signs = [_sign(one) for one in errors.failed]

    def judge(answer: Answer) -> bool:
        codes = _codes(answer.body, code) if code else []
        if not codes:
            if answer.status < _FINE:
                _refuse_failed(answer, signs, message, name)
            _heed(errors, answer, name)
            return answer.status in errors.empty_status
        if set(codes) <= set(errors.empty):
            return True
        said = _value(answer.body, message) if message else None
        raise _failure(errors, answer, codes, said, name)

    return judge


def _failure(
    errors: Errors, answer: Answer, codes: list[str], said: Any, name: str
) -> MasterProblem | Again:
    found = next((one for one in codes if one in errors.auth), codes[0])
    told = f"its error {found}" if _SAFE.fullmatch(found) else "an error of its own"
    if found in errors.auth:
        return AccessRefused(
            f"{name}: the master refused the credentials ({told}). Check the secret that "
            "this source names, and what its owner may read."
        )
    if any(one in errors.retry for one in codes):
        problem = Unreachable(
            f"{name}: the master answered {told} to every attempt. Where it means too many "
            "requests, lower limits.per_minute."
        )
        return Again(problem, _wait(errors, answer, said), declined=True)
    return RequestRefused(
        f"{name}: the master answered {told}: not a page.{_unshown(said)} One that passes by "
        "itself belongs into errors.retry, one that means nothing there into errors.empty."
    )


def _sign(spec: str | Sign) -> tuple[str, list[Step], list[Any] | None]:
    path, values = (spec, None) if isinstance(spec, str) else (spec.path, spec.values)
    return path, steps_of(path), values


def _refuse_failed(
    answer: Answer,
    signs: list[tuple[str, list[Step], list[Any] | None]],
    message: list[Step] | None,
    name: str,
) -> None:
    """Raise RequestRefused where the answer has a sign of failure, whatever is beside it."""
    for path, steps, values in signs:
        found = _at(answer.body, steps)
        empty = found in _NONE or found in ([], {})
        if (values is None and not empty) or (values is not None and found in values):
            said = _value(answer.body, message) if message else None
            raise RequestRefused(
                f"{name}: the master says that it could not answer: {path!r} of its answer tells "
                f"of a failure (errors.failed), so nothing beside it was used.{_unshown(said)}"
            )


def _unshown(said: Any) -> str:
    if not said or type(said) is not str:
        return ""
    return (
        f" It gives a message of {len(said)} characters, which is not shown since it may quote "
        "data: ask the same by hand to read it."
    )


def _codes(body: bytes, steps: list[Step]) -> list[str]:
    """The codes that lie at a path, one or several; none where they say that nothing is wrong."""
    found = _at(body, steps)
    listed = found if type(found) is list else [found]
    return [str(one) for one in listed if type(one) in (str, int, bool) and one not in _NONE]


def _value(body: bytes, steps: list[Step]) -> Any:
    found = _at(body, steps)
    first = found[0] if type(found) is list and found else found
    return first if type(first) in (str, int, bool) else None


def _at(body: bytes, steps: list[Step]) -> Any:
    """What lies there in an answer as it will be read, mended where that takes mending."""
    body = body.removeprefix(_BOM)
    for reading in (bytes, _meant):
        try:
            return value_at(reading(body), steps)
        except (msgspec.DecodeError, ValueError, RecursionError):
            continue
    return None  # what is no JSON is told by those who open it


def _meant(body: bytes) -> bytes:
    return in_utf8(opened(body))


def _heed(errors: Errors, answer: Answer, name: str) -> None:
    """Raise Again where a status declines and the master says in its own way how long to wait."""
    if answer.status not in (429, 503):
        return
    message = _value(answer.body, steps_of(errors.message)) if errors.message else None
    if wait := _wait(errors, answer, message):
        problem = f"{name}: the master answered {answer.status} to every attempt."
        raise Again(Unreachable(problem), wait, declined=True)


def _wait(errors: Errors, answer: Answer, message: Any) -> float | None:
    wait = errors.wait
    if wait is None:
        return None
    if wait.header and (text := answer.headers.get(wait.header.lower(), "")).isdecimal():
        return float(text[:9]) / (1_000 if wait.unit == "ms" else 1)
    match = re.search(wait.pattern, message) if wait.pattern and type(message) is str else None
    if match and match[1].isdecimal():
        return float(match[1])
    asked = answer.headers.get("retry-after")
    if asked is None:
        return wait.otherwise_s
    return float(asked[:9]) if asked.isdecimal() else None  # a date is left to the status
