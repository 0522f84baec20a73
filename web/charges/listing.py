"""The list of a month's charges, its filters with number and sum, page by page, earliest first.

Everything on the page is of one snapshot and as of one day, so the list of a filter is exactly what
its number and sum count.
"""

from dataclasses import dataclass, replace

from flask import redirect, render_template
from werkzeug.wrappers import Response as Answer

from mirror.activity.charges import Look, Part, look
from mirror.activity.summing import NO_MONTH
from web import monthly
from web.accounting import permit
from web.charges import bp, words
from web.charges.asked import NO_MONTH_SLUG, address, asked, state_slug
from web.charges.rows import Sum, row, summed
from web.current import shop
from web.presenting import number

PER_PAGE = 40  # a page and all it loads stay under 20 KB
_MOST_MONTHS = 60
_VOID = ("cancelled", "deleted")


@dataclass(frozen=True)
class Filter:
    """One of the states to choose from."""

    label: str
    url: str
    here: bool
    sum: Sum


@bp.get("/cobrancas")
def listing() -> str | Answer:
    """One page of the charges that fall due in a month."""
    permit("charges")
    today = monthly.today()
    now = monthly.of_day(today)
    part = asked(now)
    found = look(shop().mirror, part, today, PER_PAGE)
    if not found.page.rows and (part.after or part.before):
        return redirect(address(part.month, part.state), 303)  # the page is gone meanwhile
    month = words.NO_DATE if part.month == NO_MONTH else monthly.named(part.month)
    sum_of_all = _sum(found, part.state)
    style = shop().settings.document_mask
    return render_template(
        "charges/list.html",
        slug=state_slug(part.state),
        month=month,
        heading=month.capitalize(),
        caption=f"{words.FILTERS[part.state]}, {month}, pelo vencimento",
        empty=words.EMPTY[part.state],
        today=today,
        rows=[row(one, style) for one in found.page.rows],
        filters=_filters(found, part),
        sum=sum_of_all,
        valid=None if part.state else _valid(found, sum_of_all),
        any_at_all=bool(found.months),
        picker=_picker(found, part, now),
        earlier=found.page.earlier and address(part.month, part.state, before=found.page.earlier),
        later=found.page.later and address(part.month, part.state, after=found.page.later),
    )


def _valid(found: Look, all_of_them: Sum) -> str | None:
    """What is not void, ``3, R$ 30,00 e, à parte, US$ 5,00``; None where that is all."""
    valid = summed(one for one in found.totals if one.state not in _VOID)
    if valid.charges == all_of_them.charges:
        return None
    told = f"{number(valid.charges)}, {valid.amount}"
    return f"{told} e, à parte, {' · '.join(valid.apart)}" if valid.apart else told


def _filters(found: Look, part: Part) -> list[Filter]:
    there = {one.state for one in found.totals} | {part.state}
    return [
        Filter(label, address(part.month, state), state == part.state, _sum(found, state))
        for state, label in words.FILTERS.items()
        if state != "unknown" or state in there
    ]


def _sum(found: Look, state: str | None) -> Sum:
    return summed(one for one in found.totals if state in (None, one.state))


def _picker(found: Look, part: Part, now: str) -> monthly.Picker:
    """The months there are and this one; charges without a date are a choice of their own."""
    there = {one for one in found.months if one != NO_MONTH} | {now}
    undated = part.month == NO_MONTH
    made = monthly.picker(
        now if undated else part.month, there, lambda one: address(one, part.state)
    )
    if not undated and NO_MONTH not in found.months:
        return made
    options = [replace(one, here=one.here and not undated) for one in made.options]
    last = monthly.Option(NO_MONTH_SLUG, words.NO_DATE.capitalize(), undated)
    return replace(made, options=[*options, last])
