"""`python -m tests.bench`: measures this machine and prints the figures as markdown."""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from tests.bench import compare
from tests.bench.measuring import Table, compile_once, machine
from tests.bench.workbench import Workbench


@dataclass(frozen=True)
class _Part:
    about: str
    usual: bool = False
    """Measured where no part is named."""


# In this order: what charges whole commands comes before what fills this process's own memory.
PARTS = {
    "phases": _Part(
        "a first load beside floors and dlt, changes, sweeps: whole commands", usual=True
    ),
    "stages": _Part("µs a record in each stage of a first load", usual=True),
    "lookups": _Part("a lookup by CPF, in the program and over HTTP", usual=True),
    "terminals": _Part("twenty terminals at once, beside a bare route, and during a sync"),
    "names": _Part("names: how often whoever is meant is found, and how fast (50,000 customers)"),
    "overhead": _Part("what standings cost a sync (6,000 customers)"),
    "presets": _Part("what each preset costs, in front of a fake of its master (1,000 customers)"),
    "standing": _Part("standings, lists and pages at size (100,000 customers)"),
}


def main(arguments: Sequence[str] | None = None) -> None:
    """What the arguments ask for: the figures of this checkout, or two side by side."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    if given[:1] == ["compare"]:
        compare.main(given[1:])
    else:
        _measure(_asked().parse_args(given))


def _measure(chosen: argparse.Namespace) -> None:
    """Measure, print the tables, and write them as JSON where asked."""
    names = chosen.parts or [name for name, part in PARTS.items() if part.usual]
    with tempfile.TemporaryDirectory(prefix="espelho-bench-") as place:
        compile_once(Path(place))
        with Workbench(Path(place), chosen.customers, chosen.turns, chosen.peers) as bench:
            tables = dict(_measured([name for name in PARTS if name in names], bench))
    if chosen.json:
        text = json.dumps({"machine": machine(), **tables}, indent=1, ensure_ascii=False)
        chosen.json.write_text(text + "\n", "utf-8")


def _asked() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench",
        description=__doc__,
        epilog="\n".join(f"{name:9} {part.about}" for name, part in PARTS.items())
        + "\n\ncompare CHECKOUT: two checkouts side by side; see compare --help",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], metavar="PART", help="see below")
    parser.add_argument(
        "--customers", type=int, metavar="N", help="so many instead of a part's usual size"
    )
    parser.add_argument(
        "--turns", type=int, metavar="N", help="measure so often what is told as a median"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    parser.add_argument(
        "--peers",
        type=Path,
        metavar="DIRECTORY",
        help="keep dlt and Datasette there",
    )
    return parser


def _measured(names: Sequence[str], bench: Workbench) -> Iterator[tuple[str, Table]]:
    print(machine())
    for name in names:
        print(f"… {name}", file=sys.stderr)
        table: Table = import_module(f"tests.bench.{name}").measure(bench)
        print("\n".join(report(PARTS[name].about, table)), flush=True)
        yield name, table


def report(title: str, table: Table) -> Iterator[str]:
    """A table as markdown."""
    columns = list(dict.fromkeys(column for row in table.values() for column in row))
    yield f"\n| {' | '.join([title, *columns])} |"
    yield f"|---|{'--:|' * len(columns)}"
    for name, row in table.items():
        yield f"| {' | '.join([name, *(_told(row.get(column)) for column in columns)])} |"


def _told(figure: float | None) -> str:
    if figure is None:
        return "–"
    if figure == int(figure) or abs(figure) >= 1_000:
        return f"{figure:,.0f}"
    return f"{figure:.1f}" if abs(figure) >= 10 else f"{figure:.2f}"


if __name__ == "__main__":
    main()
