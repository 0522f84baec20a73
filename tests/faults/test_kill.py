"""A sync may be killed at any moment: what it leaves is whole, and a plain restart goes on.

`ESPELHO_KILLS` sets how many kills, `ESPELHO_SEED` which ones.
"""

import json
import os
import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import select

from connector.sandbox import Sandbox
from mirror.store.engine import Database
from mirror.store.lease import LOCK_FILE
from mirror.store.sealing import load_key
from mirror.store.sqlite import open_mirror
from mirror.store.tables import run
from tests.faults import invariants
from tests.faults.installation import SOURCE, TOKEN, Installation, installed
from tests.faults.masters import Known, Master, exported, is_broken, known, subject

KILLS = int(os.environ.get("ESPELHO_KILLS", "15"))
SEED = int(os.environ.get("ESPELHO_SEED", str(random.randrange(10**6))))
IN_A_ROW = 25
"""So many kills, then a restart to the end, and a new mirror from nothing."""
BEFORE_IT_BEGINS = 0.2
"""This share of the runs is killed within their length from the start of the process on, the others
from the moment on when they hold the lease: otherwise most would die while Python starts."""

pytestmark = pytest.mark.timeout(600)
CUSTOMERS = 1_800
CHANGES_A_MINUTE = 600
SMALL_PAGES = "\n[sources.loja.stream]\npage.size = 100\n"


class Clock:
    """The master's clock; while it is stopped, nothing changes by itself."""

    def __init__(self) -> None:
        self._stopped_at: float | None = None

    def __call__(self) -> float:
        return self._stopped_at or time.time()

    @contextmanager
    def stopped(self) -> Iterator[None]:
        self._stopped_at = time.time()
        yield
        self._stopped_at = None


@dataclass
class Victim:
    """An installation whose syncs are killed, beside a master that goes on changing."""

    made: Installation
    master: Master
    dice: random.Random
    typical_s: dict[str, float]
    """How long a run of each mode takes."""
    listed: bool = False

    def sync_killed(self, sweep: bool) -> bool:
        """Kill a run after a while drawn from its typical length; False when it was faster."""
        mode = ("sweep" if sweep else "changes") if self.listed else "initial"
        process = self.made.start("sync", *(("--full",) if sweep else ()))
        if self.dice.random() > BEFORE_IT_BEGINS:
            _wait_for_lease(self.made, process)
        try:
            process.wait(self.dice.uniform(0, self.typical_s[mode]))
        except subprocess.TimeoutExpired:
            process.kill()
        process.communicate()
        return process.returncode == -signal.SIGKILL

    def mirror(self) -> Database:
        """As the web opens it: read-only, right after the crash."""
        return open_mirror(self.made.data, load_key(self.made.key), read_only=True)

    def check(self) -> None:
        """What the killed run left is whole, and has everybody up to its cursor."""
        with closing(self.mirror()) as db:
            mirrored = invariants.check(db)
            self._check_cursor(invariants.cursor(db), mirrored)
            self.listed = invariants.listed(db)

    def _check_cursor(self, cursor: datetime | None, mirrored: dict[str, int]) -> None:
        # The mirror was read before the master: what changed in between is beyond the cursor. Of
        # those that share its instant some may be on the next page: the overlap brings them.
        if cursor is None:
            assert not mirrored
            return
        for record in self.master.records():
            if not is_broken(record) and datetime.fromisoformat(record["updated_at"]) < cursor:
                assert mirrored[str(record["id"])] == record["v"]

    def exported(self) -> dict[str, Known]:
        """What `espelho export` says of everybody."""
        text = self.made.must("export", "--clear", "--reason", "test of kills")
        rows = [json.loads(line) for line in text.splitlines()]
        assert len(rows) == len({row["external_id"] for row in rows})
        return {row["external_id"]: exported(row) for row in rows}

    def sweep(self) -> None:
        """A full sweep to its end; a removal too large to be believed is let go."""
        if json.loads(self.made.must("sync", "--full", "--json"))["figures"]["held"]:
            self.made.must("hold", "release", SOURCE)
            assert not json.loads(self.made.must("sync", "--full", "--json"))["figures"]["held"]


@pytest.mark.parametrize("first", range(0, KILLS, IN_A_ROW))
def test_a_mirror_survives_being_killed_at_any_moment(tmp_path: Path, first: int) -> None:
    seed, clock = SEED + first, Clock()
    print(f"ESPELHO_KILLS={KILLS} ESPELHO_SEED={SEED}")
    box = Sandbox(CUSTOMERS, seed, TOKEN, CHANGES_A_MINUTE, clock=clock)
    with box.running() as url, closing(Master(url)) as master:
        typical_s = _typical_lengths(_installed(tmp_path / "twin", url), master)
        made = _installed(tmp_path / "victim", url)
        victim = Victim(made, master, random.Random(seed), typical_s)
        killed = sum(_killed_once(victim) for _ in range(min(IN_A_ROW, KILLS - first)))
        in_the_middle = _interrupted(victim)
        print(f"{killed} killed, {in_the_middle} of them in the middle of a run; {typical_s}")
        assert in_the_middle
        with clock.stopped():
            _restart_and_compare(victim)


def _installed(directory: Path, url: str) -> Installation:
    made = installed(directory, url, more=SMALL_PAGES)
    made.module = "tests.faults.small_batches"
    return made


def _typical_lengths(twin: Installation, master: Master) -> dict[str, float]:
    def length(*options: str) -> float:
        process = twin.start("sync", *options)
        _wait_for_lease(twin, process)
        started = time.monotonic()
        assert process.wait() == 0
        return time.monotonic() - started

    found = {"initial": length()}
    master.change(100)
    return found | {"changes": length(), "sweep": length("--full")}


def _wait_for_lease(made: Installation, process: "subprocess.Popen[str]") -> None:
    lock = made.data / LOCK_FILE
    while process.poll() is None:
        if lock.exists() and lock.read_text().split(" ")[0] == str(process.pid):
            return
        time.sleep(0.005)


def _killed_once(victim: Victim) -> bool:
    victim.master.change(victim.dice.randint(1, 200))
    killed = victim.sync_killed(sweep=victim.dice.random() < 0.4)
    victim.check()
    return killed


def _interrupted(victim: Victim) -> int:
    # The history closes a run that was cut off when the next one begins.
    victim.made.must("sync")
    with closing(victim.mirror()) as db, db.reading() as connection:
        return Counter(connection.scalars(select(run.c.outcome)))["interrupted"]


def _believe_absence_at_once(made: Installation) -> None:
    """Let a sweep remove also whom the master changed a moment before it lost them."""
    with made.file.open("a", encoding="utf-8") as settings:
        settings.write("since.overlap_s = 0\n")


def _restart_and_compare(victim: Victim) -> None:
    raws = list(victim.master.raws())
    records = [msgspec.json.decode(raw) for raw in raws]
    sound = {str(record["id"]): known(record) for record in records if not is_broken(record)}
    victim.made.must("sync")
    assert sound.items() <= victim.exported().items()  # the rest is gone from the master
    _believe_absence_at_once(victim.made)
    victim.sweep()
    assert victim.exported() == sound
    victim.check()
    with closing(victim.mirror()) as db:
        broken = ((raw, record) for raw, record in zip(raws, records, strict=True))
        assert invariants.quarantined(db) == {
            subject(db.keys, raw, record) for raw, record in broken if is_broken(record)
        }
