"""Visits: pages of the shop's site that were looked at, some just before an order."""

from functools import partial

from connector.sandbox import keepsakes
from connector.sandbox.activity import Order, Visit, told
from connector.sandbox.dice import roller, scatter
from connector.sandbox.goods import page, page_of
from connector.sandbox.orders import STORY_NUMBERS, bought, past_orders
from connector.sandbox.past import past
from connector.sandbox.story import FIXED, Event, Sighting
from connector.sandbox.timeline import SECOND_US

_BROWSING = (0, 0, 0, 0, 0, 0, 0, 1, 2, 4)
_AFTER_BROWSING = 10
"""A visit that led to an order has its order's number, and this, for a number of its own."""
_ONLINE = 4
_LONGEST_S = 1_800


def visits(seed: int, seen: Sighting) -> list[Visit]:
    """Every visit that is known of a customer."""
    return told(_past_visits(seed, seen), seen.story, {"purchase": partial(_led, seed, seen)})


def _past_visits(seed: int, seen: Sighting) -> list[Visit]:
    if seen.story.created_at:
        return []
    browsed = keepsakes.visits(seen) if seen.index < FIXED else _browsed(seed, seen)
    bought_there = [
        order
        for order in past_orders(seed, seen)
        if order.kind == "pedido" and _waited(seed, seen.index, order.number) is not None
    ]
    return browsed + [_before(seed, seen, order) for order in bought_there]


def _browsed(seed: int, seen: Sighting) -> list[Visit]:
    many = _BROWSING[scatter(seed + 3_004, seen.index) % len(_BROWSING)]
    if not many:
        return []
    created_at, _ = past(seed, seen)
    draw, span = roller(b"visits", seed, seen.index), seen.active_at - created_at
    instants = sorted(created_at + (span * draw() >> 16) for _ in range(many))
    return [
        Visit(number=number, at=at, updated_at=seen.active_at, page=page(draw()))
        for number, at in enumerate(instants, 1)
    ]


def _led(seed: int, seen: Sighting, known: list[Visit], event: Event) -> None:
    if _waited(seed, seen.index, STORY_NUMBERS + event.version) is not None:
        known.append(_before(seed, seen, bought(seed, seen, event)))


def _waited(seed: int, index: int, number: int) -> int | None:
    """Seconds from the visit to the order, where it was placed on the site: one in four was."""
    roll = roller(b"visit", seed, index, number)
    return None if roll() % _ONLINE else roll() % _LONGEST_S


def _before(seed: int, seen: Sighting, order: Order) -> Visit:
    """The visit that led to an order placed on the site."""
    waited = _waited(seed, seen.index, order.number) or 0
    return Visit(
        number=order.number + _AFTER_BROWSING,
        at=order.at - waited * SECOND_US,
        updated_at=order.updated_at,
        page=page_of(order.lines[0].name),
        order=order.number,
    )
