"""A house with few, deep rooms: how many modules there are, how long they and functions are."""

from collections.abc import Iterator

from tests.shape.reading_code import Length, functions, modules, name, opening

MOST_MODULES = 184  # 170 before there were two engines and a measured speed
LONGEST_MODULE = 420
SHORTEST_MODULE = 60
LONGEST_FUNCTION = 40
MEDIAN, NINE_IN_TEN = 7, 18

SMALL = {
    "connector/auth/__init__.py": "the [auth] of a source file: what settings may say",
    "mirror/ledger/alarms.py": "what an operator sees and does: the rules are elsewhere",
    "mirror/identifiers/__init__.py": "the door of the room: what others may call",
    "mirror/instants.py": "instants and days, below everything else",
    "mirror/masking/__init__.py": "the door of the room: what others may call",
    "mirror/standing/rules/azata.py": "one module a system",
    "mirror/standing/rules/omni.py": "one module a system",
    "mirror/writing/__init__.py": "the table of streams: the door that the connector writes by",
}
"""Why a module is shorter than `SHORTEST_MODULE` lines; of packages that hold none but rooms, no
reason is asked."""


def _all() -> Iterator[Length]:
    for file in modules():
        # A migration is one list of columns that is never read as a program nor changed again.
        if "_versions/" not in name(file):
            yield from functions(file)


def test_every_module_opens_with_a_sentence_that_says_what_it_is_for():
    assert [name(file) for file in modules() if not opening(file).endswith((".", "?"))] == []


def _lengths() -> dict[str, int]:
    """Lines of every module; migrations are history, and not read as a program."""
    return {
        name(file): len(file.read_text("utf-8").splitlines())
        for file in modules()
        if "/migrations/" not in name(file)
    }


def test_the_house_has_few_rooms():
    assert len(_lengths()) <= MOST_MODULES


def test_no_module_is_too_long_to_be_read_at_once():
    assert {file: lines for file, lines in _lengths().items() if lines > LONGEST_MODULE} == {}


def test_a_module_of_a_few_lines_has_its_reason():
    small = {file for file, lines in _lengths().items() if lines < SHORTEST_MODULE}
    doors = {file for file in small if _lengths()[file] < 10}

    assert small - doors == set(SMALL)


def test_no_function_is_longer_than_forty_lines():
    assert [found for found in _all() if found.lines > LONGEST_FUNCTION] == []


def test_most_functions_are_a_few_lines_long():
    lines = sorted(found.lines for found in _all())

    assert len(lines) > 500
    assert lines[len(lines) // 2] <= MEDIAN
    assert lines[len(lines) * 9 // 10] <= NINE_IN_TEN
