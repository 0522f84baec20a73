"""The runner says of each fault what became of it, and is content with none but those caught."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.shape.reading_code import ROOT

SUMS = "def add(one, other):\n    return one + other\n"
TESTS = "from sums import add\n\n\ndef test_a_sum():\n    assert add(2, 2) == 4\n"


def _patch(new: str, old: str = "    return one + other") -> str:
    head = "Promise: Two and two are four.\nCaught-by: tests/test_sums.py::test_a_sum\n---\n"
    return f"{head}--- a/sums.py\n+++ b/sums.py\n@@ -2 +2 @@\n-{old}\n+{new}\n"


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A checkout of another program, small enough to be wrong in every way."""
    (tmp_path / "tests/mutants").mkdir(parents=True)
    (tmp_path / "sums.py").write_text(SUMS, "utf-8")
    (tmp_path / "pyproject.toml").write_text("[tool.pytest.ini_options]\n", "utf-8")
    (tmp_path / "tests/test_sums.py").write_text(TESTS, "utf-8")
    return tmp_path


def _run(house: Path, **patches: str) -> "subprocess.CompletedProcess[str]":
    for name, text in patches.items():
        (house / f"tests/mutants/{name}.patch").write_text(text, "utf-8")
    return subprocess.run(
        [sys.executable, "-m", "tests.mutants", "--tree", house],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
    )


def test_whatever_is_not_caught_is_told_and_fails(house: Path) -> None:
    done = _run(
        house,
        less=_patch("    return one - other"),
        product=_patch("    return one * other"),
        gone=_patch("    return 0", old="    return other + one"),
        torn=_patch("    return one +"),
    )

    outcomes = {tuple(line.split()[::3][:2]) for line in done.stdout.splitlines() if " s  " in line}
    told = {("caught", "less"), ("SURVIVED", "product"), ("STALE", "gone"), ("BROKEN", "torn")}
    assert outcomes == told, done.stdout + done.stderr
    assert "1 of 4 faults caught" in done.stdout
    assert done.returncode == 1
    assert (house / "sums.py").read_text("utf-8") == SUMS


def test_all_caught_is_all_that_is_asked(house: Path) -> None:
    done = _run(house, less=_patch("    return one - other"))

    assert done.returncode == 0, done.stdout + done.stderr


def test_a_test_that_fails_without_a_fault_catches_none(house: Path) -> None:
    (house / "tests/test_sums.py").write_text(TESTS.replace("4", "5"), "utf-8")

    done = _run(house, less=_patch("    return one - other"))

    assert done.returncode == 1
    assert "Where nothing is wrong, tests fail" in done.stdout
    assert "0 of 1 faults caught" in done.stdout
