"""What the settings may say of a Zendesk Sell account, without its token."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from connector.fetch import Limits
from connector.maps.activity import DealMap
from connector.maps.definition import Map
from connector.sources.activities import Named
from connector.sources.definition import AreaCode
from connector.sources.standing import Standing


class _Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    pass


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
