"""The tab *Relacionamento*: what a customer is called, and how that came about, in sentences."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from flask import url_for

from mirror.instants import local_day
from mirror.masking import Texts
from mirror.reading import activity, find
from mirror.reading.standings import RECEIVED, Standing, standings
from mirror.standing import Step
from mirror.store.progress import now_us
from mirror.store.sealing import Found, Seen
from web.activity import bp
from web.activity.names import Link, order_name
from web.look import words
from web.look.customer_page import opened, rendered, texts
from web.look.formats import day as shown_day
from web.look.masked import head, masks
from web.look.standings import Line, label_of, line
from web.shop import shop

# How a standing came about, step by step, in sentences with links to what brought it.

_SELL = ("sell_prospect", "sell_customer")
_PAGES: dict[str, Callable[[int, int], str]] = {
    "orders": lambda whose, row: url_for("activity.order", customer_id=whose, order_id=row),
    "payments": lambda whose, row: url_for("activity.payment", customer_id=whose, payment_id=row),
    "deals": lambda whose, row: url_for("activity.deal", customer_id=whose, deal_id=row),
}


@dataclass(frozen=True)
class Told:
    """One step: the day, what the standing became, and the sentence in pieces."""

    day: date | None
    """None where the master does not say when."""
    value: str
    sentence: tuple[Link, ...]

    @property
    def when(self) -> str:
        """The day as a page says it."""
        return shown_day(self.day) if self.day else "sem data"


class Teller:
    """Tells a customer's steps; what they are about is read once, for all axes together."""

    def __init__(self, found: Found, standings: Iterable[Standing]) -> None:
        self._found = found
        self._own: Texts = texts(found)
        steps = [(one.axis, step) for one in standings for step in one.steps]
        people = {step.detail for axis, step in steps if axis in _SELL and step.detail}
        self._people = find.named(shop().mirror, found.source, people) if people else {}
        self._seen = {
            stream: activity.named(shop().mirror, stream, found.source, names)
            for stream in _PAGES
            if (names := _names(stream, (step for _, step in steps)))
        }

    def told(self, axis: str, step: Step) -> Told:
        """One step of an axis."""
        return Told(
            local_day(step.at) if step.at else None,
            label_of(axis, step.value, self._own),
            tuple(self._pieces(axis, step)),
        )

    def _pieces(self, axis: str, step: Step) -> Iterable[Link]:
        before, about, after = self._sentence(axis, step).partition("{about}")
        yield Link(before)
        if about and step.about:
            stream, _, name = step.about.partition(":")
            yield Link(words.ABOUTS.get((stream, step.rule), ""))
            yield self._about(stream, name)
        if axis in _SELL and step.detail:
            yield Link(f"{after.removesuffix('.')} (contato principal: ")
            yield from (self._person(step.detail), Link(")."))
        else:
            yield Link(after)

    def _sentence(self, axis: str, step: Step) -> str:
        place = (axis, step.rule, step.value)
        if step.about is None and place in words.WITHOUT_ABOUT:
            return words.WITHOUT_ABOUT[place]
        said = words.STEPS.get(place, words.STEP_OTHER)
        return said.replace("{detail}", self._own.word(step.detail or "—"))

    def _about(self, stream: str, name: str) -> Link:
        seen = self._seen.get(stream, {}).get(name)
        whose = self._whose(seen)
        label = self._label(stream, name, seen, whose)
        if seen is None or whose is None:
            return Link(label)
        return Link(label, _PAGES[stream](whose.id, seen.id))

    def _whose(self, seen: Seen | None) -> Found | None:
        if seen is None or seen.record.customer == self._found.external_id:
            return self._found
        return self._people.get(seen.record.customer)

    def _label(self, stream: str, name: str, seen: Seen | None, whose: Found | None) -> str:
        own = texts(whose) if whose else self._own
        if seen is None:
            return own.code(name)
        if stream == "orders":
            return order_name(seen, own)
        said = seen.record.description if stream == "payments" else seen.record.title
        return f"“{own.text(said)}”" if said else own.code(name)

    def _person(self, name: str) -> Link:
        one = self._people.get(name)
        if one is None:
            return Link(self._own.code(name))
        address = url_for("customers.page", customer_id=one.id)
        return Link(head(one, masks()).name, address)


def _names(stream: str, steps: Iterable[Step]) -> set[str]:
    abouts = (step.about.split(":", 1) for step in steps if step.about)
    return {name for kind, name in abouts if kind == stream}


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
