"""What every story starts from: one clock, an empty mirror, somebody signed in."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mirror.store.engine import Database
from tests.fakes.omni_master import Omni
from tests.fakes.stage import Stage, staged
from tests.fakes.story_clock import Clock, set_everywhere
from web.accounts import staff


@pytest.fixture(autouse=True)
def _no_password(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody signs in by a password here: none is hashed, which takes longer than a story."""
    monkeypatch.setattr(staff, "hash_of", lambda password: staff.NOBODY)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The third of June 2024, nine in the morning in São Paulo, until it is moved."""
    made = Clock()
    set_everywhere(made, monkeypatch)
    return made


@pytest.fixture
def databases(
    mirror_db: Database, ledger: Database, data_dir: Path
) -> tuple[Database, Database, Path]:
    return mirror_db, ledger, data_dir


@pytest.fixture
def rules() -> tuple[str, ...]:
    """The rule sets that the shop's sources name; a story of one system's names that one."""
    return ()


@pytest.fixture
def stage(
    clock: Clock, databases: tuple[Database, Database, Path], rules: tuple[str, ...]
) -> Iterator[Stage]:
    with staged(clock, databases, rules=rules) as made:
        yield made


@pytest.fixture
def omni(clock: Clock) -> Iterator[Omni]:
    with Omni(clock).running() as master:
        yield master
