"""What a customer's standings are at an instant, and how they came about."""

import msgspec
from sqlalchemy import select

from mirror.database import Database
from mirror.standing.axes import AXES
from mirror.standing.conta_base import archived_as
from mirror.standing.facts import Step
from mirror.standing.tables import standing

RECEIVED, DERIVED = "received", "derived"


class Standing(msgspec.Struct, frozen=True):
    """One axis of a customer at one instant."""

    axis: str
    value: str
    """A value of the axis, or the master's own word where it is none of them."""
    origin: str
    """``received`` from the master, or ``derived`` by the rules."""
    derived: str
    """What the rules say, also where the master says something else."""
    since: int
    """Since when the rules say so, microseconds since 1970; 0 where nobody knows."""
    steps: tuple[Step, ...]
    """How the rules came to it, oldest first, as far as they have come."""
    coming: Step | None
    """What time alone will bring."""
    churn: str | None = None
    """Of an archived customer of Conta Base: ``churn`` or ``lost``."""

    @property
    def differs(self) -> bool:
        """Whether the master and the rules say different things; reported, never repaired."""
        return self.value != self.derived


_decode = msgspec.msgpack.Decoder(tuple[Step, ...]).decode
_OF = select(standing.c.axis, standing.c.received, standing.c.steps)


def standings(db: Database, customer_id: int, now: int) -> list[Standing]:
    """The standings of a customer at ``now``, in the order of the axes.

    Never behind the clock: a step that came since the last review counts, as it does in lists.
    """
    with db.reading() as connection:
        rows = connection.execute(_OF.where(standing.c.customer == customer_id)).all()
    found = {row[0]: _at(row[0], row[1], _decode(row[2]), now) for row in rows}
    return [found[axis] for axis in AXES if axis in found]


def _at(axis: str, received: str | None, steps: tuple[Step, ...], now: int) -> Standing:
    come = 1 + sum(step.at <= now for step in steps[1:])
    last, coming = steps[come - 1], steps[come : come + 1]
    archived = axis == "conta_base" and received == "archived"
    return Standing(
        axis=axis,
        value=received or last.value,
        origin=RECEIVED if received else DERIVED,
        derived=last.value,
        since=last.at,
        steps=steps[:come],
        coming=coming[0] if coming else None,
        churn=archived_as(last.value) if archived else None,
    )
