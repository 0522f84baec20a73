"""Search keys of a first load are written by lots: later, in order, and whole whatever happens."""

from collections import deque
from unittest.mock import patch

import pytest
from sqlalchemy import select

from mirror.identifiers import classify
from mirror.reading import vocabulary as vocabulary_of
from mirror.reading.find import find
from mirror.records import Customer
from mirror.store.engine import Database, FenceLost
from mirror.store.progress import fact
from mirror.store.tables import customer, lookup
from mirror.writing import indexes
from mirror.writing.customers import apply, remove
from mirror.writing.indexes import key_lots, split_keys
from tests.conftest import arrival
from tests.fakes import vocabulary
from tests.fakes.somebody import somebody

FENCE = 0
pytestmark = pytest.mark.engines


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexes, "_KEYED_AT_ONCE", 4)
    monkeypatch.setattr(indexes, "_GROWS_BY", 2)  # a lot is as large as half of everybody


def load(db: Database, *records: Customer, in_lots: bool = True) -> None:
    with db.writing() as connection:
        arrivals = [arrival(db.keys, record) for record in records]
        apply(connection, db.keys, "loja", arrivals, counter=True, in_lots=in_lots)


def finish(db: Database) -> None:
    deque(key_lots(db, FENCE, rest=True), 0)


def found(db: Database) -> set[tuple[bytes, int]]:
    with db.reading() as connection:
        return {(bytes(key), row) for key, row in connection.execute(select(lookup))}


def wanted(db: Database) -> set[tuple[bytes, int]]:
    """By what the rows say of themselves."""
    with db.reading() as connection:
        rows = connection.execute(select(customer.c.id, customer.c["keys"])).all()
    return {(key, row) for row, keys in rows for key in split_keys(keys)}


def test_nobody_of_a_lot_that_is_not_in_is_found_and_then_everybody(mirror_db: Database):
    load(mirror_db, *map(somebody, range(1, 4)))
    assert list(key_lots(mirror_db, FENCE)) == []  # too few
    assert not found(mirror_db)

    load(mirror_db, *map(somebody, range(4, 7)))
    assert len(list(key_lots(mirror_db, FENCE))) == 1
    assert {row for _, row in found(mirror_db)} == {1, 2, 3, 4}

    finish(mirror_db)
    assert found(mirror_db) == wanted(mirror_db)
    with mirror_db.reading() as connection:
        vocabulary.check(mirror_db, connection)


def test_who_holds_a_word_is_read_anew_with_each_lot(mirror_db: Database):
    load(mirror_db, *(somebody(one, name="Rita Moreira") for one in range(1, 4)))
    with patch.object(vocabulary_of, "_COMMON", 1):
        assert found_by(mirror_db, "rita moreira") == 0
        finish(mirror_db)
        assert found_by(mirror_db, "rita moreira") == 3


def found_by(db: Database, typed: str) -> int:
    return len(find(db, classify(typed)))


def test_who_changed_or_went_before_the_lot_is_found_as_they_are(mirror_db: Database):
    load(mirror_db, *map(somebody, range(1, 6)))
    load(mirror_db, somebody(1, 2, name="Rita Moreira"), somebody(2, 2, emails=()))
    load(mirror_db, somebody(3, 2, name="Lia Prado"), in_lots=False)
    with mirror_db.writing() as connection:
        remove(connection, "loja", ["C-4"], "master")

    finish(mirror_db)

    assert found(mirror_db) == wanted(mirror_db)


def test_a_lot_that_was_broken_off_at_any_step_is_made_again(mirror_db: Database):
    load(mirror_db, *map(somebody, range(1, 20)))
    for step in (1, 1, 3, 1, 1):  # in the middle of lots that go by ranges
        steps = key_lots(mirror_db, FENCE, rest=True)
        for _ in range(step):
            next(steps, None)
        steps.close()
        assert found(mirror_db) <= wanted(mirror_db)

    finish(mirror_db)

    assert found(mirror_db) == wanted(mirror_db)
    with mirror_db.reading() as connection:
        assert fact(connection, indexes._UNKEYED, "") == ""
    assert list(key_lots(mirror_db, FENCE, rest=True)) == []


def test_who_comes_by_themselves_meanwhile_is_found_at_once(mirror_db: Database):
    load(mirror_db, somebody(1))
    load(mirror_db, somebody(2), in_lots=False)

    assert {row for _, row in found(mirror_db)} == {2}

    finish(mirror_db)
    assert found(mirror_db) == wanted(mirror_db)


def test_a_customer_without_keys_and_one_with_many(mirror_db: Database):
    many = tuple(f"pessoa{one}@exemplo.com.br" for one in range(60))
    nobody = Customer(external_id="7", version=1, kind="PF")
    load(mirror_db, somebody(1, emails=many), nobody)

    finish(mirror_db)

    assert found(mirror_db) == wanted(mirror_db)
    assert {row for _, row in found(mirror_db)} == {1}


def test_another_writer_ends_it(mirror_db: Database):
    load(mirror_db, somebody(1))
    with pytest.raises(FenceLost):
        deque(key_lots(mirror_db, FENCE + 1, rest=True), 0)


def test_a_large_lot_goes_by_ranges_of_keys(mirror_db: Database, monkeypatch: pytest.MonkeyPatch):
    """So that no sort takes more memory than a small one's; every key is in one of them."""
    load(mirror_db, *map(somebody, range(1, 17)))
    asked = []
    monkeypatch.setattr(indexes, "find_by_keys", lambda _, *given: asked.append(given))
    finish(mirror_db)

    assert [rows for rows, _, _ in asked] == [range(1, 9)] * 2 + [range(9, 17)] * 2
    assert [(low, below) for _, low, below in asked] == [(b"\0", b"\x80"), (b"\x80", b"")] * 2
