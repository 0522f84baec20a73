"""Opens the scene of a case: a shop with customers, staff and a terminal, copied for every test."""

import shutil
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from mirror.store.engine import Database
from mirror.store.sealing import Keyring
from mirror.store.sqlite import create_databases, open_ledger, open_mirror
from tests.fakes.hostile import hostile
from tests.fakes.shopfront import COMPILED, PASSWORD
from tests.hostile.scene import Scene
from web.accounts import session, staff
from web.app import create_app
from web.settings import WebSettings
from web.terminals import devices

Shop = tuple[Path, staff.Person, str]
SETTINGS = WebSettings(reveals_per_hour=30, reveals_per_password=0, lookups_per_minute=60)


@pytest.fixture(scope="session")
def _made(tmp_path_factory: pytest.TempPathFactory, keys: Keyring) -> Shop:
    data_dir = tmp_path_factory.mktemp("hostile") / "data"
    create_databases(data_dir, keys)
    with (
        closing(open_mirror(data_dir, keys)) as db,
        closing(open_ledger(data_dir, keys)) as ledger,
        hostile(b"") as served,
    ):
        ana = staff.add(ledger, "ana", "Ana Lima", "attendant", PASSWORD)
        device = devices.add(ledger, "caixa 1", "Centro")
        made = _scene(db, ledger, data_dir, served, "", device)
        made.behave()
        assert made.follow().ok
    return data_dir, ana, device


@pytest.fixture
def looked_up(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The hosts that anybody wanted to reach."""
    found: set[str] = set()
    real = socket.getaddrinfo

    def watched(host: Any, *more: Any, **other: Any) -> Any:
        found.add(host)
        return real(host, *more, **other)

    monkeypatch.setattr(socket, "getaddrinfo", watched)
    return found


@pytest.fixture
def scene(tmp_path: Path, keys: Keyring, _made: Shop) -> Iterator[Scene]:
    made_at, ana, device = _made
    data_dir = Path(shutil.copytree(made_at, tmp_path / "data"))
    with (
        closing(open_mirror(data_dir, keys)) as db,
        closing(open_ledger(data_dir, keys)) as ledger,
        hostile(b"") as served,
    ):
        made = _scene(db, ledger, data_dir, served, session.start(ledger, ana), device)
        made.behave()
        assert made.follow().ok
        yield made


def _scene(
    db: Database, ledger: Database, data_dir: Path, served: Any, token: str, device: str
) -> Scene:
    app = create_app(db, ledger, SETTINGS)
    app.jinja_env.bytecode_cache = COMPILED
    return Scene(db, ledger, data_dir, served, app, token, device)
