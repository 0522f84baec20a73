"""The [stream] of a source file: one list of the master's, its pages and what is on them.

Values in ``query``, ``headers`` and ``body`` are templates. ``{size} {page} {offset} {end} {token}
{key}`` are filled in by the page, ``{since}`` by the cursor (``{since:%d/%m/%Y}`` in the master's
zone, ``{since:offset}``; otherwise UTC with Z); what has no value yet is left out.
"""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from connector.maps.expressions import Expression, One

Path = Annotated[str, Meta(pattern="^/", extra={"must": "begin with /"})]
_Positive = Annotated[int, Meta(ge=1)]
Template = dict[str, Any]
_Rule = Annotated[
    str,
    Meta(
        pattern="^(empty|short|(total|total_pages|more):.+)$",
        extra={"must": "be empty, short, total:path, total_pages:path or more:path"},
    ),
]


class _Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    pass


class Paging(_Strict, frozen=True, kw_only=True):
    """How one page leads to the next, and how the last is known."""

    kind: Literal["none", "page", "offset", "next", "token", "keyset"] = "none"
    size: _Positive = 500
    first: Annotated[int, Meta(ge=0)] = 1
    """The number of the first page."""
    overlap: Annotated[int, Meta(ge=0)] = 0
    """Rows of an offset listing read twice, so that deletions before them hide nobody."""
    source: str | None = msgspec.field(default=None, name="from")
    """Where the token or the next address lies: ``body:path`` or ``header:Name``."""
    key: str | None = None
    """Where in a record the key lies by which the listing is ordered, smallest first."""
    begin: int | str | None = None
    """The key that the first page of a keyset listing comes after."""
    stop: list[_Rule] = []
    """Any of ``empty``, ``short``, ``total:path``, ``total_pages:path``, ``more:path``."""
    again_s: Annotated[float, Meta(gt=0)] | None = None
    """An empty page that would end a listing is asked for again after so many seconds."""
    only: bool = False
    """After the first page the token goes alone, without the other parameters."""
    aliases: list[str] = []
    """Hosts (``*.example.com``) that mean the base address where a next address names them."""
    most: _Positive = 100_000
    """Pages in one run after which it is no listing but a loop."""

    @property
    def shifting(self) -> bool:
        """Whether rows move between the pages while they are read; behind a key none does."""
        return self.kind in ("page", "offset", "next")


class Since(_Strict, frozen=True, kw_only=True):
    """How to ask for what changed."""

    query: Template = {}
    headers: dict[str, str] = {}
    body: Template = {}
    watermark: Literal["record", "run_start"] = "record"
    """What the cursor is: the newest stamp of a record, or the master's clock at the start."""
    echo: str | None = None
    """The answer repeats what was asked for: another one's answer is refused."""
    ordered: bool = False
    """The master lists oldest change first: a run that breaks off goes on where it was."""
    overlap_s: Annotated[int, Meta(ge=0)] = 600
    """Seconds read again, for what became visible late."""


class Where(_Strict, frozen=True, kw_only=True):
    """A condition on a record."""

    path: One
    values: list[str | int | bool] = msgspec.field(name="in")


class Records(_Strict, frozen=True, kw_only=True):
    """Where the records of a page lie and what identifies one."""

    path: str
    id: Expression
    unwrap: str | None = None
    version: str | None = None
    """A counter; left out where there is none and the stamp is the version."""
    stamp: Expression | None = None
    """When the master last changed the record."""
    where: Where | None = None
    """Which of them are customers at all; the others are left unread."""


class Detail(_Strict, frozen=True, kw_only=True):
    """A call for each record that changed, where lists leave out what matters."""

    path: Path
    """``{id}`` stands for the record's id, here or in the query."""
    record: str = "$"
    query: Template = {}


class Deleted(_Strict, frozen=True, kw_only=True):
    """The same listing asked another way gives the ids of those the master deleted."""

    query: Template = {}
    body: Template = {}


class Stream(_Strict, frozen=True, kw_only=True):
    """One list that the master serves; ``path`` is appended to the base URL."""

    path: Path
    method: Literal["GET", "POST"] = "GET"
    query: Template = {}
    headers: dict[str, str] = {}
    body: Template = {}
    body_format: Literal["json", "form"] = "json"
    page: Paging = Paging()
    since: Since | None = None
    records: Records
    detail: Detail | None = None
    one: Detail | None = None
    """How a single customer is asked for; the detail call where there is one."""
    deleted: Deleted | None = None
