"""Connectors broken on purpose, each in one function: mistakes that real ones make."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from connector import sync
from connector.reconcile import Census
from connector.stream_run import Batch
from mirror.records import CUSTOMERS
from mirror.store import progress
from mirror.writing import BY_NAME, judgement
from mirror.writing.judgement import Plan, Shelf
from tests.model import sources

Break = Callable[[pytest.MonkeyPatch, Callable[[], datetime]], None]
"""Breaks the connector; the clock is the master's."""


def cursor_is_now(patch: pytest.MonkeyPatch, now: Callable[[], datetime]) -> None:
    """A page was committed, so everything until now was read. It was not."""
    save = progress.save_checkpoint

    def saving(connection: Any, point: Any) -> None:
        if point.cursor is not None:
            point.cursor = now().isoformat()
        save(connection, point)

    patch.setattr(progress, "save_checkpoint", saving)


def without_overlap(patch: pytest.MonkeyPatch, now: Callable[[], datetime]) -> None:
    """Ask for what is newer than the newest: whoever shares its instant or is seen late stays."""
    patch.setattr(sources, "OVERLAP", timedelta(microseconds=-1))


def absence_deletes(patch: pytest.MonkeyPatch, now: Callable[[], datetime]) -> None:
    """Who is not among the changes is gone."""
    begin = sync._Cycle.__init__

    def beginning(cycle: Any, *given: Any) -> None:
        begin(cycle, *given)
        ours = cycle._runs[CUSTOMERS]
        with cycle._db.reading() as connection:
            ours._census = Census(connection, cycle._source.name, BY_NAME[CUSTOMERS], {})

    patch.setattr(sync._Cycle, "__init__", beginning)


def whatever_comes_is_newer(patch: pytest.MonkeyPatch, now: Callable[[], datetime]) -> None:
    """The staleness guard is off: the later arrival wins, be it older."""

    def judge(
        plan: Plan[Any], arrival: Any, version: int, content_hash: bytes, counter: bool
    ) -> None:
        if arrival.content_hash == content_hash:
            plan.unchanged += 1
        else:
            plan.accepted[arrival.external_id] = arrival

    hashes = Shelf.hashes

    def unversioned(*asked: Any) -> Any:
        return {name: (*kept[:2], -1) for name, kept in hashes(*asked).items()}

    patch.setattr(judgement, "_judge", judge)
    patch.setattr(Shelf, "hashes", unversioned)


def cursor_comes_first(patch: pytest.MonkeyPatch, now: Callable[[], datetime]) -> None:
    """The cursor is committed, then the rows: two transactions, and a death in between."""
    commit = sync._Cycle.commit

    def committing(cycle: Any) -> None:
        ours = cycle._runs[CUSTOMERS]
        batch, ours.batch = ours.batch, Batch()
        commit(cycle)
        ours.batch = batch
        commit(cycle)

    patch.setattr(sync._Cycle, "commit", committing)


BROKEN: tuple[tuple[Break, str, bool], ...] = (
    (cursor_is_now, "counter", True),
    (without_overlap, "counter", False),
    (absence_deletes, "counter", False),
    (whatever_comes_is_newer, "queue", False),
    (cursor_comes_first, "timed", True),
)
"""Each with a style of master to be found by; and whether by the cursor itself, or only by what
comes of it, which takes longer to happen."""
