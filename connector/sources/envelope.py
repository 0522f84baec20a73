"""Opens a master's answer: the records, still undecoded, and the way to the next page."""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from connector.problems import BadAnswer, OriginRefused
from connector.sources.definition import Paging, Stream
from connector.strict import is_tidy, refuse_repeated_keys

_LONGEST_TOKEN = 4_096
_TOP = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_RECORDS = msgspec.json.Decoder(list[msgspec.Raw]).decode
_VALUE = msgspec.json.Decoder().decode
_BOM = b"\xef\xbb\xbf"
_ESCAPE = re.compile(
    rb"\\(?:u[dD][89abAB]..\\u[dD][c-fC-F]..|(?P<lone>u[dD][89a-fA-F]..)|.)", re.DOTALL
)

Top = dict[str, msgspec.Raw]


class Envelope(msgspec.Struct, frozen=True):
    """What an answer holds."""

    records: list[bytes]
    next: str | None
    """The token of the next page; None on the last."""
    tidy: bool
    """Every text of the answer is tidy (see `connector.strict`)."""


def open_envelope(body: bytes, stream: Stream, asked: Mapping[str, str], name: str) -> Envelope:
    """The page in ``body``; raises BadAnswer or OriginRefused, told in the name of the source.

    ``asked`` is the query that was sent: an answer that repeats another one is refused.
    """
    try:
        body, top = _opened(body.removeprefix(_BOM))
        _refuse_repeated(body, top)
        records = [bytes(raw) for raw in _RECORDS(top[stream.records.path])]
        _check_echo(top, stream, asked, name)
        token = _next(top, stream.page, name)
    except (msgspec.DecodeError, ValueError, RecursionError, KeyError):
        raise BadAnswer(
            f"{name}: the master's answer is not a page of customers (cut off, another "
            "kind of JSON, or a proxy's). Nothing of it was used."
        ) from None
    if len(records) > 10 * stream.page.size:
        raise BadAnswer(f"{name}: a page has over ten times the customers asked for.")
    return Envelope(records, token, _is_tidy(body))


def _opened(body: bytes) -> tuple[bytes, Top]:
    try:
        return body, _TOP(body)
    except msgspec.DecodeError:
        # Half an emoji, left by a program that cuts texts at so many units: not worth a page.
        whole = _ESCAPE.sub(lambda match: b"" if match["lone"] else match[0], body)
        return whole, _TOP(whole)


def _refuse_repeated(body: bytes, top: Top) -> None:
    # Compact JSON is exactly as long as its parts; anything else is looked at again, slowly.
    parts = sum(len(key.encode()) + len(memoryview(value)) + 4 for key, value in top.items())
    if parts + 1 != len(body):
        refuse_repeated_keys(body)


def _check_echo(top: Top, stream: Stream, asked: Mapping[str, str], name: str) -> None:
    since = stream.since
    if since.echo and since.echo in top and _value(top, since.echo) != asked.get(since.put):
        raise BadAnswer(f"{name}: the answer belongs to another request (a cache?).")


def _next(top: Top, paging: Paging, name: str) -> str | None:
    token = _value(top, paging.token)
    more = _value(top, paging.more) if paging.more else None
    if more is None:  # unsaid is not "no": the rest of a listing would be taken for gone
        more = token not in (None, "")
    if more not in (True, False):
        raise BadAnswer(f"{name}: the answer does not say whether more pages follow.")
    if not more:
        return None
    if type(token) not in (str, int) or not 0 < len(str(token)) <= _LONGEST_TOKEN:
        raise BadAnswer(f"{name}: the answer promises more pages but no usable token.")
    token = str(token)
    if "://" in token or token.startswith("//"):
        raise OriginRefused(f"{name}: the next page would be at another address; refused.")
    return token


def _is_tidy(body: bytes) -> bool:
    try:
        return is_tidy(body)
    except UnicodeDecodeError:  # in one of its records, which is refused when it is read
        return False


def _value(top: Top, key: str) -> Any:
    return _VALUE(top[key]) if key in top else None
