"""Who removes: every place is on the page that says by which proof, and no other."""

import ast

from tests.shape.reading_code import ROOT, modules, rows

PROMISES = ROOT / "docs/promises.md"
WRITERS = ("mirror/writing/",)
"""They carry out what others decide."""


def deciders() -> set[str]:
    """Function or class, with its module, of each call of a stream's `remove`."""
    return {
        f"{file.relative_to(ROOT).with_suffix('').as_posix().replace('/', '.')}.{top.name}"
        for file in modules()
        if not file.relative_to(ROOT).as_posix().startswith(WRITERS)
        for top in ast.parse(file.read_text("utf-8")).body
        if isinstance(top, ast.FunctionDef | ast.ClassDef)
        for call in ast.walk(top)
        if isinstance(call, ast.Call) and _removes(call)
    }


def _removes(call: ast.Call) -> bool:
    called, given = call.func, call.args
    named = isinstance(called, ast.Attribute) and called.attr == "remove"
    return named and bool(given) and isinstance(given[0], ast.Name) and given[0].id == "connection"


def test_every_place_that_removes_is_on_the_page_that_says_by_which_proof():
    told = {row[0].strip("`()") for row in rows(PROMISES) if row[0].startswith("`connector.")}

    assert told == deciders()


def test_the_writers_themselves_are_found_where_they_are_looked_for():
    assert len(deciders()) == 3
