"""Doubts an empty page: asked too much, some masters send one instead of saying so.

Believed at once it would end a listing early, and a sweep would take the rest for gone.
"""

from collections.abc import Callable

from connector.sources.envelope import Envelope
from connector.sources.paging import Place

Ask = Callable[[Place], Envelope]


def doubting(ask: Ask, wait: Callable[[], None], *, changes: bool) -> Ask:
    """``ask``, which asks for an empty page a second time after ``wait``.

    The first page of ``changes`` is believed: mostly nothing changed, and what did is still new to
    the next run.
    """

    def asked(place: Place) -> Envelope:
        page = ask(place)
        first = place.sign is None
        if page.records or page.over or (changes and first):
            return page
        wait()
        return ask(place)

    return asked
