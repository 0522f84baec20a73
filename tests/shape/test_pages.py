"""What people read is true: links lead somewhere, commands and tests exist, promises are kept."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from config import failures
from config.cli import main
from mirror.reading.freshness import _STATES
from mirror.records import KINDS, REGISTRATIONS
from tests.shape.reading_code import ROOMS, ROOT, name, pages, rows
from web.accounts import ROLES
from web.look.words import PHONES

PROMISES = ROOT / "docs/promises.md"
ARCHITECTURE = (ROOT / "docs/architecture.md").read_text("utf-8")
OPERATING = (ROOT / "docs/operating.md").read_text("utf-8")


def _code(page: Path) -> Iterator[str]:
    """Every line of code on a page, in blocks and within sentences."""
    text = page.read_text("utf-8")
    for block in re.findall(r"(?ms)^```\w*\n(.*?)^```", text):
        yield from block.splitlines()
    yield from re.findall(r"`([^`\n]+)`", re.sub(r"(?ms)^```.*?^```", "", text))


def _commands(program: str) -> list[tuple[str, str]]:
    """(page, what follows the program's name up to a comment or another command)."""
    pattern = rf"(?:^|bin/){program} ([^#|;'&…]+)"
    return [
        (name(page), found.strip())
        for page in pages()
        for line in _code(page)
        for found in re.findall(pattern, line.strip())
    ]


@pytest.mark.parametrize("page", pages(), ids=name)
def test_every_link_leads_to_a_file_that_is_there(page: Path):
    links = re.findall(r"\]\(([^)\s]+)\)|(?:src|srcset)=\"([^\"]+)\"", page.read_text("utf-8"))
    inside = [one or other for one, other in links if "://" not in one + other]

    broken = [link for link in inside if not (page.parent / link.partition("#")[0]).exists()]

    assert broken == []


def test_every_espelho_command_exists_with_its_options():
    found = _commands("espelho")

    assert len(found) > 20
    for page, words in found:
        assert _unknown(main, words.split()) is None, f"{page}: espelho {words}"


def _unknown(command: click.Command, words: list[str]) -> str | None:
    """The first word that is no command or option; None when all are."""
    context = click.Context(command)
    known = {option for one in command.params for option in one.opts} | {"--help", "--version"}
    for place, word in enumerate(words):
        if word.startswith("-") and word not in known:
            return word
        if isinstance(command, click.Group) and not word.startswith("-"):
            if place and words[place - 1] == "--config":
                continue
            inner = command.get_command(context, word)
            return word if inner is None else _unknown(inner, words[place + 1 :])
    return None


def test_every_make_target_exists():
    targets = set(re.findall(r"(?m)^([a-z]+):", (ROOT / "Makefile").read_text("utf-8")))
    found = [(page, words.split()[0]) for page, words in _commands("make")]

    assert {"demo", "test"} <= {target for _, target in found}
    assert [one for one in found if one[1] not in targets and "=" not in one[1]] == []


def test_each_of_the_ten_promises_names_a_module_and_a_test_that_exist():
    table = [row for row in rows(PROMISES) if row[0].isdecimal()]

    assert [int(row[0]) for row in table] == list(range(1, 11))
    for _, promise, modules, tests in table:
        assert re.findall(r"`[\w.]+`", modules), promise
        assert re.findall(r"`[\w/]+\.py::\w+`", tests), promise


def test_every_module_the_pages_name_exists():
    rooms = "connector|mirror|web|config"
    named = {
        (name(page), one)
        for page in pages()
        for code in _code(page)
        for one in re.findall(rf"^((?:{rooms})(?:\.\w+)+)$", code)
    }
    settings = ("web.",)  # `web.port` is a setting
    missing = [(page, one) for page, one in named if not _is_there(one)]

    assert [one for one in missing if not one[1].startswith(settings)] == []


def _is_there(dotted: str) -> bool:
    path = ROOT / dotted.replace(".", "/")
    parent = path.parent.with_suffix(".py")
    return path.is_dir() or path.with_suffix(".py").is_file() or parent.is_file()


def test_every_test_the_pages_name_exists():
    named = {
        (file, test)
        for page in pages()
        for code in _code(page)
        for file, test in re.findall(r"^(tests/[\w/]+\.py)::(\w+)$", code)
    }

    assert [one for one in named if one[1] not in _tests_in(ROOT / one[0])] == []


def _tests_in(file: Path) -> set[str]:
    if not file.is_file():
        return set()
    found = ast.walk(ast.parse(file.read_text("utf-8")))
    return {node.name for node in found if isinstance(node, ast.FunctionDef | ast.ClassDef)}


@pytest.mark.parametrize("room", ROOMS)
def test_the_tables_of_the_rooms_name_every_module_and_no_other(room: str):
    heading = next(line for line in ARCHITECTURE.splitlines() if line.startswith(f"### {room}:"))
    cells = "".join(row[0] for row in rows(ROOT / "docs/architecture.md", heading)[1:])

    there = {file.stem for file in (ROOT / room).iterdir() if _is_module(file)}

    assert set(re.findall(r"`(\w+)`", cells)) == there


def _is_module(file: Path) -> bool:
    if file.is_dir():
        return (file / "__init__.py").exists() or file.name == "presets"
    return file.suffix == ".py" and not file.name.startswith("__")


def test_every_exit_code_is_explained():
    explained = re.search(r"(?s)Exit codes: (.+?)\.\n\n", OPERATING)
    codes = {code for name, code in vars(failures).items() if name.startswith("EXIT_")}

    assert explained
    assert {int(one) for one in re.findall(r"(\d+)\s[a-z]", explained[1])} == {0, 2, *codes}


def test_the_glossary_has_every_word_that_people_meet():
    text = (ROOT / "docs/glossary.md").read_text("utf-8")

    wanted = (*REGISTRATIONS, *KINDS, *_STATES, *PHONES)
    assert [word for word in wanted if f"`{word}`" not in text] == []
    assert [role for role in ROLES if role not in text] == []
