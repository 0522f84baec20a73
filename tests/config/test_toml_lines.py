"""The line of every key of a TOML file, however it is written."""

import tomllib
from collections.abc import Iterator
from typing import Any

import pytest

from config.lines import lines_of, nearest
from tests.shape.reading_code import ROOT

TEXT = '''\
# [not.a.table]
a = "x # no comment [b]"
b.c = 1.5    # = 2
[d."e.f"]
g = """
h = 1
"""
'i' = ["x",

  "y", { j = 1, k = 2 }]
l = { m = { n = "}" },
 o = \'\'\'
]\'\'\' }
[[p]]
q = 2020-01-01T10:00:00Z
'''


def _paths(value: Any, place: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if isinstance(value, dict):
        for key, one in value.items():
            yield (*place, key)
            yield from _paths(one, (*place, key))
    if isinstance(value, list):
        for number, one in enumerate(value):
            yield (*place, number)
            yield from _paths(one, (*place, number))


def test_each_key_has_the_line_it_is_written_on():
    assert lines_of(TEXT.replace("},\n o", "}, o")) == {
        ("a",): 2, ("b",): 3, ("b", "c"): 3, ("d",): 4, ("d", "e.f"): 4, ("d", "e.f", "g"): 5,
        ("d", "e.f", "i"): 8, ("d", "e.f", "i", 0): 8, ("d", "e.f", "i", 1): 10,
        ("d", "e.f", "i", 2): 10, ("d", "e.f", "i", 2, "j"): 10, ("d", "e.f", "i", 2, "k"): 10,
        ("d", "e.f", "l"): 11, ("d", "e.f", "l", "m"): 11, ("d", "e.f", "l", "m", "n"): 11,
        ("d", "e.f", "l", "o"): 11, ("p",): 13, ("p", "q"): 14,
    }  # fmt: skip


@pytest.mark.parametrize("file", sorted((ROOT / "config/presets").glob("*.toml")), ids=str)
def test_no_key_of_a_preset_is_overlooked(file: Any):
    text = file.read_text("utf-8")

    found = lines_of(text)

    assert set(found) == set(_paths(tomllib.loads(text)))
    lines = text.splitlines()
    for path, line in found.items():
        if isinstance(path[-1], str):
            assert path[-1] in lines[line - 1]


def test_of_a_place_that_is_not_there_the_nearest_is_known():
    lines = lines_of("[a.b]\nc = 1\n")

    assert nearest(lines, ("a", "b", "c")) == (3, 2)
    assert nearest(lines, ("a", "b", "x", "y")) == (2, 1)
    assert nearest(lines, ("z",)) == (0, None)


@pytest.mark.parametrize("text", ["", "\n", "# nothing", "a = 1", "a = 1\r\nb = 2\r\n"])
def test_files_with_little_in_them(text: str):
    assert set(lines_of(text)) == set(_paths(tomllib.loads(text)))
