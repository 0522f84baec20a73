"""The page of a month: every figure against the month before, and with the year behind it."""

from dataclasses import dataclass

from flask import render_template, url_for

from mirror.activity.finding import served
from mirror.activity.summing import takings
from mirror.instants import local_day
from mirror.progress import now_us
from mirror.standing.month import figures
from web import monthly
from web.accounting import permit
from web.current import shop
from web.months import bp
from web.months.lines import Line, customer_lines, money_lines
from web.months.picture import SLOT

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
    now = monthly.of_day(today)
    month = min(monthly.asked(now), now)
    months = monthly.up_to(month, YEAR)
    streams = served(shop().mirror)
    return render_template(
        "months/overview.html",
        month=monthly.named(month),
        last=monthly.named(months[-2] if len(months) > 1 else month).split()[0],
        columns=[_column(place, one) for place, one in enumerate(months)],
        lines=_lines(months, streams, instant),
        streams=streams,
        today=today if month == now else None,
        picker=monthly.picker(month, monthly.up_to(now, _CHOICE), page_of, latest=now),
    )


def page_of(month: str) -> str:
    """The address of a month's page."""
    return url_for("months.overview", mes=month)


def _column(place: int, month: str) -> Column:
    short = monthly.shortly(month)
    return Column(place, short, short[0].upper(), page_of(month))


def _lines(months: list[str], streams: set[str], instant: int) -> list[Line]:
    """Without what this master never tells: a row of zeros would look like an answer."""
    found = list(customer_lines(figures(shop().mirror, months, instant), months))
    if "orders" not in streams:
        found = [line for line in found if line.name != "first_purchase"]
    if "payments" in streams:
        found += money_lines(takings(shop().mirror, months, local_day(instant)), months)
    return found
