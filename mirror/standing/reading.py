"""What a customer's standings are at an instant, and how they came about."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import select

from mirror.database import Database
from mirror.standing.axes import AXES
from mirror.standing.conta_base import archived_as
from mirror.standing.facts import Step
from mirror.standing.held import Held, opened
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
        """Whether the master's word holds against what the rules would make of the customer."""
        return self.value != self.derived


_OF = select(standing.c.customer, standing.c.axes)


def standings(db: Database, customer_id: int, now: int) -> list[Standing]:
    """The standings of a customer at ``now``, in the order of the axes.

    Never behind the clock: a step that came since the last review counts, as it does in lists.
    """
    with db.reading() as connection:
        row = connection.execute(_OF.where(standing.c.customer == customer_id)).first()
    found = {one.axis: _at(one, now) for one in opened(row[1])} if row else {}
    return [found[axis] for axis in AXES if axis in found]


def held(db: Database, axis: str, ids: Sequence[int], now: int) -> dict[int, Held]:
    """What each of these customers is along one axis at ``now``; who has no standing is left out.

    As lists count them: a step whose review is due has come.
    """
    with db.reading() as connection:
        rows = connection.execute(_OF.where(standing.c.customer.in_(ids))).all()
    return {row[0]: one.at(now) for row in rows for one in opened(row[1]) if one.axis == axis}


def _at(one: Held, now: int) -> Standing:
    come = 1 + sum(step.at <= now for step in one.steps[1:])
    last, coming = one.steps[come - 1], one.steps[come : come + 1]
    archived = one.axis == "conta_base" and one.received == "archived"
    return Standing(
        axis=one.axis,
        value=one.received or last.value,
        origin=RECEIVED if one.received else DERIVED,
        derived=last.value,
        since=last.at,
        steps=one.steps[:come],
        coming=coming[0] if coming else None,
        churn=archived_as(last.value) if archived else None,
    )
