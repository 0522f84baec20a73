"""`python -m tests.bench`: measures this machine and prints the figures as markdown."""

import argparse
import json
import platform
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from tests.bench.phases import CLEAR, STORAGE, Figures, measure


def main() -> None:
    """Measure, print the tables, and write them as JSON where asked."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="espelho-bench-") as place:
        figures = measure(chosen.customers, Path(place), _say)
    print("\n".join(report(figures)))
    if chosen.json:
        chosen.json.write_text(json.dumps(_plain(figures), indent=1))


def report(figures: Figures) -> Iterator[str]:
    """The figures as markdown tables."""
    yield f"## {figures.customers:,} customers, {platform.python_implementation()} " + (
        f"{platform.python_version()} on {platform.machine()}\n"
    )
    yield from _phases(figures)
    yield "\n| stage of an initial sync | µs a record |\n|---|--:|"
    for name, us in figures.stages_us.items():
        yield f"| {name} | {us:.1f} |"
    yield f"| **sum** | **{sum(figures.stages_us.values()):.1f}** |"
    yield "\n| one lookup | p50 µs | p99 µs | CPU µs |\n|---|--:|--:|--:|"
    for name, spread in figures.lookups.items():
        cpu = f"{spread['cpu_us']:.0f}" if "cpu_us" in spread else "–"
        yield f"| {name} | {spread['p50_us']:.0f} | {spread['p99_us']:.0f} | {cpu} |"


def _phases(figures: Figures) -> Iterator[str]:
    yield (
        "| phase | records | CPU s | records a CPU second | wall s | peak MiB "
        "| × clear | × storage | × both |"
    )
    yield "|---|--:|--:|--:|--:|--:|--:|--:|--:|"
    clear, storage = (_each(*figures.phases[name]) for name in (CLEAR, STORAGE))
    for name, (records, cost) in figures.phases.items():
        ratios = ("–", "–", "–")
        rate = "–"
        if records:
            each = _each(records, cost)
            rate = f"{1 / each:,.0f}"
            ratios = tuple(f"{each / floor:.2f}" for floor in (clear, storage, clear + storage))
        yield (
            f"| {name} | {records:,} | {cost.cpu_s:.2f} | {rate} | {cost.wall_s:.2f} "
            f"| {cost.peak_mib:.0f} | {' | '.join(ratios)} |"
        )


def _each(records, cost) -> float:
    return cost.cpu_s / records


def _plain(figures: Figures) -> dict[str, object]:
    plain = asdict(figures)
    plain["phases"] = {
        name: {"records": records, **asdict(cost)}
        for name, (records, cost) in figures.phases.items()
    }
    return plain


def _say(what: str) -> None:
    print(f"… {what}", file=sys.stderr)


if __name__ == "__main__":
    main()
