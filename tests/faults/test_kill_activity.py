"""A sync killed among orders and payments: afterwards a mirror stands where a new one would.

`ESPELHO_KILLS` sets how many kills (a quarter of it here), `ESPELHO_SEED` which ones.
"""

import random
import subprocess
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from connector.sandbox import Sandbox
from mirror.facets import NARROW
from mirror.standing.verdict import opened_axes
from mirror.store.engine import Database
from mirror.store.sealing import load_key
from mirror.store.sqlite import open_mirror
from mirror.store.tables import TABLES, charge_total, customer, standing
from tests.fakes import facet_sets
from tests.faults.installation import TOKEN, Installation, installed
from tests.faults.masters import Master
from tests.faults.test_kill import BEFORE_IT_BEGINS, KILLS, SEED, Clock, _wait_for_lease

pytestmark = pytest.mark.timeout(600)

CUSTOMERS = 250
# The sandbox has no replica that could be behind: who is gone is gone, however lately they changed.
RULES = """
[sources.loja.stream.since]
overlap_s = 1

[sources.loja.standing]
rules = ["conta_base", "azata", "ploomes", "sell"]
loss_reasons = ["Desistência"]
"""


def test_a_mirror_killed_anywhere_stands_where_a_new_one_does(tmp_path: Path) -> None:
    dice, clock = random.Random(SEED), Clock()
    print(f"ESPELHO_KILLS={KILLS} ESPELHO_SEED={SEED}")
    box = Sandbox(CUSTOMERS, SEED % 1_000, TOKEN, 300, clock=clock)
    with box.running() as url, closing(Master(url)) as master:
        victim = _installed(tmp_path / "victim", url)
        for turn in range(max(1, KILLS // 4)):
            _killed(victim, dice, sweep=turn > 1 and dice.random() < 0.4)
            with closing(_mirror(victim)) as db, db.reading() as connection:
                facet_sets.check(db, connection)
            master.change(dice.randint(1, 60))
        with clock.stopped():
            victim.must("sync")
            victim.must("sync", "--full")
            new = _installed(tmp_path / "new", url)
            new.must("sync")
            found, expected = _state(victim), _state(new)

    for name, rows in expected.items():
        assert found[name] == rows, name
    assert all(expected.values())


def _installed(directory: Path, url: str) -> Installation:
    made = installed(directory, url, more=RULES)
    made.file.write_text(made.file.read_text("utf-8").replace("streams = []\n", ""), "utf-8")
    made.module = "tests.faults.small_batches"
    return made


def _killed(victim: Installation, dice: random.Random, *, sweep: bool) -> None:
    process = victim.start("sync", *(("--full",) if sweep else ()))
    if dice.random() > BEFORE_IT_BEGINS:
        _wait_for_lease(victim, process)
    try:
        process.wait(dice.uniform(0, 3))
    except subprocess.TimeoutExpired:
        process.kill()
    process.communicate()


def _mirror(made: Installation) -> Database:
    return open_mirror(made.data, load_key(made.key), read_only=True)


def _state(made: Installation) -> dict[str, Any]:
    """Everything of the mirror that does not depend on when and in which order it was written."""
    with closing(_mirror(made)) as db, db.reading() as connection:
        facet_sets.check(db, connection)
        names = dict(connection.execute(select(customer.c.id, customer.c.external_id)).all())
        sets = {
            facet: {names[one] for one in ids}
            for facet, ids in facet_sets.stored(connection).items()
        }
        judged = connection.execute(select(standing)).all()
        activity = {
            name: {
                row.external_id: (row.customer, row.state, row.amount, row.version)
                for row in connection.execute(select(table))
            }
            for name, table in TABLES.items()
        }
        return activity | {
            "standings": {names[row.customer]: opened_axes(row.axes) for row in judged},
            "facets": {facet: them for facet, them in sets.items() if facet[0] != NARROW},
            # Each installation has a key of its own, and its own word for a city.
            "narrowings": Counter(frozenset(sets[one]) for one in sets if one[0] == NARROW),
            "totals": {tuple(row) for row in connection.execute(select(charge_total))},
            "purchases": dict(
                connection.execute(
                    select(customer.c.external_id, customer.c.last_purchase_at)
                ).all()
            ),
        }
