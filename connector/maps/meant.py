"""Guesses what an unknown word was meant to be."""

from collections.abc import Iterable
from difflib import get_close_matches


def meant(word: str, known: Iterable[str]) -> str:
    """A question to put behind a sentence, with the nearest known word; empty without one."""
    close = get_close_matches(word, sorted(known), n=1)
    return f" Did you mean {close[0]}?" if close else ""
