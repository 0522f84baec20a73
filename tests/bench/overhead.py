"""What standings cost a whole sync, over HTTP: no rules, one system's, all four at once."""

import json
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from tests.bench import measuring
from tests.bench.measuring import Table
from tests.bench.workbench import Workbench, change
from tests.faults.installation import Installation, installed

RULES: dict[str, list[str]] = {
    "no rules": [],
    "conta_base": ["conta_base"],
    "ploomes": ["ploomes"],
    "all four": ["ploomes", "sell", "conta_base", "azata"],
}
_CUSTOMERS, _TURNS = 6_000, 3

_Takes = dict[str, tuple[list[tuple[int, float]], list[tuple[int, float]]]]
"""By rules: (records, CPU seconds) of every first sync, and of every one after changes."""


def measure(bench: Workbench) -> Table:
    """CPU seconds of a first sync, and of one after half of the customers changed."""
    customers, master = bench.customers(_CUSTOMERS), bench.master(_CUSTOMERS)
    takes: _Takes = {name: ([], []) for name in RULES}
    for turn in range(bench.turns(_TURNS)):
        ones = {
            name: _made(bench.place / f"overhead {turn} {name}", master, rules)
            for name, rules in RULES.items()
        }
        _sync_each(ones, takes, 0)
        change(master, customers // 2)
        _sync_each(ones, takes, 1)
    return {name: dict(_row(takes, name)) for name in RULES}


def _sync_each(ones: dict[str, Installation], takes: _Takes, which: int) -> None:
    for name, one in ones.items():
        takes[name][which].append(_synced(one))


def _made(place: Path, master: str, rules: list[str]) -> Installation:
    """An installation that follows every stream of the sandbox and judges by these rules."""
    one = installed(place, master)
    told = one.file.read_text().replace("streams = []\n", "")
    one.file.write_text(f"{told}\n[sources.loja.standing]\nrules = {json.dumps(rules)}\n")
    return one


def _synced(one: Installation) -> tuple[int, float]:
    """How many records came, and the CPU seconds of the command."""
    command = one.command("sync", "--json")
    cost, told = measuring.account(command, one.variables(), one.directory)
    reports = [json.loads(line) for line in told.splitlines()]
    return sum(report["figures"]["received"] for report in reports), cost.cpu_s


def _row(takes: _Takes, name: str) -> Iterator[tuple[str, float]]:
    for which, what in enumerate(("first sync", "changes")):
        spent = median(cpu_s for _, cpu_s in takes[name][which])
        least = median(cpu_s for _, cpu_s in takes["no rules"][which])
        yield f"{what}: records", takes[name][which][-1][0]
        yield f"{what}: CPU s", spent
        yield f"{what}: more %", (spent / least - 1) * 100
