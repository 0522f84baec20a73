"""A store of refresh tokens that lives as long as a test."""

from contextlib import nullcontext


class Remembering:
    """Keeps the token in memory, and every one it was given."""

    def __init__(self, token: str | None = None) -> None:
        self.saved: list[str] = []
        self._token = token

    def load(self) -> str | None:
        return self._token

    def turn(self) -> nullcontext[None]:
        return nullcontext()

    def save(self, token: str) -> None:
        self._token = token
        self.saved.append(token)
