"""What a listing's parameters ask for, or the sentence that refuses them."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Mapping
from struct import Struct
from struct import error as WrongSize  # noqa: N812 -- the module's own name says nothing
from urllib.parse import parse_qsl

import msgspec

from connector.sandbox.timeline import UnreadableInstant, instant

DEFAULT_LIMIT = 500
MOST_LIMIT = 1000
_MOST_PAGE = 10**9
_KNOWN = ("limit", "updated_since", "cursor", "page")
_POSITION = Struct(">qq")


class BadParameter(ValueError):
    """A parameter cannot be read; the message says which and what it should be."""


class ListingQuery(msgspec.Struct, frozen=True):
    """A listing's parameters, read."""

    limit: int = DEFAULT_LIMIT
    since: int | None = None
    """Microseconds since 1970, inclusive."""
    since_received: str | None = None
    after: tuple[int, int] | None = None
    """The position of the last customer seen: (updated_at in µs, index)."""
    page: int | None = None


def encode_cursor(updated_at: int, index: int) -> str:
    """The opaque text of a position."""
    return urlsafe_b64encode(_POSITION.pack(updated_at, index)).decode().rstrip("=")


def read_listing_query(query: str) -> ListingQuery:
    """Read a URL's query; raises BadParameter."""
    given = _parameters(query)
    if "cursor" in given and "page" in given:
        raise BadParameter("Send either cursor or page, not both.")
    since = given.get("updated_since")
    return ListingQuery(
        limit=_whole(given, "limit", MOST_LIMIT) or DEFAULT_LIMIT,
        since=None if since is None else _instant(since),
        since_received=since,
        after=_position(given["cursor"]) if "cursor" in given else None,
        page=_whole(given, "page", _MOST_PAGE),
    )


def _parameters(query: str) -> Mapping[str, str]:
    pairs = parse_qsl(query, keep_blank_values=True)
    given = dict(pairs)
    if len(given) < len(pairs):
        raise BadParameter("A parameter was sent twice.")
    if not given.keys() <= set(_KNOWN):
        raise BadParameter(f"Unknown parameter; the known ones are {', '.join(_KNOWN)}.")
    return given


def _whole(given: Mapping[str, str], name: str, most: int) -> int | None:
    text = given.get(name)
    if text is None:
        return None
    digits = text.isascii() and text.isdecimal() and len(text) <= len(str(most))
    if not (digits and 1 <= int(text) <= most):
        raise BadParameter(f"{name} must be a whole number from 1 to {most}.")
    return int(text)


def _instant(text: str) -> int:
    try:
        return instant(text)
    except UnreadableInstant as unreadable:
        raise BadParameter(
            "updated_since must be an ISO 8601 date and time with an offset, its + written %2B."
        ) from unreadable


def _position(text: str) -> tuple[int, int]:
    try:
        packed = urlsafe_b64decode(text + "=" * (-len(text) % 4))
        updated_at, index = _POSITION.unpack(packed)
    except (NotBase64, WrongSize, ValueError) as unreadable:
        raise BadParameter("cursor must be a value of next, unchanged.") from unreadable
    return updated_at, index
