"""What a source file says: one master's way of serving customers, without its secrets."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from connector.auth import Auth
from connector.http.client import Limits
from connector.mapping import ActivityMap, DealMap, Map, OrderMap, PaymentMap, VisitMap
from connector.mapping.expressions import Expression, One
from connector.validation import Mistake, Place, meant
from mirror.records import CUSTOMERS
from mirror.standing import Rules
from mirror.standing.rules import AXES

# The [stream] of a source file: one list of the master's, its pages and what is on them.
#
# Values in ``query``, ``headers`` and ``body`` are templates. ``{size} {page} {offset} {end}
# {token} {key}`` are filled in by the page, ``{since}`` by the cursor (``{since:%d/%m/%Y}`` in the
# master's zone, ``{since:offset}``, ``{since:epoch}``; otherwise UTC with Z); what has no value yet
# is left out.

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
        """Whether one look may pass somebody over: rows move between pages, behind a key none does,
        and a page of a scroll is spent whoever asked for it."""
        return self.kind in ("page", "offset", "next") or self.only


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
    nullable: str | None = None
    """Where a count lies: with 0, or nothing, ``null`` is an empty list; otherwise no page."""
    unwrap: str | None = None
    version: str | None = None
    """A counter; left out where there is none and the stamp is the version."""
    stamp: Expression | None = None
    """When the master last changed the record."""
    where: Where | None = None
    """Which of them are customers at all; the others are left unread."""
    gone: Where | None = None
    """Which of them the master lists because it deleted them: they are removed, and never read."""


class Detail(_Strict, frozen=True, kw_only=True):
    """A call for each record that changed, where lists leave out what matters."""

    path: Path
    """``{id}`` stands for the record's id, here, in the query or in the body."""
    record: str = "$"
    query: Template = {}
    body: Template = {}
    """Laid on the stream's own and posted; ``{number}`` is the id as a number."""


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


# The [activity] of a source file: lists of what customers do, each declared like a stream.


class OrderStream(Stream, frozen=True, kw_only=True):
    """The list of orders."""

    map: OrderMap


class PaymentStream(Stream, frozen=True, kw_only=True):
    """The list of payments, and of charges that are to become some."""

    map: PaymentMap


class DealStream(Stream, frozen=True, kw_only=True):
    """The list of deals."""

    map: DealMap


class VisitStream(Stream, frozen=True, kw_only=True):
    """The list of visits to the shop's site."""

    map: VisitMap


Named = Literal["orders", "payments", "deals", "visits"]
"""The names of `mirror.records.STREAMS`, for settings that choose some of them."""


class Activities(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the master serves besides its customers; read in this order."""

    orders: OrderStream | None = None
    payments: PaymentStream | None = None
    deals: DealStream | None = None
    visits: VisitStream | None = None

    def served(self) -> dict[str, tuple[Stream, ActivityMap]]:
        """Each stream that there is, by name, with the map of its records."""
        named = ((name, getattr(self, name)) for name in self.__struct_fields__)
        return {name: (stream, stream.map) for name, stream in named if stream}


# The [standing] of a source file: by which rules its customers have standings, and their names.


class Standing(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a shop wants to know of the relationship with its customers."""

    rules: list[Literal["ploomes", "sell", "conta_base", "azata"]] = []
    """The rule sets in force; without any, only what the master itself says is shown."""
    days: Annotated[int, Meta(ge=1)] = 60
    """Conta Base: so many days after the last payment a customer is still active."""
    loss_reasons: list[str] = []
    """Ploomes: a deal lost for one of these makes its customer inactive."""
    labels: dict[str, dict[str, str]] = {}
    """The shop's own words, by axis and value."""
    filters: list[str] = []
    """Labels of *Outros Dados* that lists can be filtered by."""


def rules_of(standing: Standing) -> Rules:
    """The same as the rules themselves have it."""
    return Rules(
        names=tuple(dict.fromkeys(standing.rules)),
        days=standing.days,
        loss_reasons=tuple(standing.loss_reasons),
        extras=tuple(standing.filters),
    )


def mistakes_of_standing(standing: Standing) -> Iterator[Mistake]:
    """Everything that the types of a standing cannot say."""
    for name, words in standing.labels.items():
        place: Place = ("standing", "labels", name)
        axis = AXES.get(name)
        if axis is None:
            yield no_axis(name, place)
            continue
        for value in words:
            if value not in axis.values:
                guess = meant(value, axis.values) or f" There are {', '.join(axis.values)}."
                yield Mistake((*place, value), f"is no value of {name}.{guess}")


def no_axis(name: str, place: Place) -> Mistake:
    """That there is no axis of that name."""
    guess = meant(name, AXES) or f" There are {', '.join(AXES)}."
    return Mistake(place, f"is no axis of standings.{guess}")


AreaCode = Annotated[str, Meta(pattern="^[1-9][1-9]$", extra={"must": 'be an area code like "11"'})]


class Wait(_Strict, frozen=True, kw_only=True):
    """How long to wait: in a header, by a pattern with one group in its words, or known."""

    header: str | None = None
    unit: Literal["s", "ms"] = "s"
    pattern: str | None = None
    otherwise_s: Annotated[float, Meta(ge=0)] | None = None
    """Where it says nothing of it."""


class Sign(_Strict, frozen=True, kw_only=True):
    """Values of an answer that say that it failed: ``{ path = "success", in = [false] }``."""

    path: str
    values: list[str | int | bool] = msgspec.field(name="in")


class Errors(_Strict, frozen=True, kw_only=True):
    """A master's own account of a failure, read before the HTTP status."""

    code: str | None = None
    message: str | None = None
    failed: list[str | Sign] = []
    """Paths of what is there and not empty only where it failed, whatever comes along."""
    empty: list[str] = []
    retry: list[str] = []
    auth: list[str] = []
    empty_status: list[int] = []
    wait: Wait | None = None


class Lookup(_Strict, frozen=True, kw_only=True):
    """A table of the master's own, read at the start of a run: from a key to what it means."""

    path: Path
    method: Literal["GET", "POST"] = "GET"
    query: Template = {}
    headers: dict[str, str] = {}
    body: Template = {}
    records: str = "$"
    optional: bool = False
    """It may be empty; otherwise that is an answer gone wrong."""
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


# What the settings may say of a Zendesk Sell account, without its token.


class SellDefinition(_Strict, frozen=True, kw_only=True):
    """A source file with ``protocol = "sell"``, preset and overrides merged."""

    protocol: Literal["sell"] = "sell"
    notice: str | None = None
    """What is known of how far the file was tried."""
    mode: Literal["auto", "sync", "polling"] = "auto"
    """``auto`` takes the Sync queue and lists contacts where the plan has no Sync."""
    ended: bool = False
    """The account is closed for good: nothing is asked any more, the last copy stays."""
    overlap_s: Annotated[int, Meta(ge=0)] = 600
    """Seconds that polling reads again, for what became visible late."""
    timezone: str = "America/Sao_Paulo"
    default_ddd: AreaCode | None = None
    limits: Limits = Limits(per_second=8, per_minute=480)
    """Sell allows a token ten requests a second."""
    standing: Standing = Standing()
    map: Map
    deals: DealMap | None = None
    """Without it deals are not read."""
    streams: list[Named] | None = None
    """Of what customers do, only these are read; without it deals."""

    @property
    def further(self) -> tuple[str, ...]:
        """The streams that are read besides that of customers."""
        wanted = self.deals and (self.streams is None or "deals" in self.streams)
        return ("deals",) if wanted else ()
