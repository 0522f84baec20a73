"""Twelve bars: a year of one figure, drawn as paths, told in words for whoever does not see it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from web import monthly

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
        f"De {monthly.named(months[0])} a {monthly.named(months[-1])}: o maior, {written(most)}, "
        f"em {monthly.named(high)}; o menor, {written(least)}, em {monthly.named(low)}.",
        most <= 0,
    )


def _bar(place: int, value: int, most: int) -> str:
    if value <= 0:
        return ""
    height = max(round((BASE - TOP) * value / most), _LEAST)
    left = place * SLOT + (SLOT - WIDTH) // 2
    return f"M{left} {BASE}v-{height}h{WIDTH}v{height}z"
