"""Follows Zendesk Sell: its Sync queue where the plan has one, its contact list where not."""

from connector.sources.sell.definition import SellDefinition
from connector.sources.sell.opening import open_sell
from connector.sources.sell.source import SellSource

__all__ = ["SellDefinition", "SellSource", "open_sell"]
