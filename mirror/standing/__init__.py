"""What a relationship is worth calling: facts in, steps through time out."""

from collections.abc import Iterable

import msgspec


class Rules(msgspec.Struct, frozen=True):
    """What the settings of a source say of standings."""

    names: tuple[str, ...] = ()
    """The rule sets in force: ``ploomes sell conta_base azata``."""
    days: int = 60
    """Conta Base: so many days after the last payment a customer is still active."""
    loss_reasons: tuple[str, ...] = ()
    """Ploomes: a deal lost for one of these makes its customer inactive."""
    extras: tuple[str, ...] = ()
    """Custom fields (labels of *Outros Dados*) that lists can be filtered by."""


class Event(msgspec.Struct, frozen=True, order=True, array_like=True):
    """Something that happened once: an order placed, a payment made."""

    at: int
    id: str
    """Empty for a purchase of which the master tells no more than the date."""


class DealFact(msgspec.Struct, frozen=True, array_like=True):
    """A deal of the customer's, or of somebody who works for this company."""

    id: str
    state: str
    opened_at: int
    """0 where the master does not say."""
    closed_at: int | None = None
    """When it was won or lost; None while it is open, or where the master does not say."""
    loss_reason: str | None = None
    employee: str | None = None
    """The primary contact, where that is an employee of the customer and not the customer."""


class Facts(msgspec.Struct, frozen=True):
    """What is known of one customer, as far as any rule asks; every list in the order of time."""

    since: int = 0
    """When the customer was registered; 0 where the master does not say."""
    purchases: tuple[Event, ...] = ()
    """Orders that are one (`mirror.records.is_purchase`)."""
    payments: tuple[Event, ...] = ()
    """Those that were made."""
    deals: tuple[DealFact, ...] = ()


class Step(msgspec.Struct, frozen=True, array_like=True):
    """A standing moves: when, to what, by which rule, because of what."""

    at: int
    value: str
    rule: str
    """A word like ``sale`` or ``days_without_payment``; the page has a sentence for each."""
    about: str | None = None
    """What brought it about: ``orders:123``, ``payments:9``, ``deals:7``; None for time itself."""
    detail: str | None = None
    """A number of days, a loss reason, the employee: what the sentence needs besides."""


def beginning(facts: Facts) -> int:
    """The earliest instant of anything known: the registration, or what happened before it.

    0 where no instant is known at all.
    """
    events = (*facts.purchases, *facts.payments)
    instants = [facts.since, *[event.at for event in events]]
    for deal in facts.deals:
        instants += (deal.opened_at, deal.closed_at or 0)
    return min(filter(None, instants), default=0)


def order_of(purchase: Event) -> str | None:
    """What a step that a purchase brings is about: ``orders:ID``; None where it has no id."""
    return f"orders:{purchase.id}" if purchase.id else None


def settled(deal: DealFact, start: int) -> int:
    """When a deal was won or lost: its closing; where that is not known its opening, else start."""
    return deal.closed_at or deal.opened_at or start


def changes(steps: Iterable[Step]) -> tuple[Step, ...]:
    """The steps, in the order given, without those to the value already held."""
    found: list[Step] = []
    held = None
    for step in steps:
        if step.value != held:
            found.append(step)
            held = step.value
    return tuple(found)
