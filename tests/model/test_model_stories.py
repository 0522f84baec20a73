"""Lives of a master that once went wrong, or nearly: each is lived again in every style."""

from collections.abc import Sequence

import pytest

from tests.model.faults import Plan
from tests.model.machine import Model
from tests.model.master import Change

REST = ("rest",)
"""Left in peace for one run."""
SWEEP = ("sweep",)
BEHIND = ("run", Plan(full=True, size=4, behind_s=30))
"""A sweep of which a replica that is behind answers every other page."""
EARLIER = [
    *[("put", 0, 0, 0), ("put", 1, 0, 0), ("put", 0, 0, 0), ("delete", 0, 0), ("put", 0, 0, 0)],
    *[("import", 10, 2), ("tick", 1), ("delete", 0, 0), ("put", 0, 0, 0), ("import", 15, 2)],
    *[("tick", 1), ("import", 20, 2), ("tick", 1)],
]
STORIES: dict[str, Sequence[Change]] = {
    "the newest could never be read and is gone": (
        *[("put", 4, 0, 0), ("tick", 1), ("put", 0, 0, 0), ("spoil", 0, 0), REST],
        *[("delete", 0, 0), REST],
    ),
    "nobody is left, and the newest could never be read": (
        *[*EARLIER, ("purge", 2), ("spoil", 0, 0), REST, REST, ("tick", 1), REST],
        *[("purge", 3), ("delete", 0, 0), REST],
    ),
    "the newest could not be read any more and is gone": (
        *[("put", 0, 0, 0), REST, ("tick", 1), ("spoil", 0, 0), REST, ("delete", 0, 0), REST],
    ),
    "one without a version is gone, and everybody older": (
        *[("put", 1, 0, 0), ("put", 2, 0, 0), REST, ("tick", 1), ("spoil", 1, 1), REST],
        *[("purge", 3), REST, SWEEP],
    ),
    "the newest was spoiled, purged and put again": (
        *[("put", 1, 0, 0), ("put", 3, 0, 0), ("spoil", 1, 0), REST, ("purge", 3), SWEEP],
        *[("tick", 1), ("put", 1, 2, 0), REST],
    ),
    "the newest was mended and deleted before a run": (
        *[("put", 4, 0, 0), ("tick", 1), ("put", 1, 0, 0), ("spoil", 1, 0), REST],
        *[("mend", 1), ("delete", 1, 0), REST, SWEEP, ("put", 2, 0, 0), REST],
    ),
    "who is left was written long before the cursor": (
        *[("put", 0, 0, 0), ("tick", 4_000), ("put", 1, 0, 0), ("spoil", 1, 0), REST],
        *[("delete", 1, 0), SWEEP, REST, ("put", 2, 0, 30), REST, ("tick", 30), REST],
    ),
    "one was made just before a sweep by a replica that is behind": (
        *[("import", 10, 6), ("tick", 700), REST, ("put", 3, 2, 0), REST, BEHIND, REST],
        *[("tick", 700), ("put", 1, 0, 0), REST],
    ),
}
"""Each ends as all lives do: left in peace, swept, and held against its master.

The first two are what a cursor looked like that stands on one that left no trace: quarantined
when it was read, out of quarantine when a sweep missed it, and never with a row to bury. In the
last a sweep took a new customer for gone, whose tombstone then refused it to the runs of changes.
"""


def _take(step: Change, life: Model) -> None:
    match step:
        case ("rest",):
            life.rest()
        case ("sweep",):
            life.sweep()
        case ("run", plan):
            life.run(plan)
        case _:
            life.change_if_spared(step)


@pytest.mark.parametrize("style", Model.styles)
@pytest.mark.parametrize("story", STORIES.values(), ids=STORIES)
def test_the_mirror_is_the_master_after(
    story: Sequence[Change], style: str, machine: type[Model]
) -> None:
    life = machine()
    try:
        life.follow_as(style)
        for step in story:
            _take(step, life)
            life.nothing_is_ever_wrong()
    finally:
        life.teardown()
