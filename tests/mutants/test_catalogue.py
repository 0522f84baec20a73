"""The catalogue of faults is no older than the code: each still fits, and names who catches it."""

import ast
import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from tests.mutants.catalogue import Fault, Stale, catalogue
from tests.shape.reading_code import ROOMS, ROOT

FAULTS = catalogue()
FEWEST = 40


@cache
def _tests_of(file: Path) -> set[str]:
    return set(re.findall(r"(?m)^def (test_\w+)", file.read_text("utf-8")))


def _missing(test: str) -> bool:
    file, _, name = test.partition("::")
    return not (ROOT / file).is_file() or name.partition("[")[0] not in _tests_of(ROOT / file)


def test_there_are_many_and_in_every_room() -> None:
    rooms = {name.partition("/")[0] for fault in FAULTS for name in fault.changes}

    assert len(FAULTS) >= FEWEST
    assert rooms >= set(ROOMS)


def test_each_says_what_it_breaks_and_which_tests_there_are_to_catch_it() -> None:
    assert [one.name for one in FAULTS if not one.promise.endswith(".")] == []
    assert [one.name for one in FAULTS if not (one.caught_by and one.changes)] == []
    missing = [
        f"{one.name}.patch: {test}" for one in FAULTS for test in filter(_missing, one.caught_by)
    ]
    assert not missing, "\n".join(missing)


def test_each_still_fits_and_leaves_what_python_can_read() -> None:
    wrong = [f"{one.name}.patch: {told}" for one in FAULTS if (told := _wrong(one))]

    assert not wrong, "\n".join(wrong)


def _wrong(fault: Fault) -> str:
    try:
        for name, text in fault.applied(ROOT).items():
            if name.endswith(".py"):
                ast.parse(text)
    except (Stale, SyntaxError) as reason:
        return str(reason)
    return ""


def test_no_two_are_the_same() -> None:
    changed = Counter(repr(sorted(one.changes.items())) for one in FAULTS)

    assert changed.most_common(1)[0][1] == 1


PATCH = """\
Promise: One and one are two.
Caught-by: tests/test_sums.py::test_a_sum
---
--- a/sums.py
+++ b/sums.py
@@ -7,2 +7,2 @@
 def add(one, other):
-    return one + other
+    return one - other
"""
SUMS = "def add(one, other):\n    return one + other\n"


@pytest.fixture
def fault(tmp_path: Path) -> Fault:
    (tmp_path / "less.patch").write_text(PATCH, "utf-8")
    return catalogue(tmp_path)[0]


def test_a_patch_is_read_whole(fault: Fault) -> None:
    assert (fault.name, fault.promise) == ("less", "One and one are two.")
    assert fault.caught_by == ("tests/test_sums.py::test_a_sum",)


def test_a_patch_goes_where_its_lines_stand(tmp_path: Path, fault: Fault) -> None:
    (tmp_path / "sums.py").write_text("\n" * 40 + SUMS, "utf-8")

    assert fault.applied(tmp_path) == {"sums.py": "\n" * 40 + SUMS.replace("+", "-")}


@pytest.mark.parametrize("text", ["", SUMS + SUMS, SUMS.replace("other)", "second)"), "#" + SUMS])
def test_a_patch_whose_lines_are_not_there_once_is_stale(
    tmp_path: Path, fault: Fault, text: str
) -> None:
    (tmp_path / "sums.py").write_text(text, "utf-8")

    with pytest.raises(Stale):
        fault.applied(tmp_path)


def test_a_patch_of_a_file_that_is_gone_is_stale(tmp_path: Path, fault: Fault) -> None:
    with pytest.raises(Stale):
        fault.applied(tmp_path)
