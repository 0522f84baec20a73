"""What has happened to one customer since the register was first listed, and what happens next."""

import msgspec

from connector.sandbox.dice import roller

FIRST_ID = 100_001
FIXED = 2
"""Customers 0 and 1 are the same people in every sandbox and are never removed."""

_STEADY_EVERY = 10
_STEADY = ("purchase", "delivery", "payment")


class Event(msgspec.Struct, frozen=True):
    """Something a customer did, or that was done about what they did."""

    kind: str
    at: int
    """Microseconds since 1970."""
    version: int
    """The customer's after it: no two events of a customer have the same."""


class Story(msgspec.Struct, frozen=True):
    """All that tells a customer from the untouched one of the same index.

    Each of the six words from ``phone`` on holds the version at which that part of the record last
    changed, 0 for never: the part is drawn anew from that version, so a record needs no memory of
    its values.
    """

    version: int = 1
    changed_at: int = 0
    """Microseconds since 1970; 0: still where the timeline put it."""
    created_at: int = 0
    """Microseconds since 1970; 0: part of the register from the start."""
    bought_at: int = 0
    purchases: int = 0
    gone: bool = False
    phone: int = 0
    email: int = 0
    address: int = 0
    status: int = 0
    name: int = 0
    document: int = 0
    events: tuple[Event, ...] = ()
    """What changed orders, payments, deals or visits, the oldest first."""


UNTOUCHED = Story()

_KINDS = (
    ("purchase",) * 34
    + ("delivery",) * 8
    + ("payment",) * 5
    + ("deal",) * 3
    + ("phone",) * 10
    + ("email",) * 8
    + ("address",) * 8
    + ("status",) * 8
    + ("name",) * 3
    + ("document",) * 2
    + ("creation",) * 7
    + ("removal",) * 3
    + ("return",) * 1
)

TOUCHED: dict[str, tuple[str, ...]] = {
    "purchase": ("orders", "payments", "visits"),
    "delivery": ("orders",),
    "payment": ("payments",),
    "deal": ("deals",),
    "return": ("orders", "payments", "deals", "visits"),
}
"""The streams in which a change of a kind is seen, besides the customers' own."""


class Sighting(msgspec.Struct, frozen=True):
    """One customer as a listing meets it; instants in microseconds since 1970."""

    index: int
    story: Story
    updated_at: int
    listed_at: int
    """When it first took its place in the listing; never moves."""
    active_at: int
    """When it was last active before the story begins, and the listings of activity have it."""
    today: int
    """The midnight before the sandbox opened: what is due is due by this day."""


class Change(msgspec.Struct, frozen=True):
    """The ``k``-th thing that happens: a kind, and a number that picks to whom."""

    kind: str
    lot: int
    steady: bool
    """For the first customer, whatever the lot: a newcomer sees a change soon."""


def change(seed: int, number: int) -> Change:
    """The change ``number`` (from 0) of the sandbox with this seed."""
    if number % _STEADY_EVERY == 0:
        return Change(_STEADY[number // _STEADY_EVERY % len(_STEADY)], 0, steady=True)
    roll = roller(b"change", seed, number)
    return Change(_KINDS[roll() % len(_KINDS)], roll() << 32 | roll() << 16 | roll(), steady=False)


def after(story: Story, kind: str, now: int) -> Story:
    """The story once a change of ``kind`` happened at ``now`` (microseconds since 1970)."""
    if kind == "creation":
        return Story(changed_at=now, created_at=now)
    version, events = story.version + 1, story.events
    if kind in TOUCHED:
        events += (Event(kind, now, version),)
    told = msgspec.structs.replace(story, version=version, changed_at=now, events=events)
    if kind == "purchase":
        return msgspec.structs.replace(told, bought_at=now, purchases=story.purchases + 1)
    if kind in ("removal", "return"):
        return msgspec.structs.replace(told, gone=kind == "removal")
    return told if kind in TOUCHED else msgspec.structs.replace(told, **{kind: version})
