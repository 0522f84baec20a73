"""What a customer does, as it stands at one moment: orders, charges, deals, visits.

Made anew for every listing from the customer's past and story, so that none is ever remembered.
Instants in microseconds since 1970, days since 1970-01-01, money in hundredths.
"""

from collections.abc import Callable, Mapping
from typing import TypeVar

import msgspec

from connector.sandbox.story import Event, Story


class Line(msgspec.Struct, frozen=True):
    """One line of an order."""

    name: str
    quantity: int
    price: int


class Entry(msgspec.Struct, kw_only=True):
    """What all of them have: a number among the customer's own, when it was, how it changed."""

    number: int
    at: int
    updated_at: int
    version: int = 1

    def touch(self, now: int) -> None:
        """It changes, or is listed again, at ``now``."""
        self.version += 1
        self.updated_at = now


class Order(Entry, kw_only=True):
    """An order, quote, return or receipt."""

    kind: str = "pedido"
    status: str
    lines: tuple[Line, ...]
    method: str = "Pix"
    parts: int = 1
    """In how many instalments it is paid."""
    seller: str | None = None

    @property
    def total(self) -> int:
        """What its lines come to; less than nothing for a return."""
        due = sum(line.quantity * line.price for line in self.lines)
        return -due if self.kind == "devolução" else due


class Charge(Entry, kw_only=True):
    """One instalment of an order."""

    order: int
    part: int
    parts: int
    method: str
    status: str
    amount: int
    issued: int
    due: int
    paid_at: int = 0


class Deal(Entry, kw_only=True):
    """A sale being talked about; ``closed_at`` is 0 while it is."""

    title: str
    amount: int
    pipeline: str
    status: str = "aberto"
    stage: str = "Contato"
    closed_at: int = 0
    loss_reason: str | None = None


class Visit(Entry, kw_only=True):
    """A page of the shop's site that was looked at; ``order`` is 0 when it led to none."""

    page: str
    order: int = 0


Told = TypeVar("Told", bound=Entry)
Deeds = Mapping[str, Callable[[list[Told], Event], object]]


def told(past: list[Told], story: Story, deeds: Deeds[Told]) -> list[Told]:
    """What has become of the entries of the past; ``deeds`` by kind of event.

    Whoever returns brings everything back, listed as of then.
    """
    for event in story.events:
        if event.kind == "return":
            for entry in past:
                entry.touch(event.at)
        elif event.kind in deeds:
            deeds[event.kind](past, event)
    return past
