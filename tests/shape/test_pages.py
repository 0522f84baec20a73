"""What people read is true: links lead somewhere, commands and tests exist, promises are kept."""

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import click
import pytest

from config import failures
from config.cli import main
from mirror.reading.freshness import _STATES
from mirror.records import KINDS, REGISTRATIONS
from tests.shape.reading_code import ROOMS, ROOT, dotted, modules, name, opening, pages, rows
from web.accounts.staff import ROLES
from web.look.words import PHONES

PROMISES = ROOT / "docs/promises.md"
ARCHITECTURE = (ROOT / "docs/architecture.md").read_text("utf-8")
OPERATING = (ROOT / "docs/operating.md").read_text("utf-8")
OPERACAO = (ROOT / "docs/operacao.pt-BR.md").read_text("utf-8")


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
    for _, promise, kept_by, tests in table:
        assert re.findall(r"`[\w.]+`", kept_by), promise
        assert re.findall(r"`[\w/]+\.py::\w+`", tests), promise


NAMED = re.compile(rf"^((?:{'|'.join(ROOMS)})(?:\.\w+)+)(?:\(\))?$")

SETTINGS = ("web.port",)  # named as the settings' own file would, with no module behind it


def test_every_module_the_pages_name_exists():
    named = {(name(page), one) for page in pages() for one in _named_in(_code(page))}

    assert len(named) > 200
    assert [one for one in named if not _is_there(one[1])] == []


def test_every_module_that_docstrings_and_comments_name_exists():
    named = {
        (name(file), one)
        for file in (*modules(), *(ROOT / "tests").rglob("*.py"))
        for one in _named_in(re.findall(r"`([^`\n]+)`", file.read_text("utf-8")))
    }

    assert len(named) > 20
    assert [one for one in named if not _is_there(one[1])] == []


def _named_in(code: Iterable[str]) -> Iterator[str]:
    return (found[1] for one in code if (found := NAMED.match(one)))


def _is_there(dotted_name: str) -> bool:
    """A room, a module, or something by that name in the text of the module before it."""
    path = ROOT / dotted_name.replace(".", "/")
    if dotted_name in SETTINGS or path.is_dir() or path.with_suffix(".py").is_file():
        return True
    before = next(one for one in path.parents if one.with_suffix(".py").is_file() or one.is_dir())
    text = before / "__init__.py" if before.is_dir() else before.with_suffix(".py")
    return text.is_file() and bool(re.search(rf"\b{path.name}\b", text.read_text("utf-8")))


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
def test_the_tables_of_the_rooms_name_every_module_by_its_own_first_sentence(room: str):
    heading = next(line for line in ARCHITECTURE.splitlines() if line.startswith(f"### {room}:"))
    told = [" | ".join(row) for row in rows(ROOT / "docs/architecture.md", heading)[1:]]

    there = [f"`{dotted(file)}` | {opening(file)}" for file in modules() if _is_read(file, room)]

    assert sorted(told) == sorted(there)


def _is_read(file: Path, room: str) -> bool:
    """Migrations are history: nobody looks for one by what it is for."""
    return name(file).startswith(f"{room}/") and "_versions/" not in name(file)


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


def _parts(page: Path) -> list[tuple[str, int, int, int]]:
    """Of each heading its level, and how many items, rows and commands stand under it."""
    parts = re.split(r"(?m)^(#+) .*$", page.read_text("utf-8"))
    return [
        (
            level,
            len(re.findall(r"(?m)^\d+\. ", told)),
            len(re.findall(r"(?m)^\|", told)),
            len(re.findall(r"(?m)^(?:espelho|make|secrets\.|base_url|mkdir|export) ?", told)),
        )
        for level, told in zip(parts[1::2], parts[2::2], strict=True)
    ]


def test_the_readme_says_as_much_in_portuguese_as_in_english():
    """But for the figures, which stand in one of them, where a measurement changes them."""
    english, portuguese = _parts(ROOT / "README.md"), _parts(ROOT / "README.pt-BR.md")
    figures = [level for level, *_ in english].index("##", 2)

    assert [level for level, *_ in portuguese] == [level for level, *_ in english]
    assert portuguese[:figures] + portuguese[figures + 1 :] == (
        english[:figures] + english[figures + 1 :]
    )


def _sections(page: str) -> list[tuple[str, list[str], str, int]]:
    """Of each heading its level, the names in code under it, its blocks of code, and its rows.

    Names come sorted, since each language has its own order; blocks without comments.
    """
    told: list[tuple[str, list[str], str, int]] = []
    for level, text in _under_headings(page):
        blocks = re.findall(r"(?ms)^```.*?^```", text)
        sentences = " ".join(re.sub(r"(?ms)^```.*?^```", "", text).split())
        code = re.sub(r"(?m) *# .*$", "", "\n".join(blocks))
        names = sorted(re.findall(r"`([^`]+)`", sentences))
        told.append((level, names, code, text.count("\n|")))
    return told


def _under_headings(page: str) -> Iterator[tuple[str, str]]:
    """(level of a heading, what follows it); a comment in a block of code is no heading."""
    level, text, code = "", "", False
    for line in page.splitlines(keepends=True):
        code ^= line.startswith("```")
        if line.startswith("#") and not code:
            yield level, text
            level, text = line.partition(" ")[0], ""
        else:
            text += line
    yield level, text


def test_the_guide_of_operators_says_as_much_in_portuguese_as_in_english():
    english, portuguese = _sections(OPERATING), _sections(OPERACAO)

    assert [level for level, *_ in portuguese] == [level for level, *_ in english]
    for place, (there, here) in enumerate(zip(english, portuguese, strict=True)):
        assert here == there, f"section {place}"


def test_the_guide_of_operators_has_the_same_figures_and_links_in_both_languages():
    def figures(page: str) -> list[list[str]]:
        plain = (re.sub(r"(?m) # .*$|#[\w-]+", "", text) for _, text in _under_headings(page))
        return [sorted(re.findall(r"\d+|\]\([^)]+\)", text)) for text in plain]

    english, portuguese = figures(OPERATING), figures(OPERACAO)

    assert portuguese[2:] == english[2:]


def test_links_to_a_part_of_the_guide_lead_to_a_heading_of_it():
    headings = {
        re.sub(r"[^\w -]", "", line).strip().lower().replace(" ", "-")
        for line in OPERACAO.splitlines()
        if line.startswith("#")
    }
    assert set(re.findall(r"\]\(#([^)]+)\)", OPERACAO)) <= headings
