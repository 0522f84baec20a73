"""The assistant (*Assistente*): a month in figures and pictures, the last, and the year behind."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from flask import Blueprint, render_template, url_for

from mirror.instants import local_day
from mirror.reading.activity import served
from mirror.reading.charges import Takings, Total, takings
from mirror.reading.facets import Figures, figures
from mirror.reading.facets import Line as Counted
from mirror.records import BRL
from mirror.store.progress import now_us
from web.look import formats, words
from web.look.addresses import address as customers_address
from web.look.addresses import charges_address
from web.look.filters import filters_of
from web.look.formats import money, number
from web.look.standings import axis_label, own_label
from web.shop import permit, shop

# Twelve bars: a year of one figure, drawn as paths, told in words for whoever does not see it.

SLOT, WIDTH, TOP, BASE = 20, 14, 14, 74
"""In the units of the drawing, which is as wide as twelve slots."""
_LEAST = 2


@dataclass(frozen=True)
class Picture:
    """The bars of some months, the last of them the one that is shown."""

    before: str
    """The path of the bars before it."""
    shown: str
    """The path of its own bar."""
    most: str
    """The largest value, as it is written."""
    told: str
    """The same in a sentence."""
    is_empty: bool
    """There is nothing to draw in any month."""


def picture(months: Sequence[str], values: Sequence[int], written: Callable[[int], str]) -> Picture:
    """The drawing of at least one month; a month with nothing has no bar."""
    most, least = max(values), min(values)
    bars = [_bar(place, value, most) for place, value in enumerate(values)]
    high, low = months[values.index(most)], months[values.index(least)]
    return Picture(
        "".join(bars[:-1]),
        bars[-1],
        written(most),
        f"De {formats.named(months[0])} a {formats.named(months[-1])}: o maior, {written(most)}, "
        f"em {formats.named(high)}; o menor, {written(least)}, em {formats.named(low)}.",
        most <= 0,
    )


def _bar(place: int, value: int, most: int) -> str:
    if value <= 0:
        return ""
    height = max(round((BASE - TOP) * value / most), _LEAST)
    left = place * SLOT + (SLOT - WIDTH) // 2
    return f"M{left} {BASE}v-{height}h{WIDTH}v{height}z"


# The lines of a month: what is counted, each value with the list behind it, and its picture.

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
    """Along which axis; None where it is no matter of standings."""
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
        """What is counted, and along which axis."""
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
        """What is said of a month that is not over: ``até hoje 82 · outubro 143``."""
        before = f" · {last} {self.values[-2].text}" if len(self.values) > 1 else ""
        return f"até hoje {self.now.text}{before}"


def customer_lines(found: Figures, months: Sequence[str]) -> Iterator[Line]:
    """The lines that count customers."""
    for line in found.lines:
        numbers = [found.of(line, month) for month in months]
        values = [
            Value(number(many), _list_of(line, month) if many else None)
            for many, month in zip(numbers, months, strict=True)
        ]
        rules = axis_label(line.axis) if line.axis else None
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


_OWN = {
    "became_active": "Passaram a “{label}”",
    "reactivated": "Voltaram a “{label}”",
    "became_inactive": "Passaram a “{label}”",
}
"""Where the shop has its own label for the standing."""


def _label(line: Counted) -> str:
    own = own_label(line.axis, line.facet.rpartition(".")[2]) if line.axis else None
    return _OWN[line.name].format(label=own) if own else words.LINES[line.name, line.axis][0]


bp = Blueprint("months", __name__)


# The page of a month: every figure against the month before, and with the year behind it.

YEAR = 12
_CHOICE = 36


@dataclass(frozen=True)
class Column:
    """A month of the year behind: a bar of every picture, a line of the table."""

    place: int
    short: str
    letter: str
    url: str

    @property
    def x(self) -> int:
        """The middle of its bars."""
        return self.place * SLOT + SLOT // 2


@bp.get("/assistente")
def overview() -> str:
    """The figures of the month asked for; of this month by default, and never of a later one."""
    permit("months")
    instant = now_us()  # one instant for all: nothing on the page is of another day
    today = local_day(instant)
    now = formats.of_day(today)
    month = min(formats.asked(now), now)
    months = formats.up_to(month, YEAR)
    streams = served(shop().mirror)
    return render_template(
        "months/overview.html",
        month=formats.named(month),
        last=formats.named(months[-2] if len(months) > 1 else month).split()[0],
        columns=[_column(place, one) for place, one in enumerate(months)],
        lines=_in_front(_lines(months, streams, instant)),
        front=MOST_FIRST,
        streams=streams,
        today=today if month == now else None,
        picker=formats.picker(month, formats.up_to(now, _CHOICE), page_of, latest=now),
    )


def page_of(month: str) -> str:
    """The address of a month's page."""
    return url_for("months.overview", mes=month)


def _column(place: int, month: str) -> Column:
    short = formats.shortly(month)
    return Column(place, short, short[0].upper(), page_of(month))


_FIRST = ("new", "first_purchase", "received", "overdue")
MOST_FIRST = 4


def _in_front(lines: list[Line]) -> list[Line]:
    """The four that a shop asks for first, and the next ones in the place of what it has not."""
    return sorted(lines, key=lambda line: line.name not in _FIRST)


def _lines(months: list[str], streams: set[str], instant: int) -> list[Line]:
    """Without what this master never tells: a row of zeros would look like an answer."""
    found = list(customer_lines(figures(shop().mirror, months, instant), months))
    if "orders" not in streams:
        found = [line for line in found if line.name != "first_purchase"]
    if "payments" in streams:
        found += money_lines(takings(shop().mirror, months, local_day(instant)), months)
    return found
