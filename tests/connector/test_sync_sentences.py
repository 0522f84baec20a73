"""A run in one sentence: what it did in figures, and what stopped it."""

import pytest

from mirror.store.progress import Figures, sentence
from mirror.writing.holds import GONE, Hold

DOWN = "http://master.example cannot be reached."


@pytest.mark.parametrize(
    ("mode", "figures", "problem", "told"),
    [
        ("changes", Figures(received=4, unchanged=4), None,
         "Read what changed: 4 received, nothing new."),
        ("initial", Figures(received=12_345, added=12_345), None,
         "Listed everything: 12,345 received, 12,345 new."),
        ("sweep", Figures(received=9, changed=2, gone=1), None,
         "Listed everything and compared: 9 received, 2 changed, 1 gone from the master."),
        ("changes", Figures(received=9, added=1, stale=2, quarantined=3), None,
         "Read what changed: 9 received, 1 new, 2 older than ours and left, 3 unreadable and put "
         "in quarantine."),
        ("changes", Figures(), None, "Read what changed: 0 received, nothing new."),
        ("initial", Figures(received=20, added=20), DOWN,
         f"{DOWN} Up to there: Listed everything: 20 received, 20 new."),
    ],
)  # fmt: skip
def test_a_run_is_told_in_one_sentence(mode: str, figures: Figures, problem: str | None, told: str):
    assert sentence(mode, figures, problem) == told


def test_a_run_that_got_nothing_tells_only_why():
    assert sentence("initial", Figures(), DOWN) == DOWN


def test_a_hold_says_what_to_do():
    waiting = Hold("loja", GONE, 0, 1_234, 2_000, None).sentence
    told = sentence("sweep", Figures(received=100, held=1_234), None, also=[waiting])
    assert "1,234 are missing at the master" in told
    assert "nothing was removed" in told
    assert told.endswith("`espelho hold release loja`.")
