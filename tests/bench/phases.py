"""The measured story: a master is listed, followed, swept; each time the whole command is charged.

Whoever loads everything does it by turns: ours, both floors, dlt. Who begins changes each time, so
that what else the machine does is everybody's, and ratios are of what ran side by side.
"""

import json
import sys
from collections.abc import Callable
from functools import partial
from statistics import median

from tests.bench import measuring
from tests.bench.measuring import Cost, Table, middle
from tests.bench.peers import DLT, Peers
from tests.bench.workbench import Workbench, change
from tests.faults.installation import TOKEN, Installation, installed

_LOADS, _NOTHING_CHANGED, _SWEEPS, _SOME_CHANGED = 3, 5, 3, 3
OURS = "first load"
_CLEAR = "floor: fetch and insert, in clear, unchecked"
_STORAGE = "floor: sealed and encrypted storage alone"

_Takes = dict[str, list[Cost]]
"""By who loads: what it took, turn by turn."""


def measure(bench: Workbench) -> Table:
    """Every phase, both floors and dlt; some minutes for 100,000 customers on two cores."""
    takes = _loads(bench)
    table = {name: _load(bench.customers(), takes, name) for name in takes}
    return table | {name: _row(*found) for name, found in _followed(bench).items()}


def _loads(bench: Workbench) -> _Takes:
    turns = bench.turns(_LOADS)
    programs: dict[str, Callable[[Workbench, int], Cost]] = {
        OURS: partial(_ours, turns=turns),
        _CLEAR: partial(_floor, name="clear"),
        _STORAGE: partial(_floor, name="storage"),
    }
    if bench.peers:
        programs |= {name: partial(_dlt, bench.peers, one) for name, one in DLT.items()}
    takes: _Takes = {name: [] for name in programs}
    for turn in range(turns):
        print(f"… turn {turn + 1} of {turns}", file=sys.stderr)
        first = turn % len(programs)
        for name in [*programs][first:] + [*programs][:first]:
            takes[name].append(programs[name](bench, turn))
    return takes


def _ours(bench: Workbench, turn: int, turns: int) -> Cost:
    last = turn == turns - 1  # the one that is followed
    made = bench.mirror if last else installed(bench.place / f"load {turn}", bench.master())
    records, cost = _charged(made)
    if records != bench.customers():
        raise RuntimeError(f"{records} of {bench.customers()} customers were read.")
    return cost


def _floor(bench: Workbench, turn: int, name: str) -> Cost:
    at = bench.place / f"{name} {turn}.db"
    given = (bench.master(), TOKEN) if name == "clear" else (str(bench.customers()),)
    command = [sys.executable, "-m", "tests.bench.floors", name, *given, str(at)]
    return measuring.account(command, bench.mirror.variables(), bench.place)[0]


def _dlt(peers: Peers, variant: str, bench: Workbench, turn: int) -> Cost:
    command = peers.loading(variant, bench.master(), TOKEN, bench.place / f"dlt {variant} {turn}")
    return measuring.account(command, bench.mirror.variables(), bench.place)[0]


def _followed(bench: Workbench) -> dict[str, tuple[int, Cost]]:
    """What follows a first load: how many records it went through, and what it took."""
    made, phases = bench.mirror, dict[str, tuple[int, Cost]]()
    unchanged = [_charged(made)[1] for _ in range(bench.turns(_NOTHING_CHANGED))]
    phases["nothing changed"] = 0, middle(unchanged)
    swept = [_charged(made, "--full") for _ in range(bench.turns(_SWEEPS))]
    phases["full sweep, nothing changed"] = swept[0][0], middle(cost for _, cost in swept)
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


def _load(records: int, takes: _Takes, name: str) -> dict[str, float]:
    row = _row(records, middle(takes[name]))
    for told, read in (("CPU", _cpu), ("wall", _wall)):
        loaders = [one for one in DLT if one in takes]
        if loaders:
            best = min(loaders, key=lambda one: median(map(read, takes[one])))
            row[f"× dlt's best, {told}"] = _times(takes[best], takes[name], read)
    floors = [_cpu(a) + _cpu(b) for a, b in zip(takes[_CLEAR], takes[_STORAGE], strict=True)]
    both = zip(takes[name], floors, strict=True)
    return row | {"CPU of both floors, ×": median(_cpu(one) / floor for one, floor in both)}


def _times(slow: list[Cost], fast: list[Cost], read: Callable[[Cost], float]) -> float:
    """How many times as fast: the median of the turns in which both ran."""
    return median(read(one) / read(other) for one, other in zip(slow, fast, strict=True))


def _row(records: int, cost: Cost) -> dict[str, float]:
    row = {"CPU s": cost.cpu_s, "wall s": cost.wall_s, "peak MiB": cost.peak_mib}
    if not records:
        return row
    rates = {"records a CPU s": records / cost.cpu_s, "records a s": records / cost.wall_s}
    return {"records": records} | rates | row


def _cpu(cost: Cost) -> float:
    return cost.cpu_s


def _wall(cost: Cost) -> float:
    return cost.wall_s
