"""Finds the line of a TOML file on which a key is written: `tomllib` does not tell.

The file is one that `tomllib` could read, so that only what is valid has to be understood.
"""

import re
import tomllib
from collections.abc import Callable, Iterator, Sequence

_TOKEN = re.compile(
    r"""
    (?P<skip>[ \t\r]+|\#[^\n]*)
    |(?P<long>\"\"\"(?:\\.|[^\\])*?\"{3,5}|'''.*?'{3,5})
    |(?P<quoted>"(?:\\.|[^"\\\n])*"|'[^'\n]*')
    |(?P<sign>[\[\]{}=,.\n])
    |(?P<bare>[^\s\[\]{}=,.\#"']+)
    """,
    re.VERBOSE | re.DOTALL,
)

Path = tuple[str | int, ...]


def lines_of(text: str) -> dict[Path, int]:
    """Each key of the file, tables within tables, with the line it is written on."""
    return _Reader(text).read()


def nearest(lines: dict[Path, int], place: Sequence[str | int]) -> tuple[int, int | None]:
    """How much of a place is written in the file, and the line of the last of it."""
    for length in range(len(place), 0, -1):
        if (line := lines.get(tuple(place[:length]))) is not None:
            return length, line
    return 0, None


class _Reader:
    """Walks through the tokens of a file once."""

    def __init__(self, text: str) -> None:
        self.found: dict[Path, int] = {}
        self._tokens = list(_tokens(text))
        self._at = 0

    def read(self) -> dict[Path, int]:
        table: Path = ()
        while self._at < len(self._tokens):
            if self._peek() == "\n":
                self._next()
            elif self._peek() == "[":
                table = self._header()
            else:
                self._pair(table)
        return self.found

    def _header(self) -> Path:
        while self._peek() == "[":
            self._next()
        path = self._key(())
        while self._peek() == "]":
            self._next()
        return path

    def _pair(self, table: Path) -> None:
        path = self._key(table)
        self._next()  # =
        self._value(path)

    def _key(self, table: Path) -> Path:
        path = table
        while True:
            line = self._tokens[self._at][1]
            path = (*path, _name(self._next()))
            self.found.setdefault(path, line)
            if self._peek() != ".":
                return path
            self._next()

    def _value(self, path: Path) -> None:
        if self._peek() == "{":
            self._within("}", lambda number: self._pair(path))
        elif self._peek() == "[":
            self._within("]", lambda number: self._element(path, number))
        else:
            while self._peek() not in ("\n", ",", "]", "}", ""):
                self._next()

    def _within(self, end: str, read: Callable[[int], None]) -> None:
        self._next()
        number = 0
        while self._peek() != end:
            if self._peek() in ("\n", ","):
                number += self._next() == ","
            else:
                read(number)
        self._next()

    def _element(self, path: Path, number: int) -> None:
        self.found[(*path, number)] = self._tokens[self._at][1]
        self._value((*path, number))

    def _peek(self) -> str:
        return self._tokens[self._at][0] if self._at < len(self._tokens) else ""

    def _next(self) -> str:
        self._at += 1
        return self._tokens[self._at - 1][0]


def _tokens(text: str) -> Iterator[tuple[str, int]]:
    """What is written, without spaces and comments, each with its line."""
    line, at = 1, 0
    while match := _TOKEN.match(text, at):
        if match.lastgroup != "skip":
            yield match[0], line
        line += match[0].count("\n")
        at = match.end()


def _name(token: str) -> str:
    """A key as it is meant: quotes taken off, escapes read."""
    return next(iter(tomllib.loads(f"{token} = 0"))) if token[0] in "\"'" else token
