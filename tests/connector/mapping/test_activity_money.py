"""Money is whole hundredths: exact out of numbers and texts, refused where it is none."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from connector.mapping.activity import NO_CURRENCY, currency, hundredths, plain
from connector.mapping.values import Refused


@pytest.mark.parametrize(
    ("value", "read"),
    [
        (0, 0),
        (1, 100),
        (1234.5, 123_450),
        (0.1, 10),
        (0.29, 29),
        (1.15, 115),
        (1.005, 101),
        (0.30000000000000004, 30),
        (18250.5, 1_825_050),
        (-12.34, -1_234),
        (999_999_999_999.99, 99_999_999_999_999),
        ("1234.50", 123_450),
        (" 7 ", 700),
        ("+7.5", 750),
        ("1e3", 100_000),
        ("0.004", 0),
        ("0.005", 1),
        (None, None),
        ("", None),
    ],
)
def test_an_amount_is_read_exactly(value: Any, read: int | None):
    assert hundredths(value, "amount") == read


@given(
    st.one_of(
        st.floats(-(10**11), 10**11),
        st.integers(-(10**11), 10**11),
        st.decimals(-(10**9), 10**9, places=3).map(float),
    )
)
@example(0.125)
@example(-0.0)
@example(2.675)
@example(999_999_999.995)
def test_a_number_is_the_hundredths_of_its_digits(number: float):
    right = Decimal(str(number)).quantize(Decimal("0.01"), ROUND_HALF_UP)
    assert hundredths(number, "amount") == int(right.scaleb(2))


@given(st.integers(0, 10**12 - 1))
@example(0)
@example(100)
def test_a_whole_quantity_is_written_as_it_is(number: int):
    assert plain(number, "items") == str(number) == plain(str(number), "items")


@pytest.mark.parametrize(
    "value",
    [
        "1.234,56",
        "R$ 10",
        "dez",
        "1..2",
        "NaN",
        "Infinity",
        "1_000",
        "٣",
        True,
        False,
        [],
        {},
        "--1",
    ],
)
def test_what_is_no_number_is_refused(value: Any):
    with pytest.raises(Refused, match=r"^amount: not_a_number$"):
        hundredths(value, "amount")


@pytest.mark.parametrize("value", [10**12, -(10**12), 1e300, "1e999", "9" * 40])
def test_what_is_no_price_any_more_is_refused(value: Any):
    with pytest.raises(Refused, match=r"^amount: too_large$"):
        hundredths(value, "amount")


@pytest.mark.parametrize(
    ("value", "read"),
    [
        (2, "2"),
        (2.0, "2"),
        (1.5, "1.5"),
        ("1.500", "1.5"),
        (100, "100"),
        (0, "0"),
        ("-0.0000001", "0"),
        (1e-7, "0"),
        (None, None),
    ],
)
def test_a_quantity_is_written_plainly(value: Any, read: str | None):
    assert plain(value, "items") == read


@pytest.mark.parametrize("value", [None, "", "BRL", "brl", " BRL ", "R$"])
def test_nothing_said_is_brl(value: Any):
    flags: list[str] = []

    assert (currency(value, flags), flags) == ("BRL", [])


@pytest.mark.parametrize("value", ["USD", "usd", "EUR"])
def test_another_currency_is_kept_and_told(value: str):
    flags: list[str] = []

    assert (currency(value, flags), flags) == (value.upper(), ["foreign_currency"])


@pytest.mark.parametrize("value", [7, "7", "REAIS", "US", True, ["BRL"], {}])
def test_what_is_no_currency_is_never_added_to_brl(value: Any):
    flags: list[str] = []

    assert currency(value, flags) == NO_CURRENCY
    assert flags == ["foreign_currency", "currency_invalid"]
