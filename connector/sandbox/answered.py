"""What the population answers: pages of customers, pages of their activity, its figures."""

import msgspec

from connector.sandbox.story import Sighting
from connector.sandbox.streams import Found


class Listing(msgspec.Struct, frozen=True):
    """One page: who is on it, whether somebody follows, how many the whole listing has."""

    seen: tuple[Sighting, ...]
    has_more: bool
    total: int


class Shelf(msgspec.Struct, frozen=True):
    """One page of a stream of activity, and whether something follows."""

    found: tuple[Found, ...]
    has_more: bool


class State(msgspec.Struct, frozen=True):
    """How many customers are listed, how many changes happened, how many are removed now."""

    customers: int
    changes: int
    deleted: int
