"""The one rule for every text: what is removed, what stays, what is nothing."""

from unicodedata import category, is_normalized

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mirror.text import clean

FAMILY = "João 👨\u200d👩\u200d👧"


@pytest.mark.parametrize("text", ["Maria da Silva", "José Conceição", FAMILY, "R$ 1.234,56", "李"])
def test_a_clean_text_comes_back_as_it_is(text: str) -> None:
    assert clean(text) == text


@pytest.mark.parametrize("text", ["Maria da Silva", "José Conceição"])
def test_a_clean_text_is_not_copied(text: str) -> None:
    assert clean(text) is text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", None),
        ("   ", None),
        ("\u00a0", None),
        ("\u200b\ufeff", None),
        ("null", "null"),
        ("  Maria   da\tSilva\n", "Maria da Silva"),
        ("Rua\u00a0A", "Rua A"),
        ("abc\0def", "abcdef"),
        ("\x1b[2J\x1b]0;owned\x07\x9b31m", "[2J]0;owned31m"),
        ("Maria\x1b@\x1dV\x01\x1bp\0\x19ú", "Maria@Vpú"),
        ("Maria \u202egnp.exe", "Maria gnp.exe"),
        ("\u2066Maria\u2069\u200e", "Maria"),
        ("M\u0430ria\u200b Silva", "M\u0430ria Silva"),
        ("Jose\u0301", "José"),
        ("Jose\u200d\u0301", "José"),
        ("Ma\u200dria", "Maria"),
        ("👨\u200d\u0000👩", "👨\u200d👩"),
        ("a\ud800b", "ab"),
        ("a\u2028b\x85c", "a b c"),
        ("".join(map(chr, range(0x7F, 0xA0))), None),
        ("".join(map(chr, range(0x20))), None),
    ],
)
def test_a_text_is_cleaned(text: str, expected: str | None) -> None:
    assert clean(text) == expected


def test_notes_keep_their_lines() -> None:
    assert clean("a  b \r\n\r\n\n\n c\x0bd\n", lines=True) == "a b\n\nc\nd"
    assert clean("\n \n", lines=True) is None
    assert clean("a\nb") == "a b"


awkward = st.text(
    alphabet="ab \n\t\r\0\x1c\x85\u00a0\u0301\u0338=\u200b\u200d\u202e👨⚕\ufe0f\u2028é"
)


@given(awkward | st.text(), st.booleans())
@example(" José \r\n\n Araújo", True)
def test_cleaning_twice_changes_nothing(text: str, lines: bool) -> None:
    once = clean(text, lines=lines)

    assert once is None or clean(once, lines=lines) == once


@given(awkward | st.text(), st.booleans())
@example("Ana\u200b  Souza\n", False)
def test_a_clean_text_holds_nothing_unseen(text: str, lines: bool) -> None:
    cleaned = clean(text, lines=lines) or "x"

    assert is_normalized("NFC", cleaned)
    assert cleaned == cleaned.strip()
    assert "  " not in cleaned
    assert not any(category(c) in ("Cc", "Cs") and not (lines and c == "\n") for c in cleaned)
    assert not set(cleaned) & set("\x7f\x85\u200b\u202e\ufeff\u2060")
