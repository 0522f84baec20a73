"""Measures what standings cost a whole sync, over HTTP: no rules, one system's, all four at once.

python -m tests.bench.overhead [customers]
"""

import json
import sys
import tempfile
from pathlib import Path
from statistics import median

from tests.bench.measuring import account
from tests.bench.phases import change, sandbox
from tests.faults.installation import Installation, installed

RULES = {
    "no rules": [],
    "conta_base": ["conta_base"],
    "ploomes": ["ploomes"],
    "all four": ["ploomes", "sell", "conta_base", "azata"],
}
TURNS = 3


def made(place: Path, master: str, rules: list[str]) -> Installation:
    """An installation that follows every stream of the sandbox and judges by these rules."""
    one = installed(place, master)
    told = one.file.read_text().replace("streams = []\n", "")
    one.file.write_text(f"{told}\n[sources.loja.standing]\nrules = {json.dumps(rules)}\n")
    return one


def synced(one: Installation) -> tuple[int, float]:
    """How many records came, and the CPU seconds of the command."""
    cost, told = account(one.command("sync", "--json"), one.variables(), one.directory)
    reports = [json.loads(line) for line in told.splitlines()]
    return sum(report["figures"]["received"] for report in reports), cost.cpu_s


def main() -> None:
    """The table: CPU seconds of a first sync, and of one after half of the customers changed."""
    customers = int(sys.argv[1]) if len(sys.argv) > 1 else 6_000
    print("| rules | first sync | more | changes | more |\n|---|--:|--:|--:|--:|")
    with tempfile.TemporaryDirectory() as place, sandbox(customers) as master:
        first = {name: list[float]() for name in RULES}
        changed = {name: list[float]() for name in RULES}
        records = [0, 0]
        for turn in range(TURNS):
            ones = {
                name: made(Path(place) / f"{turn} {name}", master, rules)
                for name, rules in RULES.items()
            }
            for name, one in ones.items():
                records[0], cost = synced(one)
                first[name].append(cost)
            change(master, customers // 2)
            for name, one in ones.items():
                records[1], cost = synced(one)
                changed[name].append(cost)
    bases = [median(costs["no rules"]) for costs in (first, changed)]
    for name in RULES:
        mids = [median(costs[name]) for costs in (first, changed)]
        cells = [
            f"{mid:.2f} s | {mid / base - 1:+.0%}" for mid, base in zip(mids, bases, strict=True)
        ]
        print(f"| {name} | {' | '.join(cells)} |")
    print(f"\n{customers:,} customers; records read: {records[0]:,} and {records[1]:,}")


if __name__ == "__main__":
    main()
