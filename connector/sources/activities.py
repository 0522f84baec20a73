"""The [activity] of a source file: lists of what customers do, each declared like a stream."""

from typing import Literal

import msgspec

from connector.maps.activity import ActivityMap, DealMap, OrderMap, PaymentMap, VisitMap
from connector.sources.stream import Stream


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
"""The names of `mirror.activity.records.STREAMS`, for settings that choose some of them."""


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
