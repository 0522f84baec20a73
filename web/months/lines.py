"""The lines of a month: what is counted, each value with the list behind it, and its picture."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from mirror.activity.records import BRL
from mirror.activity.summing import Takings, Total
from mirror.standing.month import Figures
from mirror.standing.month import Line as Counted
from web.charges.asked import address as charges_address
from web.customers.addresses import address as customers_address
from web.customers.filters import filters_of
from web.customers.standings import own_label, rules_label
from web.money import money
from web.months import words
from web.months.picture import Picture, picture
from web.presenting import number

_Told = tuple[str, str | None, str, str]
"""Name, rules, label and hint of a line."""


@dataclass(frozen=True)
class Value:
    """One figure of one month."""

    text: str
    url: str | None
    """The list behind it; None where there is nobody, or no list."""
    apart: tuple[str, ...] = ()
    """Amounts in other currencies."""


@dataclass(frozen=True)
class Line:
    """One figure through the months."""

    name: str
    rules: str | None
    """By whose rules; None where it is no matter of rules."""
    label: str
    hint: str
    values: list[Value]
    """By month, in the order of the months; the last is the one that is shown."""
    change: str
    """Against the month before: ``12 a mais``, ``3 a menos``, ``igual``."""
    sign: int
    """Which way it went."""
    picture: Picture

    @property
    def title(self) -> str:
        """What is counted, and by whose rules."""
        return f"{self.label} · {self.rules}" if self.rules else self.label

    @property
    def spoken(self) -> str:
        """The same within a sentence."""
        return f"{self.label} ({self.rules})" if self.rules else self.label

    @property
    def now(self) -> Value:
        """The figure of the month that is shown."""
        return self.values[-1]

    @property
    def arrow(self) -> str:
        """Which way it went, for the eye."""
        return {1: "▲", 0: "=", -1: "▼"}[self.sign]

    def against(self, last: str) -> str:
        """``12 a mais que em setembro``."""
        return f"{self.change} {'que em' if self.sign else 'a'} {last}"

    def so_far(self, last: str) -> str:
        """What is said of a month that is not over: ``em andamento (setembro: 5)``."""
        before = f" ({last}: {self.values[-2].text})" if len(self.values) > 1 else ""
        return f"em andamento{before}"


def customer_lines(found: Figures, months: Sequence[str]) -> Iterator[Line]:
    """The lines that count customers."""
    for line in found.lines:
        numbers = [found.of(line, month) for month in months]
        values = [
            Value(number(many), _list_of(line, month) if many else None)
            for many, month in zip(numbers, months, strict=True)
        ]
        rules = rules_label(line.axis) if line.axis else None
        told = line.name, rules, _label(line), words.LINES[line.name, line.axis][1]
        yield _line(told, months, numbers, values, number)


def money_lines(found: Mapping[str, Takings], months: Sequence[str]) -> Iterator[Line]:
    """What was received, and what is late: in reais, other currencies apart."""
    received = [found[month].received for month in months]
    yield _money_line(words.RECEIVED, months, received, [None] * len(months))
    late = [found[month].overdue for month in months]
    urls = [charges_address(month, "overdue") if found[month].overdue else None for month in months]
    yield _money_line(words.OVERDUE, months, late, urls)


def _money_line(
    told: _Told,
    months: Sequence[str],
    totals: Sequence[list[Total]],
    urls: Sequence[str | None],
) -> Line:
    amounts = [sum(one.amount for one in some if one.currency == BRL) for some in totals]
    values = [
        Value(money(amount), url, _apart(some))
        for amount, url, some in zip(amounts, urls, totals, strict=True)
    ]
    return _line(told, months, amounts, values, money)


def _apart(totals: list[Total]) -> tuple[str, ...]:
    return tuple(money(one.amount, one.currency) for one in totals if one.currency != BRL)


def _line(
    told: _Told,
    months: Sequence[str],
    numbers: Sequence[int],
    values: list[Value],
    written: Callable[[int], str],
) -> Line:
    change = numbers[-1] - numbers[-2] if len(numbers) > 1 else 0
    word = f"{written(abs(change))} {'a mais' if change > 0 else 'a menos'}" if change else "igual"
    sign = (change > 0) - (change < 0)
    return Line(*told, values, word, sign, picture(months, numbers, written))


def _list_of(line: Counted, month: str) -> str:
    return customers_address(filters_of(None, ((line.facet, month),)))


def _label(line: Counted) -> str:
    own = own_label(line.axis, line.facet.rpartition(".")[2]) if line.axis else None
    return words.OWN[line.name].format(label=own) if own else words.LINES[line.name, line.axis][0]
