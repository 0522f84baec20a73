"""Ploomes: a prospect until something is sold, active by every sale, inactive by chosen losses.

The article's four states of the customer, and how each comes about:

- ``prospect`` (*Prospecção*): whoever is created is one, always.
- ``active`` (*Ativo*): every sale to the customer leads here, from any state. The article leaves
  open what a sale is; accounts differ in whether a won deal makes an order. Both count.
- ``inactive`` (*Inativo*): no rule of the system's own. The article shows how a shop automates it:
  a deal lost for a named reason (*desistência*) makes its customer inactive. `Rules.loss_reasons`
  has the names; without any, nobody becomes inactive. As in the automation, the reason alone
  decides: whether anything had been sold before is not asked.
- ``discarded`` (*Descartado*): cannot trade any more. A person decides that: it comes from the
  master, never from here. A sale would lead out of it, as out of any state.

Time moves nobody. The article speaks of the customer a deal is tied to and of nobody else, so deals
of a company's employees do not count for the company.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple
from unicodedata import combining, normalize

from mirror.standing import DealFact, Facts, Rules, Step, beginning, order_of, settled


class _Move(NamedTuple):
    at: int
    is_sale: bool
    about: str | None
    reason: str | None = None

    @property
    def place(self) -> tuple[int, bool, str]:
        return self.at, self.is_sale, self.about or "orders:"

    def step(self) -> Step:
        if self.is_sale:
            return Step(self.at, "active", "sale", self.about)
        return Step(self.at, "inactive", "lost_for_reason", self.about, self.reason)


def timeline(facts: Facts, rules: Rules) -> dict[str, tuple[Step, ...]]:
    """The steps of the axis ``ploomes``; rules ``registered sale lost_for_reason``.

    At the same instant a loss counts before a sale, a deal before an order, a lower id before a
    higher one. Reasons are compared without case, accents and outer spaces.
    """
    start, reasons = beginning(facts), _folded_all(rules.loss_reasons)
    moves = sorted(_moves(facts, start, reasons), key=lambda move: move.place)
    registered = Step(start, "prospect", "registered")
    return {"ploomes": (registered, *(move.step() for move in _turns(moves)))}


def only_by_hand(value: str, rules: Rules) -> bool:
    """Whether a person alone gives this value: *Inativo*, where no reason for a loss is named."""
    return value == "inactive" and not _folded_all(rules.loss_reasons)


def _moves(facts: Facts, start: int, reasons: frozenset[str]) -> Iterator[_Move]:
    for purchase in facts.purchases:
        yield _Move(purchase.at, True, order_of(purchase))
    for deal in facts.deals:
        if not deal.employee and (deal.state == "won" or _is_lost_for(deal, reasons)):
            at, about = settled(deal, start), f"deals:{deal.id}"
            yield _Move(at, deal.state == "won", about, deal.loss_reason)


def _turns(moves: Iterable[_Move]) -> Iterator[_Move]:
    """Those that lead elsewhere: of many sales in a row, the first."""
    sold = None
    for move in moves:
        if move.is_sale is not sold:
            yield move
        sold = move.is_sale


def _is_lost_for(deal: DealFact, reasons: frozenset[str]) -> bool:
    return deal.state == "lost" and _folded(deal.loss_reason or "") in reasons


@lru_cache(1_000)
def _folded_all(reasons: tuple[str, ...]) -> frozenset[str]:
    return frozenset(map(_folded, reasons)) - {""}


@lru_cache(1_000)
def _folded(reason: str) -> str:
    plain = "".join(c for c in normalize("NFKD", reason) if not combining(c))
    return " ".join(plain.casefold().split())
