"""A process that writes down many acts at once may be killed anywhere: no value without its row.

`ESPELHO_ACT_STEPS` sets between which steps it is killed: 1 is every one of them.
"""

import os
import subprocess
import sys
from collections import defaultdict
from contextlib import closing
from pathlib import Path

import pytest

from mirror.ledger import journal
from mirror.store.sealing import Keyring
from mirror.store.sqlite import create_databases, open_ledger
from tests.faults.acting import EACH, TOGETHER
from tests.faults.prefork import ROOT

APART = int(os.environ.get("ESPELHO_ACT_STEPS", "3"))
LAST = 120
"""After so many steps all groups but the last few have been written."""
pytestmark = pytest.mark.timeout(900)


def test_no_value_without_its_row_wherever_a_group_is_killed(
    tmp_path: Path,
) -> None:
    keys, data_dir = Keyring(bytes(range(32))), tmp_path / "data"
    create_databases(data_dir, keys)
    steps = range(1, LAST, APART)
    command = [sys.executable, "-m", "tests.faults.acting", str(data_dir), bytes(range(32)).hex()]
    ran = subprocess.run(
        [*command, *map(str, steps)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    shown, ended = defaultdict(set), {}
    for what, step, *rest in map(str.split, ran.stdout.splitlines()):
        if what == "shown":
            shown[step].add((rest[0], int(rest[1])))
        else:
            ended[step] = int(rest[0])
    assert set(ended) == {str(one) for one in steps}
    assert list(ended.values()).count(-9) > len(steps) / 2, "hardly any was killed"
    with closing(open_ledger(data_dir, keys)) as db:
        assert journal.verify(db).intact
        rows = journal.entries(db, limit=100_000)
    there = defaultdict(list)
    for one in rows:
        there[(one.detail or "").removeprefix("until ")].append((one.actor, one.customer))
    missing = {step: left for step in ended if (left := shown[step] - set(there[step]))}
    assert not missing
    for step, code in ended.items():
        assert len(set(there[step])) == len(there[step]), "a row that is there twice"
        # Of who was killed a row may be there whose answer never came, once for each who waited.
        assert len(there[step]) - len(shown[step]) <= (TOGETHER if code else 0)
        assert code or len(there[step]) == TOGETHER * EACH
