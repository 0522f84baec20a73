"""The words a name is found by: without accents, particles or case."""

import re
from functools import lru_cache
from unicodedata import combining, normalize

PARTICLES = frozenset(("da", "das", "de", "do", "dos", "e"))
_MOST_WORDS = 8
_LONGEST_NAME = 1000

_words = re.compile(r"[^\W_]+").findall


def name_words(name: str) -> tuple[str, ...]:
    """The folded words of a name, in order, each once, at most eight; of two characters or more.

    Eleven digits together are the owner's CPF in an old MEI's company name: they are no word.
    """
    words: list[str] = []
    for token in name[:_LONGEST_NAME].split():
        words += _fold(token)
    return tuple(dict.fromkeys(words))[:_MOST_WORDS]


# Names are many, their words few: the cache holds a shop's whole vocabulary in a few megabytes.
@lru_cache(maxsize=16_384)
def _fold(token: str) -> tuple[str, ...]:
    folded = token.casefold()
    if not folded.isascii():
        folded = "".join(c for c in normalize("NFKD", folded) if not combining(c)).casefold()
    return tuple(word for word in _words(folded) if _counts(word))


def _counts(word: str) -> bool:
    return len(word) > 1 and word not in PARTICLES and not (len(word) == 11 and word.isdigit())
