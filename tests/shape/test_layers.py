"""The dependency diamond: two doors that do not know each other, above a mirror that knows none."""

import subprocess
import sys
from pathlib import Path

from tests.shape.reading_code import ROOMS, ROOT


def test_the_rooms_import_each_other_only_downwards():
    # In a process of its own: the linter sets up logging for whoever runs it, for good.
    linter = Path(sys.executable).with_name("lint-imports")

    done = subprocess.run(
        [linter, "--no-cache", "--no-logo"], cwd=ROOT, capture_output=True, text=True
    )

    assert done.returncode == 0, done.stdout
    assert "Contracts: 0 kept" not in done.stdout


def test_the_code_has_these_rooms_and_no_other():
    code = {file.parent.name for file in ROOT.glob("*/__init__.py")}

    assert code == set(ROOMS)
