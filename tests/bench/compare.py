"""`python -m tests.bench compare CHECKOUT`: two checkouts side by side, by what both promise.

Whole commands and requests over HTTP alone: no name inside of either is used, so that what was
moved, renamed or merged is measured like what was not. Both follow one master, the sandbox of this
checkout. Every measurement of one is followed by the same of the other, and who goes first changes
each turn: what else the machine does is shared by both.
"""

import argparse
import json
import os
import re
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from tests.bench import measuring
from tests.bench.measuring import Cost, compile_once
from tests.bench.requests import asked
from tests.bench.workbench import Workbench, change, sandbox
from tests.faults.installation import Installation
from tests.faults.prefork import ROOT

_CUSTOMERS, _TURNS, _REQUESTS, _LIMIT = 10_000, 5, 300, 5.0
THERE, HERE = "there", "here"
_CHANGED = "1 % changed"
COMMANDS = (
    ("espelho init", 1, ("init",)),
    ("first load", 1, ("sync",)),
    ("nothing changed", 3, ("sync",)),
    ("full sweep, nothing changed", 1, ("sync", "--full")),
    (_CHANGED, 2, ("sync",)),
    ("espelho runs", 3, ("runs",)),
    ("espelho --help", 3, ("--help",)),
)
"""What is measured, how often in each turn, and its command; what is short wavers more."""
_UNITS: dict[str, Callable[[Cost], float]] = {
    "CPU s": lambda took: took.cpu_s,
    "wall s": lambda took: took.wall_s,
    "peak MiB": lambda took: took.peak_mib,
}
_JUDGED = re.compile(r", (CPU .*|peak MiB)$")
"""Times on the clock are told and not judged: on a machine that others use they are the others'."""

Takes = dict[str, dict[str, list[float]]]
"""By figure and side: what it was each time it was measured."""


@dataclass(frozen=True)
class Side:
    """One of the two checkouts, and what runs it."""

    name: str
    root: Path
    python: str

    def configured(self, directory: Path, master: str) -> Installation:
        """Settings that follow every stream of the master, and nothing else yet."""
        directory.mkdir(parents=True)
        made = Installation(directory, {"PYTHONPATH": str(self.root)}, python=self.python)
        made.configure(master)
        made.file.write_text(made.file.read_text("utf-8").replace("streams = []\n", ""), "utf-8")
        return made

    def must_run_itself(self, directory: Path) -> None:
        """An interpreter may know another checkout: nothing is measured by mistake."""
        command = (self.python, "-c", "import config; print(config.__file__)")
        environment = {**os.environ, "PYTHONPATH": str(self.root)}
        _, told = measuring.account(command, environment, directory)
        if not Path(told.strip()).is_relative_to(self.root):
            raise RuntimeError(f"{self.python} runs {told.strip()}, not {self.root}.")


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure both, print what each took and the ratio; ends with 1 where this one is worse."""
    chosen = _options().parse_args(arguments)
    sides = [_side(THERE, chosen.checkout.resolve()), _side(HERE, ROOT)]
    with tempfile.TemporaryDirectory(prefix="espelho-bench-") as place:
        compile_once(Path(place))
        with Workbench(Path(place), chosen.customers, chosen.turns) as bench:
            takes = compared(sides, bench, chosen.requests)
    if chosen.json:
        chosen.json.write_text(json.dumps(takes, indent=1, ensure_ascii=False), "utf-8")
    rows = [_Row.of(name, both, 1 + chosen.limit / 100) for name, both in takes.items()]
    print("\n".join(_report(rows)))
    sys.exit(int(any(row.worse for row in rows)))


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench compare",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("checkout", type=Path, help="to compare with; its own .venv runs it")
    parser.add_argument("--customers", type=int, default=_CUSTOMERS, metavar="N")
    parser.add_argument("--turns", type=int, default=_TURNS, metavar="N")
    parser.add_argument("--requests", type=int, default=_REQUESTS, metavar="N", help="of each kind")
    parser.add_argument(
        "--limit", type=float, default=_LIMIT, metavar="PERCENT", help="more than this is worse"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every take there too")
    return parser


def _side(name: str, root: Path) -> Side:
    own = root / ".venv" / "bin" / "python"
    return Side(name, root, str(own) if own.exists() else sys.executable)


def compared(sides: Sequence[Side], bench: Workbench, requests: int) -> Takes:
    """Every command in every turn, then every request, of both."""
    for side in sides:
        side.must_run_itself(bench.place)
    with sandbox(20) as small:  # what is compiled and first read from the disk counts for neither
        _live(sides, bench.place / "first", small, 1, {})
    takes: Takes = {}
    for turn in range(bench.turns(_TURNS)):
        print(f"… turn {turn + 1}", file=sys.stderr)
        in_turn = sides if turn % 2 else sides[::-1]
        few = max(1, bench.customers() // 100)
        made = _live(in_turn, bench.place / str(turn), bench.master(), few, takes)
    print("… requests", file=sys.stderr)
    for name, found in asked(made, bench.master(), requests).items():
        _keep(takes, name, found)
    return takes


def _live(
    sides: Sequence[Side], place: Path, master: str, few: int, takes: Takes
) -> dict[str, Installation]:
    """A life of an installation of each, from its beginning to nothing to do, and what it cost."""
    made = {side.name: side.configured(place / side.name, master) for side in sides}
    for what, times, command in COMMANDS:
        for _ in range(times):
            if what == _CHANGED:
                change(master, few)
            for name, one in made.items():
                _keep(takes, name, _charged(one, what, *command))
    return made


def _charged(made: Installation, what: str, *command: str) -> dict[str, float]:
    took, _ = measuring.account(made.command(*command), made.variables(), made.directory)
    return {f"{what}, {unit}": read(took) for unit, read in _UNITS.items()}


def _keep(takes: Takes, side: str, found: Mapping[str, float]) -> None:
    for name, figure in found.items():
        takes.setdefault(name, {THERE: [], HERE: []})[side].append(figure)


@dataclass(frozen=True)
class _Row:
    name: str
    there: float
    here: float
    ratio: float
    """The median of what two that were measured one after the other are to each other."""
    least: float
    """What the least takes of both are to each other: the rest of them was others' doing."""
    worse: bool
    """By both ratios: whatever makes a command cost more raises each of its takes."""

    @classmethod
    def of(cls, name: str, both: dict[str, list[float]], limit: float) -> "_Row":
        pairs = zip(both[THERE], both[HERE], strict=True)
        ratio = median(here / there for there, here in pairs)
        least = min(both[HERE]) / min(both[THERE])
        worse = min(ratio, least) > limit and bool(_JUDGED.search(name))
        return cls(name, median(both[THERE]), median(both[HERE]), ratio, least, worse)


def _report(rows: Sequence[_Row]) -> Iterator[str]:
    yield "| | there | here | here ÷ there | of the least | |\n|---|--:|--:|--:|--:|---|"
    for row in rows:
        mark = "worse" if row.worse else ""
        yield (
            f"| {row.name} | {row.there:.2f} | {row.here:.2f} "
            f"| {row.ratio:.3f} | {row.least:.3f} | {mark} |"
        )
