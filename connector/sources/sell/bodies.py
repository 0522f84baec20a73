"""Opens Sell's answers so that one broken character costs at most the record it is in."""

from collections.abc import Callable
from typing import TypeVar

import msgspec

from connector.problems import BadAnswer
from connector.strict import without_half_characters

_BOM = b"\xef\xbb\xbf"

Answered = TypeVar("Answered")


def opened(body: bytes, decode: Callable[[bytes], Answered], problem: str) -> Answered:
    """The decoded answer; raises BadAnswer with ``problem`` as its sentence."""
    body = body.removeprefix(_BOM)
    try:
        try:
            return decode(body)
        except msgspec.DecodeError:
            return decode(without_half_characters(body))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise BadAnswer(problem) from None
