"""A test that hangs fails with where it hung, and the others go on."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

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
    ours: list[Any] = ["-c", ROOT / "pyproject.toml", "--rootdir", tmp_path, "-o", "addopts="]
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
