"""Masters that nobody here wrote, declared in TOML alone: afterwards both sides hold the same."""

import json
import random
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from faker import Faker

from mirror.identifiers import parse_document, parse_email, parse_phone
from tests.faults.installation import Installation
from tests.foreign.servers import Datasette, Foreign, Kinto

HERE = Path(__file__).parent
MANY = 163
"""Over ten pages: some of what is written beside a load comes before where it is, some behind."""

PAGE = 16
"""As both source files have it."""

pytestmark = pytest.mark.timeout(300)


class Clientele:
    """Made-up people and companies, the same each time."""

    def __init__(self) -> None:
        self._chance = random.Random(4)
        self._faker = Faker("pt_BR")
        self._faker.seed_instance(4)

    def customer(self, number: int) -> dict[str, Any]:
        legal = number % 4 == 0
        return {
            "code": f"c-{number}",
            "full_name": self._faker.company() if legal else self._faker.name(),
            "kind": "legal" if legal else "natural",
            "is_blocked": int(number % 10 == 0),
            "tax_number": self._faker.cnpj() if legal else self._faker.cpf(),
            "mail": f"p{number}.{self._chance.randrange(100)}@exemplo.com.br",
            "phone": f"(11) 9{self._chance.randrange(10**7, 10**8):08d}",
        }

    def customers(self, numbers: range) -> list[dict[str, Any]]:
        return [self.customer(number) for number in numbers]


@pytest.fixture(scope="module", params=[Datasette, Kinto], ids=lambda one: one.__name__)
def _served(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Foreign]:
    with request.param.served(tmp_path_factory.mktemp("server")) as served:
        yield served


@pytest.fixture
def master(_served: Foreign) -> Foreign:
    """A server without customers."""
    _served.delete(list(_served.rows()))
    return _served


@pytest.fixture
def people() -> Clientele:
    return Clientele()


@pytest.fixture
def made(tmp_path: Path, master: Foreign) -> Installation:
    """An installation that follows the master by its source file, and has nothing yet."""
    made = Installation(tmp_path)
    secrets = "".join(f'secrets.{name} = {{ env = "OF_{name}" }}\n' for name in master.secrets)
    made.environment |= {f"OF_{name}": secret for name, secret in master.secrets.items()}
    made.file.write_text(
        'data_dir = "data"\nkey_file = "espelho.key"\n\n[sources.loja]\n'
        f'file = "{master.file}"\nbase_url = "{master.url}"\n{secrets}',
        "utf-8",
    )
    shutil.copy(HERE / master.file, tmp_path)
    made.must("init")
    return made


def proven(made: Installation, master: Foreign, people: Clientele) -> None:
    """Sync until a run says that this is everybody: a full last page would leave that open."""
    if len(told(master)) % PAGE == 0:
        master.put([people.customer(10 * MANY)])
    codes = [made.run("sync").code for _ in range(3)]
    assert codes[-1] == 0 or made.run("sync", "--full").code == 0, codes


def mirrored(made: Installation) -> dict[str, tuple[Any, ...]]:
    """Everybody in the mirror by the master's code, as an export in clear tells."""
    lines = made.must("export", "--clear", "--reason", "teste").splitlines()
    rows = [json.loads(line) for line in lines]
    return {
        row["external_id"]: (
            row["name"],
            row["registration"],
            tuple(row["documents"]),
            tuple(row["emails"]),
            tuple(row["phones"]),
        )
        for row in rows
    }


def told(master: Foreign) -> dict[str, tuple[Any, ...]]:
    """The same of what the server itself holds."""
    return {code: _meant(row) for code, row in master.rows().items()}


def _meant(row: dict[str, Any]) -> tuple[Any, ...]:
    document, phone = parse_document(row["tax_number"]), parse_phone(row["phone"])
    assert document
    assert phone
    return (
        row["full_name"],
        "blocked" if row["is_blocked"] else "active",
        (document.value,),
        (parse_email(row["mail"]),),
        (phone.number,),
    )


@contextmanager
def writing(master: Foreign, people: Clientele) -> Iterator[None]:
    """Somebody changes customers, old ones and new ones, for as long as the block lasts."""
    stop = threading.Event()

    def write() -> None:
        for number in range(MANY, 10 * MANY):  # a list that grows faster than it is read has no end
            if stop.is_set():
                return
            master.put([people.customer(number), people.customer(number * 7 % MANY)])

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def test_a_first_load_and_what_changes_later_are_the_server_s_own(
    master: Foreign, made: Installation, people: Clientele
) -> None:
    master.put(people.customers(range(MANY)))

    made.must("sync")
    assert mirrored(made) == told(master)

    master.put(people.customers(range(MANY - 20, MANY + 20)))
    made.must("sync")
    assert mirrored(made) == told(master)
    assert made.must("reconcile")


def test_nobody_is_missed_who_changes_while_a_first_load_reads(
    master: Foreign, made: Installation, people: Clientele
) -> None:
    master.put(people.customers(range(MANY)))

    with writing(master, people):
        made.run("sync")
    proven(made, master, people)

    assert mirrored(made) == told(master)


def test_whoever_is_deleted_leaves(master: Foreign, made: Installation, people: Clientele) -> None:
    master.put(people.customers(range(MANY)))
    made.must("sync")

    # Made a moment ago they would stay for a sweep: a replica that is behind lacks such ones, too.
    made.file.write_text(f"{made.file.read_text('utf-8')}stream.since.overlap_s = 0\n", "utf-8")
    master.delete([f"c-{number}" for number in (0, 7, 91, MANY - 1)])
    made.must("sync", *(() if master.tells_deletions else ("--full",)))

    assert mirrored(made) == told(master)
    assert len(mirrored(made)) == MANY - 4


def test_a_load_that_was_killed_goes_on_and_misses_nobody(
    master: Foreign, made: Installation, people: Clientele
) -> None:
    master.put(people.customers(range(MANY)))
    chance = random.Random(11)

    with writing(master, people):
        for _ in range(3):
            process = made.start("sync")
            time.sleep(1 + chance.random())
            process.kill()
            process.communicate()
        made.run("sync")
    proven(made, master, people)

    assert mirrored(made) == told(master)
