"""How money looks on a Brazilian screen: hundredths and a currency become ``R$ 1.234,56``."""

from decimal import Decimal

from babel.numbers import format_currency

from mirror.activity.records import BRL

_HUNDREDTH = Decimal(100)


def money(amount: int | None, currency: str = BRL) -> str:
    """``R$ 1.234,56``, ``US$ 10,00``, ``-R$ 5,00``; an em dash for none.

    A currency nobody knows keeps its letters. Two decimals for every currency, for the amounts are
    hundredths; never breaks in the middle.
    """
    if amount is None:
        return "—"
    # Through Decimal: a float would round what a shop turns over in cents.
    value = Decimal(amount) / _HUNDREDTH
    return str(format_currency(value, currency, locale="pt_BR", currency_digits=False))
