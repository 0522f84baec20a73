"""A test that hangs fails with where it hung; a property that fails is shrunk for a while only."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.internal.conjecture import engine

from tests.shape.reading_code import ROOT

TESTS = """
import threading

import pytest


@pytest.mark.timeout(1)
def test_that_hangs():
    try:
        threading.Event().wait()
    except Exception:
        pass  # as code may that means well


def test_that_comes_after():
    pass
"""


def test_a_test_that_hangs_fails_and_the_others_go_on(tmp_path: Path):
    (tmp_path / "test_hanging.py").write_text(TESTS, "utf-8")

    command = [sys.executable, "-m", "pytest", "-p", "pytest_timeout", "-p", "no:cacheprovider"]
    ours = ["-c", ROOT / "pyproject.toml", "--rootdir", tmp_path, "-o", "addopts="]
    done = subprocess.run(
        [*command, *ours, tmp_path],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env=os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
    )

    assert done.returncode == 1
    assert "Timeout (>1.0s) from pytest-timeout" in done.stdout
    assert "1 failed, 1 passed" in done.stdout


def test_every_test_has_a_limit(pytestconfig: pytest.Config):
    assert 0 < float(pytestconfig.getini("timeout")) <= 300
    assert pytestconfig.getini("timeout_method") == "signal"


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
