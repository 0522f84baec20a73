"""The scanner that other tests rest on finds a value wherever in a file it is, however written."""

import random
from pathlib import Path

import pytest

from tests.faults.scanner import Scanner

VALUE = "deuzenir@exemplo.com.br"
LONG = 300_000
"""Longer than whatever anybody would read at once."""
_BORDERS = (512, 1_000, 1_024, 2_000, 4_096, 8_192, 16_384, 65_536, 100_000, 131_072, 262_144)
_NOISE = random.Random(9).randbytes(LONG)


@pytest.fixture(scope="module")
def scanner() -> Scanner:
    return Scanner([VALUE, "52998224725"])


def hidden(at: int, value: bytes) -> bytes:
    return _NOISE[:at] + value + _NOISE[at + len(value) :]


def found(scanner: Scanner, tmp_path: Path, content: bytes) -> dict[str, set[str]]:
    deep = tmp_path / "one" / "two"
    deep.mkdir(parents=True)
    (deep / "clean").write_bytes(_NOISE)
    (deep / "file").write_bytes(content)
    return {Path(name).name: values for name, values in scanner.find_in(tmp_path).items()}


def test_nothing_is_found_in_noise(scanner: Scanner, tmp_path: Path) -> None:
    assert found(scanner, tmp_path, _NOISE) == {}
    assert scanner.find(b"") == set()


@pytest.mark.parametrize("at", [0, 1, LONG // 2, LONG - len(VALUE)])
def test_a_value_is_found_from_the_first_byte_to_the_last(
    scanner: Scanner, tmp_path: Path, at: int
) -> None:
    assert found(scanner, tmp_path, hidden(at, VALUE.encode())) == {"file": {VALUE}}


@pytest.mark.parametrize("border", _BORDERS)
def test_a_value_is_found_across_every_border(
    scanner: Scanner, tmp_path: Path, border: int
) -> None:
    half = len(VALUE) // 2
    assert found(scanner, tmp_path, hidden(border - half, VALUE.encode())) == {"file": {VALUE}}


@pytest.mark.parametrize("code", ["utf-8", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("written", [VALUE, VALUE.upper(), VALUE.title()])
def test_a_value_is_found_in_any_case_and_width(scanner: Scanner, code: str, written: str) -> None:
    assert scanner.find(b"x" * 70_001 + written.encode(code)) == {VALUE}


def test_every_value_of_many_is_found_at_once(scanner: Scanner) -> None:
    assert scanner.find(b"52998224725" + b"-" * 70_000 + VALUE.encode()) == {
        VALUE,
        "52998224725",
    }


def test_all_but_the_last_letter_is_no_value(scanner: Scanner) -> None:
    assert scanner.find(VALUE[:-1].encode()) == set()
