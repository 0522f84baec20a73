"""Doubts an empty page: asked too much, some masters send one instead of saying so.

Believed at once it would end a listing early, and a sweep would take the rest for gone.
"""

from collections.abc import Callable
from typing import Protocol

from connector.sources.envelope import Envelope
from connector.sources.paging import Place

Ask = Callable[[Place], Envelope]


class Pausing(Protocol):
    """What can wait between two requests."""

    def pause(self, seconds: float) -> None:
        """Ask nothing for so long."""


def doubting(ask: Ask, again_s: float | None, pausing: Pausing, *, changes: bool) -> Ask:
    """``ask``, which asks for an empty page a second time after ``again_s``; None: never.

    The first page of ``changes`` is believed: mostly nothing changed, and what did is still new to
    the next run.
    """
    if again_s is None:
        return ask

    def asked(place: Place) -> Envelope:
        page = ask(place)
        first = place.sign is None
        if page.records or page.over or (changes and first):
            return page
        pausing.pause(again_s)
        return ask(place)

    return asked
