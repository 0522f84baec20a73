"""What was read is kept, and read again as soon as anybody writes or time moves somebody."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mirror.facets import size
from mirror.reading import facets as module
from mirror.reading.facets import Due, Facets, kept
from mirror.records import Payment
from mirror.standing import Rules
from mirror.store.engine import Database
from mirror.store.sealing import Keyring
from mirror.store.sqlite import create_databases, open_mirror
from mirror.writing import BY_NAME
from tests.conftest import arrival
from tests.fakes.somebody import somebody

pytestmark = pytest.mark.engines

START = datetime(2026, 3, 1, 15, tzinfo=UTC)
LATER = START + timedelta(days=70)
RULES = Rules(names=("conta_base",))
INACTIVE = "conta_base", "inactive"


@pytest.fixture
def shop(tmp_path: Path, keys: Keyring, monkeypatch: pytest.MonkeyPatch) -> Database:
    create_databases(tmp_path / "data", keys)
    monkeypatch.setattr("mirror.writing.standings.now_us", lambda: micros(START))
    db = open_mirror(tmp_path / "data", keys)
    for number in (1, 2):
        with db.writing() as connection:
            ready = arrival(keys, somebody(number, last_purchase_at=None))
            BY_NAME["customers"].apply(connection, keys, "loja", [ready], counter=True, rules=RULES)
    pays(db, "C-1", START)
    return db


def micros(instant: datetime) -> int:
    return int(instant.timestamp() * 1_000_000)


def pays(db: Database, whom: str, at: datetime) -> None:
    paid = Payment(
        external_id=f"{whom}.{at}", version=1, customer=whom, state="paid", due_on=at.date(),
        paid_at=at,
    )  # fmt: skip
    payments, content = BY_NAME["payments"], str(at).encode().ljust(16)[:16]
    ready = payments.arrival(db.keys, "loja", paid, content, b"{}", RULES, is_new=False)
    with db.writing() as connection:
        payments.apply(connection, db.keys, "loja", [ready], counter=True, rules=RULES)


def asked(db: Database, at: datetime) -> Due:
    with db.reading() as connection:
        return kept(connection, micros(at)).due


def inactive(db: Database, at: datetime) -> int:
    return sum(bits.bit_count() for bits in asked(db, at).entering.get(INACTIVE, {}).values())


def test_who_is_due_is_looked_up_once(shop: Database, monkeypatch: pytest.MonkeyPatch):
    assert inactive(shop, LATER) == 1
    monkeypatch.setattr(module, "due", None)

    assert inactive(shop, LATER) == 1
    assert inactive(shop, LATER + timedelta(days=300)) == 1


def test_again_when_another_process_writes(shop: Database, tmp_path: Path, keys: Keyring):
    other = open_mirror(tmp_path / "data", keys)
    assert inactive(shop, LATER) == 1

    pays(other, "C-1", LATER - timedelta(days=1))
    assert inactive(shop, LATER) == 0
    other.close()


def test_again_when_this_process_writes(shop: Database):
    assert inactive(shop, LATER) == 1

    pays(shop, "C-1", LATER - timedelta(days=1))
    assert inactive(shop, LATER) == 0


def test_again_when_time_moves_the_next(shop: Database):
    pays(shop, "C-2", START + timedelta(days=5))
    assert [inactive(shop, START + timedelta(days=number)) for number in (60, 61, 65, 66)] == [
        0, 1, 1, 2,
    ]  # fmt: skip


def test_again_when_time_moves_one_who_is_due_once_more(shop: Database):
    pays(shop, "C-1", LATER)  # told in advance: active again on that day, and inactive after it
    days = [START + timedelta(days=number) for number in (61, 70, 131)]
    assert [inactive(shop, day) for day in days] == [1, 0, 1]


def test_again_for_an_earlier_instant(shop: Database):
    assert inactive(shop, LATER) == 1
    assert inactive(shop, START) == 0


def test_sets_that_were_read_are_kept_and_read_again_with_the_rest(
    shop: Database, monkeypatch: pytest.MonkeyPatch
):
    everybody = ("source", "loja")
    with shop.reading() as connection:
        assert size(Facets(connection, micros(START)).of(everybody)) == 2
        monkeypatch.setattr(Facets, "_stored", None)
        assert size(Facets(connection, micros(START)).of(everybody)) == 2
    monkeypatch.undo()

    with shop.writing() as connection:
        ready = arrival(shop.keys, somebody(3, last_purchase_at=None))
        customers = BY_NAME["customers"]
        customers.apply(connection, shop.keys, "loja", [ready], counter=True, rules=RULES)
    with shop.reading() as connection:
        assert size(Facets(connection, micros(START)).of(everybody)) == 3


def test_so_many_sets_are_kept_and_no_more(shop: Database):
    with shop.reading() as connection:
        for number in range(200):
            Facets(connection, micros(START)).of(("tag", str(number)))
        assert len(kept(connection, micros(START)).sets) <= 64
