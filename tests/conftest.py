"""What most tests start from: real encrypted databases, empty or with the customers given."""

import gc
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import engine as seeking
from werkzeug.routing import Rule

from mirror.records import Customer
from mirror.store.engine import Database
from mirror.store.progress import Checkpoint, now_us, save_checkpoint
from mirror.store.sealing import Keyring
from mirror.store.sqlite import create_databases
from mirror.writing import customers as written_customers
from mirror.writing.customers import Arrival, apply
from tests.fakes.engines import ENGINES, Bench, open_ledger, open_mirror

# Their assertions are to tell what they compared. Named before any test imports them.
_CHECKING = [f"tests.hostile.{file.stem}" for file in Path(__file__).parent.glob("hostile/*.py")]
pytest.register_assert_rewrite("tests.faults.invariants", *_CHECKING)

# A clock says nothing of a law on a busy machine. What chance finds is sought on purpose.
settings.register_profile(
    "settled",
    derandomize=True,
    deadline=None,
    report_multiple_bugs=False,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile(
    "seeking", settings.get_profile("settled"), derandomize=False, max_examples=1_000
)
settings.load_profile("settled")
seeking.MAX_SHRINKING_SECONDS = 20  # well within a test's own limit, else that is all one is told


def pytest_collection_finish() -> None:
    """What collecting left stays to the end: let no garbage collection look through it again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


@pytest.fixture(scope="session", autouse=True)
def _addresses_compiled_when_asked_for() -> Iterator[None]:
    """Applications open in a third of the time: most tests ask for few of their addresses."""
    compiled = Rule._compile_builder

    def when_asked(rule: Rule, append_unknown: bool = True) -> Callable[..., Any]:
        made: list[Callable[..., Any]] = []

        def build(self: Rule, /, **values: Any) -> Any:
            if not made:
                made.append(compiled(rule, append_unknown))
            return made[0](self, **values)

        return build

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rule, "_compile_builder", when_asked)
        yield


@pytest.fixture(scope="session")
def keys() -> Keyring:
    return Keyring(b"espelho tests use this root key!")


@pytest.fixture(scope="session")
def _template(tmp_path_factory: pytest.TempPathFactory, keys: Keyring) -> Path:
    made = tmp_path_factory.mktemp("template") / "data"
    create_databases(made, keys)
    return made


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """What is marked ``engines`` is tried on each of them, or on those that it names."""
    marked = metafunc.definition.get_closest_marker("engines")
    if "engine" in metafunc.fixturenames and marked:
        metafunc.parametrize("engine", marked.args or ENGINES, indirect=True)


@pytest.fixture
def engine(request: pytest.FixtureRequest) -> str:
    """On which engine the databases of this test lie."""
    return getattr(request, "param", "sqlite")


@pytest.fixture(scope="session")
def bench(keys: Keyring) -> Iterator[Bench]:
    made = Bench(keys)
    yield made
    made.close()


@pytest.fixture
def data_dir(
    tmp_path: Path, _template: Path, engine: str, request: pytest.FixtureRequest
) -> Iterator[Path]:
    """An initialised data directory of this test alone."""
    made = tmp_path / "data"
    if engine == "sqlite":
        yield Path(shutil.copytree(_template, made))
        return
    server: Bench = request.getfixturevalue("bench")
    with server.lent(made):
        yield made


@pytest.fixture
def mirror_db(data_dir: Path, keys: Keyring) -> Iterator[Database]:
    db = open_mirror(data_dir, keys)
    yield db
    db.close()


@pytest.fixture
def ledger(data_dir: Path, keys: Keyring) -> Iterator[Database]:
    db = open_ledger(data_dir, keys)
    yield db
    db.close()


@pytest.fixture
def mirror_with(mirror_db: Database, keys: Keyring) -> Callable[..., Database]:
    """Writes customers (source ``loja``) and a fresh checkpoint; returns the mirror."""

    def fill(*customers: Customer, source: str = "loja", fresh: bool = True) -> Database:
        arrivals = [arrival(keys, customer, source) for customer in customers]
        with mirror_db.writing() as connection:
            apply(connection, keys, source, arrivals, counter=True)
            if fresh:
                now = now_us()
                save_checkpoint(
                    connection,
                    Checkpoint(source=source, listed_at=now, succeeded_at=now, attempted_at=now),
                )
        return mirror_db

    return fill


def arrival(keys: Keyring, customer: Customer, source: str = "loja") -> Arrival:
    """A customer as if it had just been translated from its own JSON."""
    raw = msgspec.json.encode(customer)
    content_hash = keys.fingerprint("content")(raw)[:12] + b"map1"
    return written_customers.arrival(keys, source, customer, content_hash, raw)


@pytest.fixture(scope="session")
def in_ci() -> bool:
    return bool(os.environ.get("CI"))
