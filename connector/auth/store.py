"""Keeps a refresh token between runs: sealed, in a file only the service reads."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mirror.sealing import Keyring, SealBroken


class SealedFile:
    """One token in one file, replaced as a whole."""

    def __init__(self, file: Path, keys: Keyring) -> None:
        self._file = file
        self._keys = keys
        self._bound_to = f"token/{file.name}"

    def load(self) -> str | None:
        """The token kept last; None where there is none, or it is another key's."""
        try:
            return self._keys.open(self._file.read_bytes(), self._bound_to).decode()
        except (OSError, SealBroken):
            return None

    def save(self, token: str) -> None:
        """Keep a token: on the disk before this returns."""
        beside = self._file.with_suffix(".new")
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as stream:
            stream.write(self._keys.seal(token.encode(), self._bound_to))
            stream.flush()
            os.fsync(stream.fileno())
        beside.replace(self._file)
        folder = os.open(self._file.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Be the only process that uses this token: two at once would spend each other's."""
        handle = os.open(self._file.with_suffix(".turn"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)
