"""Zendesk Sell: deals make a contact a prospect, won ones a customer; two axes that move apart.

The article's prospect status, and how each value comes about:

- ``none`` (*Não é cliente potencial*): no deal was ever associated, or the last one open was won.
- ``current`` (*Cliente potencial atual*): a deal is open. As long as one is, nothing else holds.
- ``lost`` (*Cliente potencial perdido*): the last one open was lost or unqualified; until a new
  deal comes. The vendor's reference has "never been customers" of these, and the article forbids
  to set it by hand after a win: so whoever ever won a deal falls back to ``none`` instead.

Its customer status:

- ``none`` (*Não é cliente*), until a deal is won; an open deal makes nobody a customer.
- ``current`` (*Cliente atual*): a deal was won. Neither time nor another deal takes that away.
- ``past`` (*Cliente passado*): by hand only, so it comes from the master, never from here.

What happens to a company's employee as the primary contact of a deal happens to the company too:
such deals are among the company's facts, and its steps name the employee. The article says so of
creation and win; losses are taken likewise. Nothing passes from a company to its employees.

A person may set either status by hand, with two exceptions that the article names: a contact with
an open deal is never ``none`` nor ``lost``, one that ever won a deal never ``lost`` (`forbids`).

Facts are deals as they are now. One that was deleted, or that the contact was removed from, is no
fact any more, and one that was reopened is open: the steps they brought about are gone with them.
"""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from mirror.standing import DealFact, Facts, Rules, Step, beginning, changes, settled

_OPENED, _LOST, _WON = range(3)
_ENDS = {"lost": _LOST, "unqualified": _LOST, "won": _WON}
_RULES = ("deal_opened", "deal_lost", "deal_won")


class _Move(NamedTuple):
    at: int
    kind: int
    deal: DealFact

    @property
    def place(self) -> tuple[int, int, str]:
        return self.at, self.kind, self.deal.id

    def to(self, value: str) -> Step:
        about, employee = f"deals:{self.deal.id}", self.deal.employee
        return Step(self.at, value, _RULES[self.kind], about, employee)


def timeline(facts: Facts, rules: Rules) -> dict[str, tuple[Step, ...]]:
    """The steps of both axes; rules ``registered deal_opened deal_lost deal_won``.

    At the same instant openings count before losses, losses before wins, a lower id before a higher
    one. A deal that the master closes before it opens, or never opens, opens as it closes.
    """
    start = beginning(facts)
    moves = sorted(_moves(facts, start), key=lambda move: move.place)
    registered = Step(start, "none", "registered")
    return {
        "sell_prospect": changes([registered, *_prospect(moves)]),
        "sell_customer": (registered, *islice(_customer(moves), 1)),
    }


def forbids(prospect: str, last: Step) -> bool:
    """Whether Sell lets nobody set this prospect status by hand, after the last step on its axis.

    ``current`` is a deal that is open; ``none`` that came by a deal, one that was ever won.
    """
    if last.value == "current":
        return prospect in ("none", "lost")
    return prospect == "lost" and last.value == "none" and last.rule != "registered"


def _moves(facts: Facts, start: int) -> Iterator[_Move]:
    for deal in facts.deals:
        if deal.state == "open":
            yield _Move(deal.opened_at or start, _OPENED, deal)
        elif deal.state in _ENDS:
            closed_at = settled(deal, start)
            yield _Move(min(deal.opened_at or closed_at, closed_at), _OPENED, deal)
            yield _Move(closed_at, _ENDS[deal.state], deal)


def _prospect(moves: Iterable[_Move]) -> Iterator[Step]:
    open_deals, ever_won = 0, False
    for move in moves:
        open_deals += 1 if move.kind == _OPENED else -1
        ever_won = ever_won or move.kind == _WON
        yield move.to("current" if open_deals else "none" if ever_won else "lost")


def _customer(moves: Iterable[_Move]) -> Iterator[Step]:
    return (move.to("current") for move in moves if move.kind == _WON)
