"""What tests of pages start from: the shop of `tests/fakes`, open, with its customers in."""

from collections.abc import Callable

import pytest

from mirror.store.engine import Database
from tests.fakes.clientele import EVERYBODY
from tests.fakes.shopfront import Shopfront, open_shop


@pytest.fixture
def shop(mirror_with: Callable[..., Database], ledger: Database) -> Shopfront:
    return open_shop(mirror_with, ledger, *EVERYBODY, master_url="https://origem.exemplo/clientes")
