"""Lets few at a time do what is dear on purpose, so that a flood of them leaves threads to others.

A password check takes a processor and 64 MiB for a tenth of a second; a worker has eight threads.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore


class Crowded(Exception):
    """So many are inside and waiting that this one was turned away, having done nothing."""


class Turnstile:
    """So many inside at once, so many waiting no longer than this; the rest are turned away."""

    def __init__(self, inside: int = 2, waiting: int = 2, patience_s: float = 1.0) -> None:
        self._here = BoundedSemaphore(inside + waiting)
        self._inside = BoundedSemaphore(inside)
        self._patience_s = patience_s

    @contextmanager
    def passage(self) -> Iterator[None]:
        """Be inside for a while. Raises Crowded, at once where the waiting places are taken."""
        if not self._here.acquire(blocking=False):
            raise Crowded
        try:
            if not self._inside.acquire(timeout=self._patience_s):
                raise Crowded
            try:
                yield
            finally:
                self._inside.release()
        finally:
            self._here.release()
