"""Doubts an empty page: asked too much, some masters send one instead of saying so.

Believed at once it would end a listing early, and a sweep would take the rest for gone.
"""

from collections.abc import Callable
from typing import Protocol

from connector.problems import BadAnswer
from connector.sources.envelope import Envelope
from connector.sources.paging import Place

Ask = Callable[[Place], Envelope]


class Pausing(Protocol):
    """What can wait between two requests."""

    def pause(self, seconds: float) -> None:
        """Ask nothing for so long."""


def doubting(ask: Ask, again_s: float | None, pausing: Pausing, name: str, *, changes: bool) -> Ask:
    """``ask``, which asks for an empty page a second time after ``again_s``; None: never.

    The page before must still be there by then, or BadAnswer is raised, told of source ``name``.
    The first page of ``changes`` is believed: mostly nothing changed, and what did is still new to
    the next run.
    """
    if again_s is None:
        return ask
    before: list[Place] = []

    def asked(place: Place) -> Envelope:
        page = ask(place)
        if page.records:
            before[:] = [place]
        if page.records or page.over or (changes and not before):
            return page
        pausing.pause(again_s)
        if before and not ask(before[0]).records:
            raise BadAnswer(
                f"{name}: the master sends empty pages where it had customers before. Is it asked "
                "too much, by others too? What was read is kept, and nobody is taken for gone."
            )
        return ask(place)

    return asked
