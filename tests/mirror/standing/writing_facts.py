"""Facts and steps as one writes them down: short deals in, one line a step out."""

from datetime import datetime

from mirror.instants import ZONE
from mirror.standing import DealFact, Event, Step


def lines(steps: tuple[Step, ...]) -> list[str]:
    """``10 active sale orders:1``: instant, value, rule and, where there are, about and detail."""
    parts = ((s.at, s.value, s.rule, s.about, s.detail) for s in steps)
    return [" ".join(str(part) for part in step if part is not None) for step in parts]


def values(steps: tuple[Step, ...]) -> list[str]:
    return [step.value for step in steps]


def events(*written: str) -> tuple[Event, ...]:
    """``10 A``: at instant 10, with the id A."""
    split = (one.split() for one in written)
    return tuple(Event(int(at), "".join(name)) for at, *name in split)


def deals(*written: str) -> tuple[DealFact, ...]:
    """``A won 10 20``: id, state, opened and closed (0: not said), then ``@employee`` if any."""
    return tuple(map(_deal, written))


def _deal(written: str) -> DealFact:
    plain, _, employee = written.partition(" @")
    name, state, opened, *closed = plain.split()
    closed_at = int(closed[0]) if closed and closed[0] != "0" else None
    return DealFact(name, state, int(opened), closed_at, employee=employee or None)


def here(written: str) -> int:
    """The instant of a local time like ``2026-03-01 14:00``, in microseconds."""
    local = datetime.fromisoformat(written).replace(tzinfo=ZONE)
    return int(local.timestamp()) * 1_000_000
