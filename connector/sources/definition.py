"""What a source file says: one master's way of serving customers, without its secrets."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from connector.auth.definition import Auth
from connector.fetch import Limits
from connector.maps.activity import ActivityMap
from connector.maps.definition import Map
from connector.maps.expressions import Expression
from connector.sources.activities import Activities, Named
from connector.sources.standing import Standing
from connector.sources.stream import Path, Stream, Template
from mirror.activity.records import CUSTOMERS

AreaCode = Annotated[str, Meta(pattern="^[1-9][1-9]$", extra={"must": 'be an area code like "11"'})]


class _Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    pass


class Wait(_Strict, frozen=True, kw_only=True):
    """How long to wait: in a header, by a pattern with one group in its words, or known."""

    header: str | None = None
    unit: Literal["s", "ms"] = "s"
    pattern: str | None = None
    otherwise_s: Annotated[float, Meta(ge=0)] | None = None
    """Where it says nothing of it."""


class Errors(_Strict, frozen=True, kw_only=True):
    """A master's own account of a failure, read before the HTTP status."""

    code: str | None = None
    message: str | None = None
    empty: list[str] = []
    retry: list[str] = []
    auth: list[str] = []
    empty_status: list[int] = []
    wait: Wait | None = None


class Lookup(_Strict, frozen=True, kw_only=True):
    """A table of the master's own, read at the start of a run: from a key to what it means."""

    path: Path
    query: Template = {}
    headers: dict[str, str] = {}
    records: str = "$"
    key: str
    value: Expression


class Hook(_Strict, frozen=True, kw_only=True):
    """How the master says that something changed; the secret named ``hook`` is the proof."""

    header: str
    id: list[str] = []
    """Where its message may name the customer, keys with dots between them; the first one there."""


class Definition(_Strict, frozen=True, kw_only=True):
    """A source file, presets and overrides merged."""

    protocol: Literal["rest"] = "rest"
    notice: str | None = None
    """What is known of how far the file was tried."""
    timezone: str = "America/Sao_Paulo"
    default_ddd: AreaCode | None = None
    auth: Auth | None = None
    limits: Limits = Limits()
    errors: Errors = Errors()
    lookups: dict[str, Lookup] = {}
    hook: Hook | None = None
    standing: Standing = Standing()
    stream: Stream
    map: Map
    activity: Activities = Activities()
    streams: list[Named] | None = None
    """Of what customers do, only these are read; without it all that there are."""

    @property
    def lists(self) -> dict[str, tuple[Stream, Map | ActivityMap]]:
        """Every stream, customers first, with the map of its records."""
        return {CUSTOMERS: (self.stream, self.map), **self.activity.served()}

    @property
    def further(self) -> tuple[str, ...]:
        """The streams that are read besides that of customers."""
        wanted = self.streams
        return tuple(one for one in self.activity.served() if wanted is None or one in wanted)


class BadDefinition(Exception):
    """A source file that cannot be used; the message names every mistake."""
