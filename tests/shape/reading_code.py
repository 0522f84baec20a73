"""Reads this repository's own files: what the tests of its shape have in common."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
ROOMS = ("connector", "mirror", "web", "config")

Function = ast.FunctionDef | ast.AsyncFunctionDef


class Length(NamedTuple):
    lines: int
    where: str


def modules() -> list[Path]:
    """Every module of the program, migrations included."""
    return sorted(file for room in ROOMS for file in (ROOT / room).rglob("*.py"))


def name(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


def dotted(file: Path) -> str:
    """A module as an import names it; a package's `__init__` goes by the package."""
    return name(file).removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def opening(file: Path) -> str:
    """The first line of a module's docstring."""
    return (ast.get_docstring(tree(file)) or "").partition("\n")[0]


@cache
def tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text("utf-8"))


def functions(file: Path) -> Iterator[Length]:
    """Every function of a module, from ``def`` to its last line, its docstring not counted."""
    for node in ast.walk(tree(file)):
        if isinstance(node, Function):
            yield Length(_lines(node) - _docstring_lines(node), f"{name(file)}: {node.name}")


def pages() -> list[Path]:
    """What people read: the pages at the root and those in docs/."""
    return [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]


def _lines(node: ast.stmt) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def _docstring_lines(node: Function) -> int:
    return _lines(node.body[0]) if ast.get_docstring(node) else 0


def fenced(page: Path, kind: str) -> list[str]:
    """The code blocks of one kind, in order."""
    return re.findall(rf"(?ms)^```{kind}\n(.*?)^```", page.read_text("utf-8"))


def rows(page: Path, heading: str = "") -> list[list[str]]:
    """The cells of every table row below ``heading``, up to the next heading."""
    text = page.read_text("utf-8")
    if heading:
        text = re.split(r"(?m)^#", text.split(f"{heading}\n", 1)[1])[0]
    lines = [line for line in text.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]
    return [row for row in cells if row[0].strip("-|") != ""]
