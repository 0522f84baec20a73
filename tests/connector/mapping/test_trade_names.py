"""A trade name that is the name again says nothing."""

from tests.fakes.translation import read


def test_a_trade_name_that_repeats_the_name_is_left_out():
    assert read(name="Padaria Sol", trade_name="Padaria Sol").trade_name is None
    assert read(name="Sol Nascente Ltda", trade_name="Padaria Sol").trade_name == "Padaria Sol"


def test_a_trade_name_without_a_name_is_kept():
    assert read(name=None, trade_name="Padaria Sol").trade_name == "Padaria Sol"
