"""Disks that are full, clocks that jump, connectors started twice, power that fails."""

import random
import subprocess
import threading
import time
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

import pytest
from sqlalchemy.exc import SQLAlchemyError

from config.failures import EXIT_DEFECT, told
from connector.schedule import Job, Schedule, SweepTime
from mirror.reading.freshness import freshness
from mirror.store import progress
from mirror.store.lease import LeaseTaken
from mirror.store.sqlite import open_mirror
from tests.fakes.hostile import Asked
from tests.fakes.looking import point
from tests.fakes.master import at, record
from tests.faults import invariants
from tests.hostile.catalogue import Case, Outcomes, plays
from tests.hostile.machine import FOLLOWS, HOLDS, another_process, full_disk, without_power
from tests.hostile.outcomes import ACCEPTED, IGNORED, REFUSED
from tests.hostile.scene import Scene, good_master

HOUR_S = 3600
PATIENCE_S = 60
STATES = 40
"""Of a disk after the power failed; each differs in where and how its log ends."""


@plays("E01")
def a_full_disk(scene: Scene, case: Case) -> Outcomes:
    """Nothing of the page stays, reading goes on, and with room the next run brings everything."""
    before, notes = scene.state(), random.Random(1).randbytes(300).hex()
    scene.good = good_master(*(record(n, notes=notes + str(n)) for n in range(201, 801)))
    scene.behave()
    with (
        full_disk(scene.data_dir / "mirror.db-wal", room=60_000),
        pytest.raises(SQLAlchemyError) as problem,
    ):
        scene.follow()
    sentence, code = told(problem.value)
    assert code != EXIT_DEFECT, sentence
    assert "whether it is full" in sentence
    assert scene.state() == before
    assert scene.browser().get("/clientes").status_code == 200
    assert scene.follow().ok
    assert len(scene.people()) == len(scene.good.records)
    return REFUSED


@plays("E02")
def a_clock_set_back(scene: Scene, case: Case) -> Outcomes:
    """The runs go on by the other clock, and what they bring is no older for it."""
    scene.good.put(record(500, updated_at=at(500)))
    scene.behave()
    earlier = SimpleNamespace(time_ns=lambda: time.time_ns() - HOUR_S * 10**9)
    ran, monotonic = threading.Semaphore(0), [1_000.0]

    def once() -> None:
        with mock.patch.object(progress, "time", earlier):
            scene.follow()
        ran.release()

    made = Schedule([Job("loja", 60, SweepTime("03:15", UTC), once)], lambda: monotonic[0])
    made.scheduler.start()
    try:
        assert ran.acquire(timeout=PATIENCE_S)
        # Set back by an hour, the wall clock has the next appointment an hour away.
        away = datetime.now(UTC) + timedelta(hours=1)
        made.scheduler.modify_job("loja", next_run_time=away)
        scene.good.put(record(500, version=2, updated_at=at(501)))
        monotonic[0] += 2 * 60
        made.watch()
        assert ran.acquire(timeout=PATIENCE_S), "no run within two intervals"
    finally:
        made.scheduler.shutdown(wait=True)
    assert scene.people()["500"]["version"] == 2
    age = freshness(scene.db, datetime.now(UTC) - timedelta(hours=1)).age_s
    assert age is not None
    assert 0 <= age < 60
    return ACCEPTED


@plays("E04")
def a_second_connector(scene: Scene, case: Case) -> Outcomes:
    """It is told so before it asks the master anything; the killed first leaves nothing behind."""
    scene.behave()
    before = scene.state()
    with another_process(scene, HOLDS) as first:
        assert first.stdout
        assert first.stdout.readline() == "held\n"
        with pytest.raises(LeaseTaken, match=f"pid {first.pid}"):
            scene.follow()
    assert scene.asked == []
    assert scene.state() == before
    assert scene.follow().ok
    return REFUSED


@plays("E05")
def power_that_fails(scene: Scene, case: Case) -> Outcomes:
    """A run is killed between its batches; whatever the disk kept of its log is a whole mirror."""
    many = [record(number, updated_at=at(number)) for number in range(201, 801)]
    scene.good = good_master(*many, size=50)
    with another_process(scene, FOLLOWS) as victim:
        _killed_at_page(scene, victim, 9)
    cursors, dice = set(), random.Random(5)
    for number in range(STATES):
        copy = without_power(scene.data_dir, scene.data_dir.parent / f"state {number}", dice)
        cursors.add(_checked(scene, copy, whole=number < 4))
    assert len(cursors) >= 3
    return IGNORED


def _killed_at_page(scene: Scene, victim: "subprocess.Popen[str]", page: int) -> None:
    reached = threading.Event()

    def script(asked: Asked) -> bytes:
        if len(scene.asked) >= page:
            victim.kill()
            reached.set()
        return scene.well(asked)

    scene.turn(script)
    assert reached.wait(PATIENCE_S)
    assert victim.wait(PATIENCE_S) != 0


def _checked(scene: Scene, copy: Path, *, whole: bool) -> str | None:
    """How far this state had come: everybody up to its cursor is in it, and nobody else."""
    with closing(open_mirror(copy, scene.db.keys)) as db:
        there, cursor = invariants.check(db), point(db).cursor
        for item in scene.good.records.values():
            assert (str(item["id"]) in there) == (item["updated_at"] <= (cursor or ""))
        if whole:
            resumed = replace(scene, db=db, data_dir=copy)
            resumed.behave()
            assert resumed.follow().ok
            assert len(resumed.people()) == len(scene.good.records)
    return cursor
