"""A property is tried on what is typical first, the same way each time, and shrunk for a while."""

import ast
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.internal.conjecture import engine

from tests.shape.reading_code import ROOT


def _properties() -> Iterator[tuple[str, set[str]]]:
    for file in sorted((ROOT / "tests").rglob("test_*.py")):
        written = file.read_text("utf-8")
        for node in ast.walk(ast.parse(written)) if "@given" in written else ():
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                called = [one.func for one in node.decorator_list if isinstance(one, ast.Call)]
                names = {one.id for one in called if isinstance(one, ast.Name)}
                if "given" in names:
                    yield f"{file.relative_to(ROOT)}::{node.name}", names


def test_every_property_has_an_example_that_is_tried_first():
    properties = dict(_properties())

    assert len(properties) > 40
    assert [name for name, decorators in properties.items() if "example" not in decorators] == []


def test_shrinking_ends_when_its_time_is_over(monkeypatch: pytest.MonkeyPatch):
    assert 0 < engine.MAX_SHRINKING_SECONDS <= 30
    monkeypatch.setattr(engine, "MAX_SHRINKING_SECONDS", 0)
    seen: list[bool] = []

    @given(st.lists(st.integers(), min_size=5))
    def holds(numbers: list[int]) -> None:
        seen.append(sum(numbers) < 1_000)
        assert seen[-1]

    with pytest.raises(AssertionError):
        holds()

    assert len(seen[seen.index(False) :]) <= 5


def test_properties_are_tried_with_the_same_examples_each_time_and_by_no_clock():
    settled = settings.get_profile("settled")

    assert settled.derandomize
    assert settled.deadline is None
