"""Doubts an empty page: asked too much, some masters send one instead of saying so.

Believed at once it would end a listing early, and a sweep would take the rest for gone.
"""

from collections.abc import Callable
from typing import Protocol

from connector.problems import BadAnswer
from connector.sources.envelope import Envelope
from connector.sources.paging import Place
from connector.sources.stream import Paging

Ask = Callable[[Place], Envelope]


class Pausing(Protocol):
    """What can wait between two requests."""

    def pause(self, seconds: float) -> None:
        """Ask nothing for so long."""


def doubting(ask: Ask, paging: Paging, pausing: Pausing, name: str, *, changes: bool) -> Ask:
    """``ask``, which asks for an empty page a second time after ``paging.again_s``; None: never.

    The page before must still be there by then, or BadAnswer is raised, told of source ``name``.
    Of ``changes`` an empty page is believed where it comes first, or after one that was not full:
    every run that finds nothing new ends so, and the sweep finds what such a page may hide.
    """
    again_s = paging.again_s
    if again_s is None:
        return ask
    before: list[Place] = []
    full = False

    def asked(place: Place) -> Envelope:
        nonlocal full
        page = ask(place)
        if page.records:
            before[:], full = [place], len(page.records) >= paging.size
        if page.records or page.over or (changes and not full):
            return page
        pausing.pause(again_s)
        if before and not ask(before[0]).records:
            raise BadAnswer(
                f"{name}: the master sends empty pages where it had records before. Is it asked "
                "too much, by others too? What was read is kept, and nobody is taken for gone."
            )
        return ask(place)

    return asked


def refuse_doubtful(paging: Paging, name: str) -> None:
    """Raise BadAnswer where an empty list, sent for one customer, is no proof of their end."""
    if paging.again_s is not None:
        raise BadAnswer(
            f"{name}: the master knows no such customer, or is asked too much. A sweep will tell."
        )
