"""Attackers with figures, and an honest shop: the small edition of `tests.bench.guessing`."""

import pytest

from tests.bench.guessing import ATTACKS, SHOPS, Town, attacked, locked_saturdays

MASKED = {
    "the same, a code from elsewhere behind each (masked cards)": 100,
    "codes without any order (masked cards)": 100,
    "pages of the list, an attendant (masked rows)": 600,
}
"""What they see of others is masked; how many is bounded by a setting."""
TEN_TOKENS = 10


@pytest.mark.parametrize("name", ATTACKS)
def test_attackers_learn_at_most_ten_customers_a_day_and_token(ledger, name):
    told = attacked(Town(ledger, 1), ATTACKS[name])
    tokens = TEN_TOKENS if "ten tokens" in name else 1
    assert told.learned <= MASKED.get(name, 10 * tokens)
    assert told.stopped


@pytest.mark.parametrize("name", SHOPS)
def test_an_honest_shop_is_never_stopped(ledger, name):
    told = SHOPS[name](Town(ledger, 1))
    assert told.answered == told.asked
    assert told.asked >= 480


def test_a_shop_whose_misses_come_in_clusters_is_not_locked_on_5_000_saturdays():
    assert locked_saturdays(5_000) == 0
