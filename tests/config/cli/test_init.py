import os
import stat
import subprocess

import pytest

from tests.faults.installation import Installation
from tests.faults.refusing import customers


def test_init_writes_what_is_needed_and_says_what_comes_next(tmp_path):
    made = Installation(tmp_path)

    told = made.must("init")

    assert stat.S_IMODE(made.key.stat().st_mode) == 0o600
    assert stat.S_IMODE(made.data.stat().st_mode) == 0o700
    assert made.file.exists()
    assert {file.name for file in made.data.iterdir()} >= {"mirror.db", "ledger.db"}
    assert "name your master there" in told
    assert "back it up, apart from the data" in told
    assert "espelho user add" in told


def test_what_a_command_makes_is_readable_by_its_user_only(tmp_path):
    made = Installation(tmp_path)
    before = os.umask(0)
    try:
        told = made.run("init", stdout=subprocess.DEVNULL)
    finally:
        os.umask(before)

    assert told.code == 0
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert {file.name for file in files} >= {"espelho.toml", "mirror.db", "ledger.db"}
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_the_settings_it_writes_are_right(tmp_path):
    made = Installation(tmp_path)
    made.must("init")

    told = made.run("sync")

    assert (told.code, told.out) == (3, "")
    assert "There is no source" in told.err
    text = made.file.read_text().replace("# [", "[").replace("# preset", "preset")
    for line in ("base_url", "interval", "sweep_at", "secrets", "default_ddd", "master_url"):
        text = text.replace(f"# {line}", line)
    made.file.write_text(text)
    assert "LOJA_TOKEN is empty or not set" in made.run("sync").err


def test_init_twice_changes_nothing(synced: Installation):
    before = customers(synced), synced.key.read_bytes(), synced.file.read_text()

    told = synced.must("init")

    assert (customers(synced), synced.key.read_bytes(), synced.file.read_text()) == before
    assert "Made the key" not in told
    assert "Wrote" not in told


def test_init_goes_on_where_it_was_broken_off(tmp_path):
    made = Installation(tmp_path)
    made.configure("http://127.0.0.1:1")
    made.must("init")
    (made.data / "ledger.db").unlink()

    made.must("init")

    assert made.must("user", "list").startswith("Nobody can log in yet")


@pytest.mark.parametrize("named", ["option", "variable"])
def test_another_file_can_be_named(tmp_path, named: str):
    made = Installation(tmp_path)
    other = tmp_path / "elsewhere" / "my.toml"
    other.parent.mkdir()
    if named == "option":
        made.must("--config", str(other), "init")
    else:
        made.environment["ESPELHO_CONFIG"] = str(other)
        made.must("init")

    assert {file.name for file in other.parent.iterdir()} == {"data", "espelho.key", "my.toml"}
    assert {file.name for file in tmp_path.iterdir()} == {"elsewhere"}
