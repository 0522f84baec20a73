"""Every preset against a page as its master sends it: each field, and nothing that is not there."""

from pathlib import Path

import pytest

from config.sources import preset, presets
from tests.fakes.payloads import PAYLOADS, Sent, payload, read, sent

FILES = sorted(PAYLOADS.glob("*.json"))
OF_OTHERS = {"sell"}
"""Presets that do not speak the declared protocol; their own tests have their payloads."""


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_page_as_the_master_sends_it_is_read_field_by_field(file: Path):
    kept = payload(file)
    name = kept["preset"]

    assert list(read(sent(name, kept))) == kept["customers"]
    for stream, one in kept.get("streams", {}).items():
        assert list(read(sent(name, kept, stream))) == one["records"]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_how_its_lines_are_broken_changes_nothing(file: Path, monkeypatch: pytest.MonkeyPatch):
    kept = payload(file)
    monkeypatch.setattr(Sent, "indent", 4)

    assert list(read(sent(kept["preset"], kept))) == kept["customers"]


def test_every_preset_has_a_page():
    there = {payload(file)["preset"] for file in FILES}
    declared = {name for name in presets() if preset(name).get("protocol", "rest") == "rest"}

    assert declared == there
    assert set(presets()) - declared == OF_OTHERS
