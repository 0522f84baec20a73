"""What tests of the connector start from: a fetcher that never waits, a cycle under a lease."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from connector.http.client import Fetcher, Limits
from connector.sources import Source
from connector.sync import Report, run
from mirror.store.engine import Database
from mirror.store.lease import lease

SWITCHES = ("posts", "judge", "route", "spent")
Open = Callable[..., Fetcher]
Follow = Callable[..., Report]


@pytest.fixture
def waits() -> list[float]:
    """The seconds a fetcher would have slept."""
    return []


@pytest.fixture
def fetcher(waits: list[float]) -> Iterator[Open]:
    """Opens fetchers whose waits are only written down; closes them."""
    opened: list[Fetcher] = []

    def open_(url: str, *, headers: dict[str, str] | None = None, **more: object) -> Fetcher:
        own = [name for name in more if name.startswith("allow") or name in SWITCHES]
        switches = {name: more.pop(name) for name in own}
        limits = Limits(**({"timeout_s": 60.0, "attempts": 1} | more))  # type: ignore[arg-type]
        made = Fetcher(url, headers or {}, limits, sleep=waits.append, **switches)  # type: ignore[arg-type]
        opened.append(made)
        return made

    yield open_
    for one in opened:
        one.close()


@pytest.fixture
def follow(mirror_db: Database, data_dir: Path) -> Follow:
    """Follows a source once, as the only writer."""

    def once(source: Source, *, full: bool = False, **more: object) -> Report:
        with lease(mirror_db, data_dir) as fence:
            return run(mirror_db, source, fence, full=full, **more)  # type: ignore[arg-type]

    return once


@pytest.fixture
def sweep(follow: Follow) -> Follow:
    """Follows a source once with a full listing."""
    return lambda source: follow(source, full=True)
