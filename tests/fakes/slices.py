"""Where a room works in slices, and slices so short that a test goes through several."""

import ast
import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from types import ModuleType

import pytest

from mirror.store import engine

Line = tuple[str, int]
_LENGTHS = ("_AT_ONCE", "CHUNK")
"""How names of lengths end."""
_WAYS = ("chunks", "batched", "partitions")


def shorten(room: ModuleType, length: int, patch: pytest.MonkeyPatch) -> None:
    """Cut everything of a room into slices of so many."""
    patch.setattr(engine, "CHUNK", length)
    for module, name in _lengths(room):
        patch.setattr(module, name, length)


@lru_cache
def _lengths(room: ModuleType) -> list[tuple[ModuleType, str]]:
    names = (one.name for one in pkgutil.walk_packages(room.__path__, f"{room.__name__}."))
    modules = [importlib.import_module(name) for name in names if "migrations" not in name]
    return [
        (module, name)
        for module in modules
        for name, value in vars(module).items()
        if name.endswith("_AT_ONCE") and isinstance(value, int)
    ]


def untried(room: ModuleType, tried: Iterable[Callable[..., object]]) -> set[Line]:
    """Where a function of the room names what slices are cut by, and is none of those tried."""
    known: set[Line] = set()
    for function in tried:
        lines, first = inspect.getsourcelines(function)
        file = str(inspect.getsourcefile(function))
        known.update((file, first + number) for number in range(len(lines)))
    return {*_slicing(room)} - known


def _slicing(room: ModuleType) -> Iterator[Line]:
    for file in Path(str(room.__path__[0])).rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.FunctionDef):
                for inner in ast.walk(node):
                    if isinstance(inner, ast.Name) and _cuts(inner.id):
                        yield str(file), inner.lineno


def _cuts(name: str) -> bool:
    return name.endswith(_LENGTHS) or name in _WAYS
