"""The tab *Relacionamento*: what a customer is called along every axis, and how that came about."""

from dataclasses import dataclass

from mirror.progress import now_us
from mirror.standing.reading import RECEIVED, Standing, standings
from web.activity import bp, words
from web.activity.sentences import Teller, Told
from web.current import shop
from web.customers.frame import opened, rendered, texts
from web.customers.standing_lines import Line, line


@dataclass(frozen=True)
class Story:
    """One axis: what holds, whether the master says so, and the steps, newest first."""

    line: Line
    rule: str
    received: bool
    steps: tuple[Told, ...]
    begins: bool
    """Whether the first step is there; of a long history only the latest are kept."""


@bp.get("/clientes/<int:customer_id>/relacionamento")
def history(customer_id: int) -> str:
    """The story of every axis."""
    found = opened(customer_id, "relacionamento")
    here = standings(shop().mirror, found.id, now_us())
    teller, own = Teller(found, here), texts(found)
    stories = [_story(one, line(one, own), teller) for one in here]
    return rendered("activity/history.html", found, "history", stories=stories)


def _story(one: Standing, said: Line, teller: Teller) -> Story:
    return Story(
        line=said,
        rule=_rule(one),
        received=one.origin == RECEIVED,
        steps=tuple(teller.told(one.axis, step) for step in reversed(one.steps)),
        begins=one.steps[0].rule == "registered",
    )


def _rule(one: Standing) -> str:
    steps = (*one.steps, one.coming) if one.coming else one.steps
    days = [step.detail for step in steps if step.rule == "days_without_payment"]
    return words.RULE_LINES[one.axis].replace("{days}", f" {days[-1]}" if days else "")
