"""What the web needs to be told: plain values, read once by ``config`` and passed in."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import Meta

from mirror.facets import FIELDS
from mirror.standing import Rules

if TYPE_CHECKING:
    from mirror.ledger.copies import Noted

_AreaCode = Annotated[
    str, Meta(pattern=r"^[1-9][1-9]\Z", extra={"must": 'be an area code like "11"'})
]
_Address = Annotated[
    str,
    Meta(
        pattern=r"^https://[^\s/]\S*\Z", extra={"must": "be an address that begins with https://"}
    ),
]
_Mask = Annotated[str, Meta(pattern=r"^(staff|device)\Z", extra={"must": 'be "staff" or "device"'})]
_Required = Annotated[
    str,
    Meta(pattern=rf"^({'|'.join(FIELDS)})\Z", extra={"must": f"be one of {', '.join(FIELDS)}"}),
]

_Store = Annotated[
    str, Meta(pattern=r"^[^\s].{0,59}\Z", extra={"must": "be a name of 1 to 60 characters"})
]


_Proxy = Annotated[
    str,
    Meta(
        pattern=r"^[0-9A-Fa-f.:]+(/[0-9]{1,3})?\Z",
        extra={"must": 'be an address or a network like "127.0.0.1" or "10.0.0.0/24"'},
    ),
]


class Caps(msgspec.Struct, frozen=True):
    """What asking costs in one shop; the rules are in `mirror.ledger.guard`."""

    reveals_per_hour: Annotated[int, Meta(ge=0)] = 60
    """Reveals, copies, boletos and WhatsApp clicks together, for one attendant; as many times may
    they have the master asked."""
    reveals_per_password: Annotated[int, Meta(ge=0)] = 10
    """So many of them in one session, then the person's own password is asked again; 0: never."""
    lookups_per_minute: Annotated[int, Meta(ge=1)] = 120
    """Lookups of one terminal; above it the answer is 429 with Retry-After."""
    customers_per_day: Annotated[int, Meta(ge=10)] = 400
    """Different customers that one attendant may search, open or reveal in any 24 hours."""
    listed_per_day: Annotated[int, Meta(ge=10)] = 600
    """Different customers that lists and charges may show one attendant in any 24 hours."""
    terminal_customers_per_day: Annotated[int, Meta(ge=10)] = 1_500
    """Different customers that one terminal may find in any 24 hours."""
    terminal_codes_per_day: Annotated[int, Meta(ge=1)] = 100
    """Those of them found by what can be counted up: a code, the end of a telephone."""
    usual_misses: Annotated[float, Meta(ge=0.05, le=0.7)] = 0.3
    """Which part of honest lookups finds nobody; the test of misses is laid out for it."""


class WebSettings(Caps, frozen=True, forbid_unknown_fields=True):
    """The choices of one shop; the defaults are safe for a first start."""

    shop_name: str = "Loja"
    default_ddd: _AreaCode | None = None
    """Two digits, the area code of a number typed without one; None: never assumed."""
    secure_cookies: bool = False
    """True where the browser sees https: the session cookie is then refused to plain http."""
    master_url: _Address | None = None
    """Where a person edits customers in the master system; https only."""
    reveal_seconds: Annotated[int, Meta(ge=1, le=600)] = 30
    """How long a revealed value stays on the screen."""
    trusted_proxies: tuple[_Proxy, ...] = ()
    """From whom X-Forwarded-For is believed: else everybody behind a proxy has its address."""
    document_mask: _Mask = "staff"
    device_document_mask: _Mask = "device"
    stores: tuple[_Store, ...] = ()
    """The shop's stores: a terminal is added to one of them; none: to any."""
    required: tuple[_Required, ...] = ()
    """What a registration must have (`mirror.facets.FIELDS`): without it, it is incomplete.
    Omni's setting, here a rule of quality: the master is where it is mended."""


@dataclass(frozen=True)
class Installed:
    """Where an installation lies and what it may ask, for whoever looks after it."""

    data_dir: Path | None = None
    key_file: Path | None = None
    per_day: Mapping[str, int] = field(default_factory=dict)
    """Source → how many requests its budget allows a day, where it has one."""
    asked_singly: tuple[str, ...] = ()
    """The sources whose master can be asked for one customer, by the code of theirs."""
    metrics_token: str = ""
    """Whoever asks for figures from another machine shows it; without one nobody may."""
    noted: "Callable[[], Sequence[Noted]]" = tuple
    """The heads of the journal that were noted outside, the oldest first."""


@dataclass(frozen=True)
class SourceRules:
    """What the settings say of one source's standings, to be read on the screen."""

    source: str
    rules: tuple[str, ...] = ()
    days: int = Rules().days
    """Conta Base's."""
    loss_reasons: tuple[str, ...] = ()
    """Ploomes'."""
    filters: tuple[str, ...] = ()


@dataclass(frozen=True)
class Wording:
    """What the sources say of lists: beside the settings of the web, for it comes from masters."""

    rules: tuple[str, ...] = ()
    """The rule sets in the order in which the shop named them: the first is shown first."""
    filters: tuple[str, ...] = ()
    """Custom fields of *Outros Dados* that lists can be filtered by."""
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """The shop's own labels for standings: axis, value, label."""
    sources: tuple[SourceRules, ...] = ()
    """The same source by source."""
