"""The measured story: a master is listed, followed, swept; each time the whole command is charged.

The floors run in the same minutes, so that their ratio holds on a machine that others use too.
"""

import json
import sys

from tests.bench import measuring
from tests.bench.measuring import Cost, Table, middle
from tests.bench.workbench import Workbench, change
from tests.faults.installation import TOKEN, Installation

_NOTHING_CHANGED, _SOME_CHANGED = 5, 3
_CLEAR = "floor: fetch and insert, in clear, unchecked"
_STORAGE = "floor: sealed and encrypted storage alone"

_Phases = dict[str, tuple[int, Cost]]
"""By name: how many records it went through, and what it took."""


def measure(bench: Workbench) -> Table:
    """Every phase and both floors; a minute and a half for 100,000 customers on two cores."""
    phases = _syncs(bench) | _floors(bench)
    clear, storage = (_each(*phases[name]) for name in (_CLEAR, _STORAGE))
    floors = {"× clear": clear, "× storage": storage, "× both": clear + storage}
    return {name: _row(*found, floors) for name, found in phases.items()}


def _syncs(bench: Workbench) -> _Phases:
    made, phases = bench.mirror, _Phases()
    phases["initial sync"] = _charged(made)
    unchanged = [_charged(made)[1] for _ in range(bench.turns(_NOTHING_CHANGED))]
    phases["nothing changed"] = 0, middle(unchanged)
    phases["full sweep, nothing changed"] = _charged(made, "--full")
    changed = []
    for _ in range(bench.turns(_SOME_CHANGED)):
        change(bench.master(), max(1, bench.customers() // 100))
        changed.append(_charged(made))
    phases["1 % changed"] = changed[0][0], middle(cost for _, cost in changed)
    phases["sweep after deletions"] = _charged(made, "--full")
    return phases


def _charged(made: Installation, *options: str) -> tuple[int, Cost]:
    command = made.command("sync", "--json", *options)
    cost, told = measuring.account(command, made.variables(), made.directory)
    report = json.loads(told.splitlines()[-1])
    return report["figures"]["received"], cost


def _floors(bench: Workbench) -> _Phases:
    made, number = bench.mirror, bench.customers()
    floors = _Phases()
    for name, arguments in (
        (_CLEAR, ("clear", bench.master(), TOKEN, "clear.db")),
        (_STORAGE, ("storage", str(number), "storage.db")),
    ):
        command = [sys.executable, "-m", "tests.bench.floors", *arguments]
        floors[name] = number, measuring.account(command, made.variables(), made.directory)[0]
    return floors


def _row(records: int, cost: Cost, floors: dict[str, float]) -> dict[str, float]:
    row = {"CPU s": cost.cpu_s, "wall s": cost.wall_s, "peak MiB": cost.peak_mib}
    if not records:
        return row
    each = _each(records, cost)
    ratios = {name: each / floor for name, floor in floors.items()}
    return {"records": records, "records a CPU second": 1 / each} | row | ratios


def _each(records: int, cost: Cost) -> float:
    return cost.cpu_s / records
