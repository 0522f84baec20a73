"""The key file: made once for its owner's eyes, refused with what to do when it is not right."""

import os
import stat
from pathlib import Path

import pytest

from mirror.store.sealing import KEY_BYTES, KeyProblem, create_key, load_key


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "root.key"


def test_a_new_key_is_readable_by_its_owner_only_whatever_the_umask(file: Path):
    before = os.umask(0)
    try:
        create_key(file)
    finally:
        os.umask(before)

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len(file.read_bytes()) == KEY_BYTES


def test_two_new_keys_differ(tmp_path: Path):
    create_key(tmp_path / "a")
    create_key(tmp_path / "b")
    assert (tmp_path / "a").read_bytes() != (tmp_path / "b").read_bytes()


def test_a_key_loads_the_same_every_time(file: Path):
    create_key(file)
    assert load_key(file).derive("x") == load_key(file).derive("x")


def test_a_key_is_never_overwritten(file: Path):
    create_key(file)
    before = file.read_bytes()

    with pytest.raises(KeyProblem, match="exists already"):
        create_key(file)

    assert file.read_bytes() == before


def test_an_empty_file_in_its_place_is_not_overwritten_either(file: Path):
    file.touch()
    with pytest.raises(KeyProblem, match="exists already"):
        create_key(file)
    assert file.read_bytes() == b""


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o610, 0o601, 0o620, 0o602, 0o777])
def test_a_key_that_others_may_touch_is_refused_with_what_to_do(file: Path, mode: int):
    create_key(file)
    file.chmod(mode)
    with pytest.raises(KeyProblem, match=f"mode {mode:04o}.*chmod 600"):
        load_key(file)


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_a_key_of_its_owner_alone_is_accepted(file: Path, mode: int):
    create_key(file)
    file.chmod(mode)
    load_key(file)


def test_a_missing_key_is_told_with_what_to_do(file: Path):
    with pytest.raises(KeyProblem, match=r"missing.*espelho init.*backup"):
        load_key(file)


@pytest.mark.parametrize("length", [0, 31, 33, 64])
def test_a_file_that_is_no_key_is_told_by_its_length(file: Path, length: int):
    file.write_bytes(b"k" * length)
    file.chmod(0o600)
    with pytest.raises(KeyProblem, match=f"{length} bytes instead of 32") as refusal:
        load_key(file)
    assert "kkk" not in str(refusal.value)
