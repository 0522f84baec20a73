"""What tests of the connector start from: a fetcher that never really waits."""

from collections.abc import Callable, Iterator

import pytest

from connector.fetch import Fetcher, Limits

Open = Callable[..., Fetcher]


@pytest.fixture
def waits() -> list[float]:
    """The seconds a fetcher would have slept."""
    return []


@pytest.fixture
def fetcher(waits: list[float]) -> Iterator[Open]:
    """Opens fetchers whose waits are only written down; closes them."""
    opened: list[Fetcher] = []

    def open_(url: str, *, headers: dict[str, str] | None = None, **more: object) -> Fetcher:
        switches = {name: more.pop(name) for name in list(more) if name.startswith("allow")}
        limits = Limits(**({"timeout_s": 5.0, "attempts": 1} | more))  # type: ignore[arg-type]
        made = Fetcher(url, headers or {}, limits, sleep=waits.append, **switches)  # type: ignore[arg-type]
        opened.append(made)
        return made

    yield open_
    for one in opened:
        one.close()
