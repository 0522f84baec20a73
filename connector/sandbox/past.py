"""How long somebody has been a customer, and when they last bought, before the story begins."""

from connector.sandbox.dice import Roll, roller
from connector.sandbox.story import Sighting
from connector.sandbox.timeline import DAY_US, SECOND_US


def past(seed: int, seen: Sighting) -> tuple[int, int]:
    """When a customer was registered and when they last bought, 0 for never."""
    return drawn(roller(b"dealings", seed, seen.index), seen)


def drawn(roll: Roll, seen: Sighting) -> tuple[int, int]:
    """The same, from the first draws of ``roll``, whatever is drawn from it after that."""
    created_at = seen.story.created_at or seen.listed_at - _age(roll)
    lot = roll()
    if seen.story.created_at or lot % 4 == 0:
        return created_at, 0
    return created_at, max(created_at, seen.active_at - _quiet(lot, seen.active_at - created_at))


def _age(roll: Roll) -> int:
    """How long before its last change a customer was registered: one in eight was never changed."""
    return 0 if roll() % 8 == 0 else roll() % 1500 * DAY_US + roll() * SECOND_US


def _quiet(lot: int, known_for: int) -> int:
    """How long before their last activity somebody bought: days, weeks, or any time at all."""
    longest = (2 * DAY_US, 40 * DAY_US, known_for)[lot % 4 - 1]
    return max(0, longest) * lot >> 16
