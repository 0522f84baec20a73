"""The units for systemd: hardened alike, and no looser than systemd itself judges them."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.shape.reading_code import ROOT

UNITS = sorted((ROOT / "docs/systemd").glob("*.service"))
HARDENED = (
    "LimitCORE=0", "NoNewPrivileges=yes", "ProtectSystem=strict", "MemoryDenyWriteExecute=yes",
    "UMask=0077", "CapabilityBoundingSet=", "SystemCallFilter=@system-service",
    "ReadWritePaths=/var/lib/espelho", "Restart=always",
)  # fmt: skip
MOST_EXPOSED = 1.5
"""Of 10, by `systemd-analyze security`; "OK" ends at 4."""


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_a_unit_leaves_no_core_and_may_do_no_more_than_it_must(unit: Path) -> None:
    lines = unit.read_text().splitlines()
    assert [one for one in HARDENED if one not in lines] == []


def test_the_two_differ_in_what_they_run_and_when_only() -> None:
    web, connector = (set(unit.read_text().splitlines()) for unit in reversed(UNITS))
    keys = {line.partition("=")[0] for line in web ^ connector}
    assert keys == {"Description", "After", "Wants", "ExecStart", "RestartSec"}


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_systemd_finds_it_little_exposed(unit: Path) -> None:
    tool = shutil.which("systemd-analyze")
    if tool is None:
        pytest.skip("no systemd-analyze on this machine")
    told = subprocess.run(
        [tool, "security", "--offline=true", str(unit)], capture_output=True, text=True
    ).stdout  # what it cannot judge it says by its exit code too
    found = re.search(r"Overall exposure level for \S+: ([\d.]+)", told)
    assert found, told[-500:]
    assert float(found[1]) <= MOST_EXPOSED
