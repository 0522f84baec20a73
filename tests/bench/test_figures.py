"""README and docs say of the speed what was measured, and nothing else."""

from pathlib import Path

import pytest

from tests.bench.figures import BEGIN, PICTURE, PLACES, committed, with_block
from tests.bench.phases import OURS


@pytest.mark.parametrize("page", PLACES, ids=lambda page: page.name)
def test_a_page_says_what_the_committed_result_says(page: Path) -> None:
    text = page.read_text("utf-8")

    assert text.count(BEGIN) == 1
    assert text == with_block(text, committed().block(PLACES[page]))


def test_the_picture_shows_the_committed_result() -> None:
    assert PICTURE.read_text("utf-8") == committed().picture()


def test_ratios_are_those_of_what_ran_in_one_run() -> None:
    phases = committed().phases
    rates = {name: phases[name]["records a CPU s"] for name in committed().loads}
    best = max(rate for name, rate in rates.items() if name.startswith("dlt"))

    assert OURS in rates
    assert phases[OURS]["× dlt's best, CPU"] == pytest.approx(rates[OURS] / best, rel=0.2)


def test_a_page_without_marks_is_told() -> None:
    with pytest.raises(ValueError, match="marks"):
        with_block("no figures here", "a block")
