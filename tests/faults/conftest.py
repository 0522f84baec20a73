"""What these tests start from: an installation that has synced with a master they hold."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.installation import Installation, installed
from tests.faults.scripted import Script, answering, customer, page

CUSTOMERS = tuple(map(customer, (1, 2, 3)))
ONE_ATTEMPT = "\n[sources.loja.limits]\nattempts = 1\n"


@pytest.fixture
def master() -> Iterator[Script]:
    """A master with three customers."""
    with answering(page(*CUSTOMERS)) as script:
        yield script


@pytest.fixture(scope="session")
def _template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    with answering(page(*CUSTOMERS)) as script:
        made = installed(tmp_path_factory.mktemp("synced") / "made", script.url)
        made.must("sync")
    return made.directory


@pytest.fixture
def synced(tmp_path: Path, master: Script, _template: Path) -> Installation:
    """In step with ``master``; a request that fails is not repeated."""
    made = Installation(Path(shutil.copytree(_template, tmp_path / "made")))
    made.configure(master.url, more=ONE_ATTEMPT)
    return made
