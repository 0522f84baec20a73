"""A source in front of the fake account that never waits."""

from typing import Any

from config.assemble import merged, preset
from connector.sources.checks import sell_definition
from connector.sources.sell import SellSource
from connector.sources.sell.client import ACK, START, Door
from tests.fakes.sell import TOKEN, Sell


def source(sell: Sell, *, token: str = TOKEN, attempts: int = 3, **over: Any) -> SellSource:
    """The preset ``sell``; tables in ``over`` are laid on it."""
    fast = {"limits": {"per_second": 100_000, "per_minute": 100_000, "attempts": attempts}}
    definition = sell_definition(merged(preset("sell"), fast | over), "loja")
    door = Door(
        sell.url,
        {"Authorization": f"Bearer {token}"},
        definition.limits,
        posts=frozenset({START, ACK}),
        sleep=lambda seconds: None,
    )
    return SellSource("loja", definition, door, sleep=lambda seconds: None)
