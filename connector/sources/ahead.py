"""Fetches pages ahead, several at once, where their places do not depend on each other's answers.

Pages still come in order, and no more are held than are fetched at once. Past the end of a long
listing a few requests are made for nothing: what became of them is not looked at.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

from connector.sources.envelope import Envelope
from connector.sources.paging import COUNTED, Place, place_after
from connector.sources.stream import Paging

Ask = Callable[[Place], Envelope]


@contextmanager
def ahead(ask: Ask, paging: Paging, at_once: int) -> Iterator[Ask]:
    """``ask``, answered from what ``at_once`` threads fetched ahead, while the block runs."""
    if at_once == 1 or paging.kind not in COUNTED:
        yield ask
        return
    pool = ThreadPoolExecutor(at_once, "page")
    try:
        yield _Ahead(ask, paging, at_once, pool)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


class _Ahead:
    def __init__(self, ask: Ask, paging: Paging, at_once: int, pool: ThreadPoolExecutor) -> None:
        self._ask = ask
        self._paging = paging
        self._at_once = at_once
        self._pool = pool
        self._fetched: dict[object, Future[Envelope]] = {}

    def __call__(self, place: Place) -> Envelope:
        # The first page comes alone: most readings of changes have no second one.
        wanted = place
        for _ in range(1 if place.sign is None else self._at_once):
            if wanted.sign not in self._fetched:
                self._fetched[wanted.sign] = self._pool.submit(self._ask, wanted)
            wanted = place_after(wanted, self._paging)
        return self._fetched.pop(place.sign).result()
