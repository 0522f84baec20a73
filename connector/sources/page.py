"""What every source yields: pages of records that are not decoded yet."""

from datetime import datetime

import msgspec


class Head(msgspec.Struct, frozen=True):
    """What a record says of itself before it is read."""

    external_id: str
    version: int
    instant: datetime
    stamp: str
    """The instant in the master's own writing: what a cursor is made of."""


class Page(msgspec.Struct, frozen=True):
    """One page, in the master's order."""

    records: list[bytes]
    at: datetime
    """The master's clock when it answered."""
    tidy: bool = False
    """Every text of the page is tidy (see `connector.strict`)."""
