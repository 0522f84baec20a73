"""How money looks, down to the cent, in every currency a master may name."""

import pytest

from web.look.formats import money


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [
        (123_456, "BRL", "R$ 1.234,56"),
        (-500, "BRL", "-R$ 5,00"),
        (0, "BRL", "R$ 0,00"),
        (1, "BRL", "R$ 0,01"),
        (100_000, "USD", "US$ 1.000,00"),
        (1_005, "JPY", "JP¥ 10,05"),
        (123, "XQZ", "XQZ 1,23"),
        (999_999_999_999_999_999, "BRL", "R$ 9.999.999.999.999.999,99"),
        (None, "BRL", "—"),
    ],
)
def test_hundredths_become_reais(amount: int | None, currency: str, shown: str) -> None:
    assert money(amount, currency).replace("\xa0", " ") == shown


def test_an_amount_never_breaks_in_the_middle() -> None:
    assert " " not in money(123_456)
