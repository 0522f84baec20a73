"""A page of code fits into a head: how long modules and functions may be, and how they begin."""

import ast
from collections.abc import Iterator

from tests.shape.reading_code import Length, functions, modules, name, tree

LONGEST_MODULE = 200
LONGEST_FUNCTION = 30
MEDIAN, NINE_IN_TEN = 6, 16


def _all() -> Iterator[Length]:
    for file in modules():
        # A migration is one list of columns that is never read as a program nor changed again.
        if "_versions/" not in name(file):
            yield from functions(file)


def test_every_module_opens_with_a_sentence_that_says_what_it_is_for():
    openings = {name(file): ast.get_docstring(tree(file)) or "" for file in modules()}

    assert [file for file, text in openings.items() if not _is_sentence(text)] == []


def _is_sentence(text: str) -> bool:
    return text.partition("\n")[0].endswith((".", "?"))


def test_no_module_is_longer_than_two_hundred_lines():
    lengths = {name(file): len(file.read_text("utf-8").splitlines()) for file in modules()}

    assert {file: lines for file, lines in lengths.items() if lines > LONGEST_MODULE} == {}


def test_no_function_is_longer_than_thirty_lines():
    assert [found for found in _all() if found.lines > LONGEST_FUNCTION] == []


def test_most_functions_are_a_few_lines_long():
    lines = sorted(found.lines for found in _all())

    assert len(lines) > 500
    assert lines[len(lines) // 2] <= MEDIAN
    assert lines[len(lines) * 9 // 10] <= NINE_IN_TEN
