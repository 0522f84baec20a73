"""What every source yields: pages of records that are not decoded yet."""

from datetime import datetime

import msgspec

from mirror.activity.records import CUSTOMERS


class Head(msgspec.Struct, frozen=True):
    """What a record says of itself before it is read."""

    external_id: str
    version: int
    instant: datetime | None
    """When the master last changed it, where it says so."""
    stamp: str | None
    """The instant in the master's own writing, where cursors are made of it."""


class Page(msgspec.Struct, frozen=True):
    """One page, in the master's order."""

    records: list[bytes]
    at: datetime
    """The master's clock when it answered."""
    tidy: bool = False
    """Every text of the page is tidy (see `connector.strict`)."""
    gone: list[str] = []
    """Ids of which the master says that it no longer has them: removed, and never held."""
    changed: bool = False
    """The master lists these because they changed, whatever a list shows of them."""
    cursor: str | None = None
    """What to go on from once the page is committed, where no stamp of a record says so."""
    stream: str = CUSTOMERS
    """What its records and ids are: customers, or one of `mirror.activity.records.STREAMS`."""
