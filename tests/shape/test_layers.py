"""The dependency diamond: two doors that do not know each other, above a mirror that knows none."""

import pytest
from importlinter.cli import lint_imports

from tests.shape.reading_code import ROOMS, ROOT


def test_the_rooms_import_each_other_only_downwards(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.chdir(ROOT)

    failed = lint_imports(no_cache=True, no_logo=True)

    told = capsys.readouterr().out
    assert not failed, told
    assert "Contracts: 0 kept" not in told


def test_the_code_has_these_rooms_and_no_other():
    code = {file.parent.name for file in ROOT.glob("*/__init__.py")}

    assert code == set(ROOMS)
