"""What README and docs say of the speed, made of one result that lies beside them.

``make bench ARGS="phases lookups --json docs/figures.json"`` measures; ``python -m
tests.bench.figures`` writes tables and picture anew. A test holds what is written against it.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

from tests.bench.phases import OURS
from tests.faults.prefork import ROOT

RESULT = ROOT / "docs" / "figures.json"
PICTURE = ROOT / "docs" / "images" / "first-load.svg"
PLACES = {ROOT / "README.md": "short", ROOT / "docs" / "performance.md": "long"}
"""Where figures stand, between the marks, and which."""
BEGIN, END = "<!-- figures: written by python -m tests.bench.figures -->", "<!-- end of figures -->"

_SHORT = {
    OURS: "Espelho: checked, indexed, sealed, encrypted",
    "dlt, flat": "`dlt`, one flat table in clear",
    "dlt, as it comes": "`dlt`, as it comes, in clear",
    "floor: fetch and insert, in clear, unchecked": "floor: fetch and insert, in clear, unchecked",
}


@dataclass(frozen=True)
class Figures:
    """One committed result."""

    machine: str
    phases: dict[str, dict[str, float]]
    lookups: dict[str, dict[str, float]]

    @property
    def loads(self) -> list[str]:
        """Who loaded everything."""
        return [name for name, row in self.phases.items() if "× dlt's best, CPU" in row]

    def block(self, which: str) -> str:
        """The text between the marks."""
        lines = self._short() if which == "short" else self._long()
        return "\n".join([BEGIN, *lines, END])

    def _short(self) -> Iterator[str]:
        ours = self.phases[OURS]
        yield (
            f"{ours['records']:,.0f} customers by HTTP, everybody by turns in one run "
            f"({self.machine}). Of `dlt` its best variant there is the measure."
        )
        yield ""
        yield (
            "| a first load | records a CPU second | records a second | peak MiB "
            "| × `dlt`, CPU | × `dlt`, wall |"
        )
        yield "|---|--:|--:|--:|--:|--:|"
        for name in self.loads:
            if name in _SHORT:
                yield self._load(_SHORT[name], self.phases[name])
        yield ""
        yield "| afterwards | CPU s | wall s | peak MiB |"
        yield "|---|--:|--:|--:|"
        for name in ("nothing changed", "1 % changed", "full sweep, nothing changed"):
            row = self.phases[name]
            yield f"| {name} | {row['CPU s']:.2f} | {row['wall s']:.2f} | {row['peak MiB']:.0f} |"

    @staticmethod
    def _load(name: str, row: dict[str, float]) -> str:
        rates = f"{row['records a CPU s']:,.0f} | {row['records a s']:,.0f} | {row['peak MiB']:.0f}"
        times = (row[f"× dlt's best, {what}"] for what in ("CPU", "wall"))
        return f"| {name} | {rates} | {' | '.join(f'{one:.2f}' for one in times)} |"

    def _long(self) -> Iterator[str]:
        yield f"Measured on {self.machine}."
        yield ""
        yield f"![Records a CPU second of a first load]({PICTURE.relative_to(ROOT / 'docs')})"
        for table in (self.phases, self.lookups):
            columns = list(dict.fromkeys(column for row in table.values() for column in row))
            yield ""
            yield f"| | {' | '.join(columns)} |"
            yield f"|---|{'--:|' * len(columns)}"
            for name, row in table.items():
                yield f"| {name} | {' | '.join(_told(row.get(column)) for column in columns)} |"

    def picture(self) -> str:
        """Bars, longest first: records a CPU second of whoever loaded everything."""
        bars = {name: self.phases[name]["records a CPU s"] for name in self.loads}
        return "\n".join(_bars(bars)) + "\n"


_WIDTH, _LINE, _LEFT, _MOST = 760, 30, 330, 340


def _bars(bars: dict[str, float]) -> Iterator[str]:
    height = _LINE * len(bars) + 44
    longest = max(bars.values())
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img" '
        'font-family="system-ui, sans-serif" font-size="14">'
    )
    yield "<title>Records a CPU second of a first load</title>"
    yield f'<rect width="{_WIDTH}" height="{height}" fill="#fff"/>'
    yield '<text x="10" y="22" font-weight="600">Records a CPU second of a first load</text>'
    for place, (name, rate) in enumerate(sorted(bars.items(), key=lambda bar: -bar[1])):
        top, wide = 36 + place * _LINE, rate / longest * _MOST
        colour, told = ("#0b6e4f" if name == OURS else "#9aa5b1"), escape(_named(name))
        yield f'<text x="{_LEFT - 8}" y="{top + 16}" text-anchor="end">{told}</text>'
        yield f'<rect x="{_LEFT}" y="{top}" width="{wide:.1f}" height="22" fill="{colour}"/>'
        yield f'<text x="{_LEFT + wide + 6:.1f}" y="{top + 16}">{rate:,.0f}</text>'
    yield "</svg>"


def _named(name: str) -> str:
    return "Espelho, encrypted and indexed" if name == OURS else name


def _told(figure: float | None) -> str:
    if figure is None:
        return "–"
    return f"{figure:,.0f}" if abs(figure) >= 100 or figure == int(figure) else f"{figure:.2f}"


def committed() -> Figures:
    """The result that lies beside the docs."""
    told: dict[str, Any] = json.loads(RESULT.read_text("utf-8"))
    return Figures(told["machine"], told["phases"], told["lookups"])


def with_block(text: str, block: str) -> str:
    """A page with these figures between its marks."""
    before, begins, rest = text.partition(BEGIN)
    _, ends, after = rest.partition(END)
    if not (begins and ends):
        raise ValueError("The page has no marks for figures.")
    return before + block + after


def main() -> None:
    """Write pages and picture anew."""
    found = committed()
    PICTURE.write_text(found.picture(), "utf-8")
    for page, which in PLACES.items():
        page.write_text(with_block(page.read_text("utf-8"), found.block(which)), "utf-8")


if __name__ == "__main__":
    main()
