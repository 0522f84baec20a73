"""What is installed: every package named, pinned and hashed, none without use, none by accident."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import PackageNotFoundError, packages_distributions, requires
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.shape.reading_code import ROOMS, ROOT, modules, name, tree

RUNNING, TESTING = "requirements.lock", "requirements-dev.lock"
PINNED = re.compile(
    r"(?m)^([a-z0-9-]+)==(\S+?)(?: ;.*?)? \\\n((?: {4}--hash=sha256:[0-9a-f]{64}.*\n)+)"
)


def _project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def _pinned(lock: str) -> dict[str, str]:
    return {name: version for name, version, _ in PINNED.findall((ROOT / lock).read_text("utf-8"))}


def _for_some(lock: str) -> set[str]:
    """What is pinned for some platforms only: the other lock may pin it for all."""
    return set(re.findall(r"(?m)^([a-z0-9-]+)==\S+ ; ", (ROOT / lock).read_text("utf-8")))


def _names(requirements: list[str]) -> set[str]:
    return {canonicalize_name(Requirement(one).name) for one in requirements}


def _of_extras(requirements: list[str]) -> set[str]:
    """What is asked for in brackets, and comes with a package only then."""
    asked = [(one.name, extra) for one in map(Requirement, requirements) for extra in one.extras]
    parts = ((Requirement(part), extra) for name, extra in asked for part in requires(name) or [])
    wanted = (part for part, extra in parts if f'extra == "{extra}"' in str(part.marker))
    return {canonicalize_name(one.name) for one in wanted}


def _parts(package: str) -> set[str]:
    try:
        asked = [Requirement(one) for one in requires(package) or []]
    except PackageNotFoundError:  # another platform's
        return set()
    return {canonicalize_name(one.name) for one in asked if "extra" not in str(one.marker)}


def _with_parts_of_parts(packages: set[str]) -> set[str]:
    found, ahead = set(packages), list(packages)
    while ahead:
        new = _parts(ahead.pop()) - found
        found |= new
        ahead += new
    return found


def _imported() -> Iterator[tuple[str, str]]:
    """(package that is imported, module that does), the standard library and our own left out."""
    for file in modules():
        for node in ast.walk(tree(file)):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module:
                names = [node.module]
            for top in {one.partition(".")[0] for one in names}:
                if top not in sys.stdlib_module_names and top not in ROOMS:
                    yield top, name(file)


_provided = cache(packages_distributions)  # looks through everything that is installed


def _distributions(module: str) -> set[str]:
    return {canonicalize_name(one) for one in _provided().get(module, [module])}


@pytest.mark.parametrize(("lock", "at_least"), [(RUNNING, 30), (TESTING, 20)])
def test_a_lock_pins_and_hashes_every_package_and_names_no_address(lock: str, at_least: int):
    text = (ROOT / lock).read_text("utf-8")

    assert PINNED.sub("", text).strip() == ""
    assert len(PINNED.findall(text)) > at_least
    assert "://" not in text


def test_the_locks_have_everything_that_is_asked_for_in_a_version_that_was_asked_for():
    project = _project()
    running, testing = _pinned(RUNNING), _pinned(TESTING)

    for one in map(Requirement, project["dependencies"]):
        assert one.specifier.contains(running[canonicalize_name(one.name)]), one.name
    for one in map(Requirement, project["optional-dependencies"]["dev"]):
        assert one.specifier.contains(testing[canonicalize_name(one.name)]), one.name


def test_what_runs_brings_nothing_that_only_tests_need_and_nothing_is_pinned_twice():
    running, testing = _pinned(RUNNING), _pinned(TESTING)

    twice = running.keys() & testing.keys()
    assert twice <= _for_some(RUNNING)
    assert {name: running[name] for name in twice} == {name: testing[name] for name in twice}
    assert running.keys() & _names(_project()["optional-dependencies"]["dev"]) == set()
    asked = _project()["dependencies"]
    assert running.keys() <= _with_parts_of_parts(_names(asked) | _of_extras(asked))


def test_no_dependency_is_carried_along_unused():
    used = set().union(*(_distributions(module) for module, _ in _imported()))

    assert _names(_project()["dependencies"]) - used == set()


def test_what_is_imported_is_asked_for_or_comes_with_what_is():
    """A declared package may be used together with what it is made of (Flask with Werkzeug)."""
    declared = _names(_project()["dependencies"])
    with_parts = declared.union(*(_names(requires(one) or []) for one in declared))

    strays = [(file, top) for top, file in _imported() if not _distributions(top) & with_parts]

    assert strays == []


def test_every_dependency_has_its_reason_written_down():
    project = _project()
    reasons = "".join(
        page.read_text("utf-8").lower() for page in (ROOT / "docs/decisions").glob("*.md")
    )
    wanted = _names([*project["dependencies"], *project["optional-dependencies"]["dev"]])

    assert {one for one in wanted if not re.search(rf"\b{one}\b", reasons)} == set()
