"""What a row of standings holds: each axis with what the master says and what the rules say."""

from collections.abc import Iterable

import msgspec

from mirror.standing.facts import Step


class Held(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One axis of one customer, as of the last review."""

    axis: str
    received: str | None
    """What the master says; then that is the standing."""
    derived: str
    """What the rules say."""
    since: int
    """When the rules came to it, microseconds since 1970."""
    review_at: int | None
    """When time alone moves it."""
    steps: tuple[Step, ...]
    """How it came about and what time will bring, oldest first."""

    def at(self, now: int) -> "Held":
        """The same at an instant: the steps that time alone has brought since have come."""
        if self.review_at is None or self.review_at > now:
            return self
        return held(self.axis, self.received, self.steps, now)

    @property
    def value(self) -> str:
        """The standing: the master's word where there is one."""
        return self.received or self.derived


def held(axis: str, received: str | None, steps: tuple[Step, ...], now: int) -> Held:
    """An axis with these steps, as of ``now``."""
    come = len(steps) - 1
    while come and steps[come].at > now:  # the beginning always has come
        come -= 1
    last, following = steps[come], steps[come + 1 : come + 2]
    review_at = following[0].at if following else None
    return Held(axis, received, last.value, last.at, review_at, steps)


def next_review(axes: Iterable[Held]) -> int | None:
    """When time alone moves the first of them."""
    return min((one.review_at for one in axes if one.review_at is not None), default=None)


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(tuple[Held, ...]).decode


def packed(axes: Iterable[Held]) -> bytes:
    """As a row keeps them."""
    return _encode(tuple(axes))


def opened(axes: bytes) -> tuple[Held, ...]:
    """As a row keeps them."""
    return _decode(axes)
