"""Passwords: argon2id hashes, with RFC 9106's parameters for machines short of memory.

One check takes a processor and 64 MiB for a tenth of a second, and a worker has eight threads: so
few are checked at a time.
"""

import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from argon2.profiles import RFC_9106_LOW_MEMORY

_hasher = PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)
# Nobody's hash, as expensive as everybody's: an unknown login must cost what a known one costs.
NOBODY = (
    f"$argon2id$v=19$m={_hasher.memory_cost},t={_hasher.time_cost},p={_hasher.parallelism}"
    f"${'A' * 22}${'A' * 43}"
)
"""The hash of no password."""


def hash_of(password: str) -> str:
    """What is stored of a password: a salted hash that names its own parameters."""
    return _hasher.hash(_spelled(password))


def matches(stored: str, password: str) -> bool:
    """Whether this is the password of the hash; never for a hash that is none."""
    try:
        return _hasher.verify(stored, _spelled(password))
    except (VerifyMismatchError, InvalidHashError):
        return False


def outdated(stored: str) -> bool:
    """Whether the hash was made with other parameters than today's."""
    return _hasher.check_needs_rehash(stored)


def _spelled(password: str) -> bytes:
    # The same key strokes give composed or decomposed accents, by keyboard (RFC 8265, 4.2).
    return unicodedata.normalize("NFC", password).encode(errors="surrogatepass")


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
