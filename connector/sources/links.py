"""Addresses of next pages: found in a header, followed only within the base address."""

import fnmatch
import re
from collections.abc import Iterable
from urllib.parse import unquote, urlsplit, urlunsplit

from connector.problems import OriginRefused

_REL_NEXT = re.compile(
    r"""<([^<>]+)>\s*;(?:[^<,]*[;\s])?rel=(?:"(?:[^"<]*\s)?next(?:\s[^"<]*)?"|next(?![^\s;,]))""",
    re.IGNORECASE,
)


def rel_next(header: str) -> str | None:
    """The address of the next page in a Link header (RFC 8288)."""
    match = _REL_NEXT.search(header)
    return match[1] if match else None


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
        raise OriginRefused(f"{name}: the next page would be at another address; refused.")
    beside = not (there.scheme or there.netloc) and there.path[:1] not in ("", "/")
    path = unquote(there.path)
    inside = beside or path == home.path or path.startswith(home.path.rstrip("/") + "/")
    if not inside or "\\" in path or ".." in path:
        raise OriginRefused(f"{name}: the next page lies outside the base address; refused.")
    if beside:
        return link
    return urlunsplit((home.scheme, home.netloc, there.path, there.query, ""))
