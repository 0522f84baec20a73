"""Opens Sell's answers so that one broken character costs at most the record it is in."""

import re
from collections.abc import Callable
from typing import TypeVar

import msgspec

from connector.problems import BadAnswer

_BOM = b"\xef\xbb\xbf"
_ESCAPE = re.compile(
    rb"\\(?:u[dD][89abAB]..\\u[dD][c-fC-F]..|(?P<half>u[dD][89a-fA-F]..)|.)", re.DOTALL
)

Answered = TypeVar("Answered")


def opened(body: bytes, decode: Callable[[bytes], Answered], problem: str) -> Answered:
    """The decoded answer; raises BadAnswer with ``problem`` as its sentence."""
    body = body.removeprefix(_BOM)
    try:
        try:
            return decode(body)
        except msgspec.DecodeError:
            # Half an emoji, left by a program that cuts texts at so many units: not worth a page.
            return decode(_ESCAPE.sub(lambda match: b"" if match["half"] else match[0], body))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise BadAnswer(problem) from None
