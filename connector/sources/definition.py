"""What a source file says: one master's way of serving customers, without its secrets."""

from typing import Annotated, Any
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta

from connector.fetch import Limits
from connector.maps.definition import Map


class _Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    pass


class Auth(_Strict, frozen=True):
    """A header on every request; ``${name}`` stands for the secret ``name``."""

    header: str
    value: str


class Paging(_Strict, frozen=True):
    """Pages linked by an opaque token from the answer."""

    token: str
    put: str
    more: str | None = None
    size: Annotated[int, Meta(ge=1)] = 500
    size_put: str | None = None
    most: Annotated[int, Meta(ge=1)] = 100_000
    """Pages in one run after which it is no listing but a loop."""


class Since(_Strict, frozen=True):
    """How to ask for what changed; the answer is ordered by the same instant, oldest first."""

    put: str
    path: str
    echo: str | None = None
    overlap_s: Annotated[int, Meta(ge=0)] = 600
    """Seconds read again, for what became visible late."""


class Records(_Strict, frozen=True):
    """Where the records of a page lie and what identifies one."""

    path: str
    id: str
    version: str | None = None


class Stream(_Strict, frozen=True):
    """One list that the master serves; ``path`` is appended to the base URL."""

    path: Annotated[str, Meta(pattern="^/")]
    page: Paging
    since: Since
    records: Records


class Definition(_Strict, frozen=True, kw_only=True):
    """A source file, presets and overrides merged."""

    timezone: str = "America/Sao_Paulo"
    default_ddd: Annotated[str, Meta(pattern="^[1-9][1-9]$")] | None = None
    auth: Auth | None = None
    limits: Limits = Limits()
    stream: Stream
    map: Map


class BadDefinition(Exception):
    """A source file that cannot be used; the message names the place."""


def definition(merged: dict[str, Any], name: str) -> Definition:
    """The checked definition of the source ``name``; raises BadDefinition."""
    try:
        found = msgspec.convert(merged, Definition)
    except msgspec.ValidationError as error:
        raise BadDefinition(f"The source {name!r} is not right: {error}.") from None
    try:
        ZoneInfo(found.timezone)
    except (KeyError, ValueError, OSError):
        raise BadDefinition(
            f"The source {name!r} is not right: there is no time zone {found.timezone!r}."
        ) from None
    return found
