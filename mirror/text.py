"""The one rule for every text that comes in: what reads alike, is a word, stands for what."""

import re
from collections.abc import Mapping
from functools import lru_cache
from unicodedata import combining, decimal, is_normalized, normalize

_EMOJI = "\u2190-\u21ff\u2600-\u27bf\u2b00-\u2bff\ufe0f\U0001f000-\U0001faff"

# Line-breaking controls and the tab are whitespace, so they are left for the collapsing to see.
_REMOVED = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u061c\u180e\u200b\u200c\u200e\u200f"
    "\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\ud800-\udfff]"
)
_LONE_JOINER = re.compile(f"(?<![{_EMOJI}])\u200d|\u200d(?![{_EMOJI}])")
_LINE_END = re.compile("\r\n|[\n\r\x0b\x0c\x85\u2028\u2029]")


def clean(text: str, lines: bool = False) -> str | None:
    """The text as the mirror keeps it, or None where nothing is left.

    Controls (C0, C1, NUL), bidi controls, zero-width characters and lone surrogates are removed; a
    zero-width joiner stays between emoji only. NFC; whitespace runs become one space; trimmed. With
    ``lines`` (notes) line ends stay, as ``\\n``, never more than one blank line together.
    Idempotent; a text that is clean already comes back as the same object.
    """
    if (
        text.isprintable()
        and "  " not in text
        and text[:1] != " "
        and text[-1:] != " "
        and (text.isascii() or is_normalized("NFC", text))
    ):
        return text or None
    visible = _visible(text)
    return (_tidy_lines(visible) if lines else " ".join(visible.split())) or None


def _visible(text: str) -> str:
    composed = normalize("NFC", _REMOVED.sub("", text))
    if "\u200d" not in composed:
        return composed
    return normalize("NFC", _LONE_JOINER.sub("", composed))


def _tidy_lines(text: str) -> str:
    tidy = "\n".join(" ".join(line.split()) for line in _LINE_END.split(text))
    return re.sub("\n{3,}", "\n\n", tidy).strip("\n")


@lru_cache(4096)
def fold(text: str) -> str:
    """What is alike for a reader: no case, no accents, single spaces, none at the ends."""
    plain = normalize("NFKD", text.casefold())
    return " ".join("".join(c for c in plain if not combining(c)).casefold().split())


# Which texts are words of a vocabulary: short, few, and said again and again.
#
# A path that leads astray may bring anything where a word should be: a name, an e-mail, a number.
# Of that nothing is written down or shown but how often it came.

LONGEST_WORD = 40
_MOST_PARTS, _MOST_DIGITS = 5, 7
_MOST_WORDS, _FEW = 20, 5


def vocabulary(counts: Mapping[str, int]) -> dict[str, int]:
    """The words, each with its number; under ``""`` how many texts are none that may be shown.

    Words that read alike are one, as the first of them is written. All are none where they are too
    many, or nearly as many as there were texts, or fewer than what is none: that is no vocabulary.
    """
    written: dict[str, str] = {}
    found: dict[str, int] = {}
    for text, number in counts.items():
        word = written.setdefault(fold(text), text) if _is_word(text) else ""
        found[word] = found.get(word, 0) + number
    words = [word for word in found if word]
    texts = sum(found[word] for word in words)
    if found.get("", 0) <= texts and _are_words(words, texts):
        return found
    return {"": sum(found.values())}


def _is_word(text: str) -> bool:
    return (
        0 < len(text) <= LONGEST_WORD
        and text.isprintable()
        and not set("@\\") & set(text)
        and "//" not in text
        and len(text.split()) <= _MOST_PARTS
        and sum(map(str.isdigit, text)) <= _MOST_DIGITS
    )


def _are_words(words: list[str], texts: int) -> bool:
    if len(words) > _MOST_WORDS or (len(words) > _FEW and texts < 2 * len(words)):
        return False
    once = len(words) == texts > 2
    return not (once and all(" " in word for word in words))  # as names of people are


# Signs that only look different: full-width letters and digits, dashes of typographers.

_DASHES = "‐‑‒–—―−"


def in_ascii(text: str) -> str:
    """The text with every character that stands for an ASCII one as that one: ``１`` is ``1``.

    Digits of every script are digits; the small digit of a footnote is none. Never longer or
    shorter than the text.
    """
    return text if text.isascii() else "".join(c if c.isascii() else _fold(c) for c in text)


@lru_cache(2048)
def _fold(character: str) -> str:
    if character.isdecimal():
        return str(decimal(character))
    if character in _DASHES:
        return "-"
    folded = normalize("NFKC", character)
    return character if len(folded) != 1 or folded.isdecimal() else folded
