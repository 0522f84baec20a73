"""Which addresses may be asked: one origin a source, https unless it is this machine."""

import ipaddress
from urllib.parse import urlsplit

from connector.problems import OriginRefused


def checked_host(base_url: str, allow_insecure: bool) -> str:
    """The host of an address that may be used; raises OriginRefused."""
    try:
        parts = urlsplit(base_url)
        host = parts.hostname if parts.port != 0 else None
    except ValueError:  # a port that is none, half a bracket
        host = None
    plain = not set("?#\\ ") & set(base_url) and base_url.isprintable()
    if not plain or not host or parts.scheme not in ("http", "https") or parts.username is not None:
        raise OriginRefused(
            "base_url must be like https://master.example, without a user name, ? or # in it."
        )
    if parts.scheme == "http" and not (is_loopback(host) or allow_insecure):
        raise OriginRefused(
            f"{base_url} is plain http: credentials and customers would cross the network "
            "readable. Use https, or set allow_insecure = true for this source."
        )
    return host


def is_loopback(host: str) -> bool:
    """Whether the host is this very machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def same_origin(url: str, base_url: str) -> bool:
    """Whether scheme, host, port and user name are the same."""
    return _origin(url) == _origin(base_url)


def _origin(url: str) -> tuple[str, str | None, int | None, str | None]:
    try:
        parts = urlsplit(url)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return "", None, None, None
    return parts.scheme, parts.hostname, port, parts.username
