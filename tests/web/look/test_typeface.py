"""One typeface in three weights and five sizes: counted, so that a sixth does not slip in."""

import re
from pathlib import Path

import pytest

STYLES = sorted((Path(__file__).parents[3] / "web/look/static/css").glob("*.css"))
SIZES = {"small", "text", "large", "title", "huge"}
WEIGHTS = {"400", "500", "600"}
DRAWN_OR_PRINTED = {"9px", "10pt"}
"""Letters of a drawing are in its own units; paper is no screen."""

_size = re.compile(r"font(?:-size)?: (?:\d+ )?([^;}/ ]+)")
_weight = re.compile(r"font(?:-weight)?: (\d{3})\b(?!%| 600)")
_token = re.compile(r"--(\w+): [.\d]+rem;")


def sizes(css: str) -> set[str]:
    """Every size that styles ask for, as they ask for it."""
    return set(_size.findall(css)) - {"inherit", "100%", "400"}


def test_there_are_five_sizes() -> None:
    tokens = next(file for file in STYLES if file.name == "tokens.css").read_text()
    line = next(line for line in tokens.splitlines() if "--small:" in line)
    assert set(_token.findall(line)) == SIZES


@pytest.mark.parametrize("file", STYLES, ids=lambda file: str(file.name))
def test_styles_ask_for_these_and_for_three_weights(file: Path) -> None:
    css = file.read_text()
    assert sizes(css) <= {f"var(--{size})" for size in SIZES} | DRAWN_OR_PRINTED
    assert set(_weight.findall(css)) <= WEIGHTS


def test_a_sixth_size_and_a_fourth_weight_are_seen() -> None:
    assert sizes("a { font-size: .9rem; } b { font: 600 1.2rem/1 var(--sans); }") == {
        ".9rem", "1.2rem",
    }  # fmt: skip
    assert _weight.findall("a { font-weight: 550; } b { font: 700 var(--text)/1 x; }") == [
        "550", "700",
    ]  # fmt: skip
