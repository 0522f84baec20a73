"""The one rule for every text: what is removed, what stays, what is nothing."""

from unicodedata import category, is_normalized

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mirror.text import clean, fold, vocabulary

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


@pytest.mark.parametrize("text", ["EXCLUÍDO", "excluido", "  Excluído ", "Exclui\u0301do"])
def test_what_reads_alike_folds_alike(text: str) -> None:
    assert fold(text) == "excluido"
    assert fold("Em  Análise") == fold("em analise")


def test_words_are_told_with_their_numbers_as_the_first_of_them_is_written() -> None:
    counts = {"BLOQ": 3, "Em análise": 1, "bloq": 2, "14100": 1}
    assert vocabulary(counts) == {"BLOQ": 5, "Em análise": 1, "14100": 1}


@pytest.mark.parametrize(
    "text",
    [
        "ana@exemplo.com.br", "11987654321", "529.982.247-25", "01310-100", "x" * 41,
        "um dois três quatro cinco seis", "http://exemplo.com.br", "", "a\x00b",
    ],
)  # fmt: skip
def test_a_text_that_cannot_be_a_word_is_counted_and_not_told(text: str) -> None:
    assert vocabulary({"BLOQ": 3, text: 2}) == {"BLOQ": 3, "": 2}


def test_many_or_ever_different_texts_are_no_vocabulary() -> None:
    assert vocabulary({f"palavra{n}": 9 for n in range(21)}) == {"": 189}
    assert vocabulary({f"nome{n}": 1 for n in range(6)}) == {"": 6}
    assert vocabulary({"Ana Souza": 1, "Bia Lima": 1, "Caio Reis": 1}) == {"": 3}
    assert vocabulary({f"palavra{n}": 9 for n in range(20)}) == {
        f"palavra{n}": 9 for n in range(20)
    }
    assert vocabulary({"A": 1, "B": 1, "C": 1}) == {"A": 1, "B": 1, "C": 1}


def test_what_once_was_no_vocabulary_does_not_become_one_by_a_few_more() -> None:
    assert vocabulary({"": 100, "Ana Souza": 1}) == {"": 101}
    assert vocabulary({"": 2, "BLOQ": 40}) == {"": 2, "BLOQ": 40}
