"""The dependency diamond: two doors that do not know each other, above a mirror that knows none."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

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


# One broken import a contract, all in one copy of the code: each contract must name its own.

BROKEN = {
    "The dependency diamond": ("connector/refresh.py", "web.app"),
    "The counter is read-only": ("web/customers/search.py", "mirror.writing.customers"),
    "The way in does not look": ("connector/preview.py", "mirror.reading.find"),
    "Inside the mirror": ("mirror/facets.py", "mirror.store.engine"),
    "Inside the connector": ("connector/page_reader.py", "connector.sync"),
    "The sandbox is a master": ("connector/sandbox/listing.py", "connector.mapping.values"),
    "Only connector.http speaks HTTP": ("connector/validation.py", "httpx"),
    "Screens do not know each other": ("web/charges.py", "web.months"),
    "Inside the web": ("web/look/formats.py", "web.terminals"),
}


def test_every_contract_tells_an_import_that_breaks_it(tmp_path):
    for room in ROOMS:
        shutil.copytree(ROOT / room, tmp_path / room, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for file, imported in BROKEN.values():
        with (tmp_path / file).open("a", encoding="utf-8") as opened:
            opened.write(f"\nimport {imported}\n")

    linter = Path(sys.executable).with_name("lint-imports")
    asked = {"cwd": tmp_path, "env": {**os.environ, "PYTHONPATH": str(tmp_path), "COLUMNS": "200"}}
    done = subprocess.run(
        [linter, "--no-cache", "--no-logo"], **asked, capture_output=True, text=True
    )

    told = _told_by_contract(done.stdout)
    expected = {name: f"{_dotted(file)} -> {there}" for name, (file, there) in BROKEN.items()}
    silent = [name for name, broken in expected.items() if broken not in told.get(name, "")]
    assert silent == []


def test_every_contract_is_broken_once():
    contracts = [one["name"] for one in _settings()["contracts"]]

    unbroken = [name for name in contracts if not any(map(name.startswith, BROKEN))]
    assert unbroken == []
    assert len(contracts) == len(BROKEN)


def test_every_room_of_the_connector_but_one_is_kept_from_http():
    [contract] = [one for one in _settings()["contracts"] if one["name"].startswith("Only ")]
    inside = (ROOT / "connector").iterdir()
    rooms = {f"connector.{one.stem}" for one in inside if one.stem.strip("_") == one.stem}

    assert rooms - {"connector.http"} <= set(contract["source_modules"])


def _settings() -> dict[str, Any]:
    read = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    return dict(read["tool"]["importlinter"])


def _told_by_contract(report: str) -> dict[str, str]:
    """What was told below each contract's heading, by the beginning of its name."""
    parts = re.split(r"^(.+)\n-+$", report, flags=re.MULTILINE)[1:]
    sections = dict(zip(parts[::2], parts[1::2], strict=True))
    return {
        short: text for short in BROKEN for name, text in sections.items() if name.startswith(short)
    }


def _dotted(file: str) -> str:
    return file.removesuffix(".py").replace("/", ".")
