"""Faults put into the code on purpose, as patches: what each would break, and who must notice.

A file of this directory is one fault: a unified diff below a few lines that say which promise it
breaks and which tests have to fail for it. Line numbers of a diff are hints for people: what it
takes away has to stand in the file exactly once, wherever that is.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
_HEADER = re.compile(r"(?m)^(Promise|Caught-by): (.+)$")
_FILE = re.compile(r"(?ms)^--- a/(\S+)\n\+\+\+ b/\S+\n(.*?)(?=^--- a/|\Z)")
_HUNK = re.compile(r"(?ms)^@@ .*?\n(.*?)(?=^@@ |\Z)")


class Stale(Exception):
    """A fault no longer fits the code; the message says which lines are missing or twofold."""


@dataclass(frozen=True)
class Fault:
    """One way to be wrong, which some test must notice."""

    name: str
    promise: str
    caught_by: tuple[str, ...]
    """Tests as pytest names them."""
    changes: Mapping[str, Sequence[tuple[str, str]]]
    """By file: blocks of whole lines that go, and what comes instead."""

    def applied(self, root: Path) -> dict[str, str]:
        """The new text of every file that it changes; raises Stale."""
        return {name: _changed(root, name, blocks) for name, blocks in self.changes.items()}


def catalogue(directory: Path = HERE) -> list[Fault]:
    """Every fault of a directory, by name."""
    return [_read(file) for file in sorted(directory.glob("*.patch"))]


def _read(file: Path) -> Fault:
    head, rule, diff = file.read_text("utf-8").partition("---\n")
    said = _HEADER.findall(head)
    return Fault(
        file.stem,
        " ".join(text for key, text in said if key == "Promise"),
        tuple(text for key, text in said if key == "Caught-by"),
        {name: list(_blocks(hunks)) for name, hunks in _FILE.findall(diff if rule else "")},
    )


def _blocks(hunks: str) -> Iterator[tuple[str, str]]:
    for hunk in _HUNK.findall(hunks):
        lines = [(line[:1], line[1:]) for line in hunk.splitlines(keepends=True)]
        yield (
            "".join(text for sign, text in lines if sign in " -"),
            "".join(text for sign, text in lines if sign in " +"),
        )


def _changed(root: Path, name: str, blocks: Sequence[tuple[str, str]]) -> str:
    if not (root / name).is_file():
        raise Stale(f"there is no {name}")
    text = (root / name).read_text("utf-8")
    for old, new in blocks:
        places = list(re.finditer(rf"(?m)^{re.escape(old)}", text))
        if len(places) != 1:
            raise Stale(f"{name} has these lines {len(places)} times:\n{old}")
        text = text[: places[0].start()] + new + text[places[0].end() :]
    return text
