"""Quarantine: a record that could not be read is kept sealed, counted and explained."""

import pytest
from msgspec.structs import replace
from sqlalchemy import select

from mirror.reading import freshness
from mirror.store.engine import Database
from mirror.store.sealing import SealBroken
from mirror.store.tables import quarantine as table
from mirror.writing import quarantine
from mirror.writing.quarantine import Refusal

pytestmark = pytest.mark.engines

RAW = b'{"id":7,"name":["Maria"]}'


def refusal(subject: str = "7", rule: str = "not_text", content: bytes = b"a" * 16) -> Refusal:
    named = None if subject.startswith("hash:") else subject
    return Refusal(subject, named, "name", rule, content, RAW)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    now = [1_000]
    monkeypatch.setattr(quarantine, "now_us", lambda: now[0])
    return now


def put(db: Database, *refusals: Refusal, source: str = "loja") -> int:
    with db.writing() as connection:
        return quarantine.put(connection, db.keys, source, refusals)


def entries(db: Database, **wanted: object) -> list[quarantine.Entry]:
    with db.reading() as connection:
        return quarantine.entries(connection, **wanted)  # type: ignore[arg-type]


def test_a_refused_record_is_told_by_id_field_and_rule(mirror_db: Database, clock: list[int]):
    assert put(mirror_db, refusal()) == 1
    entry = entries(mirror_db)[0]
    assert (entry.source, entry.subject, entry.external_id) == ("loja", "7", "7")
    assert (entry.field, entry.rule, entry.times) == ("name", "not_text", 1)
    assert (entry.first_seen_at, entry.last_seen_at) == (1_000, 1_000)


def test_met_again_it_counts_and_keeps_when_it_was_first_seen(
    mirror_db: Database, clock: list[int]
):
    put(mirror_db, refusal())
    clock[0] = 2_000
    put(mirror_db, refusal(rule="too_long", content=b"b" * 16))
    clock[0] = 3_000
    put(mirror_db, refusal(rule="too_long", content=b"c" * 16))

    (entry,) = entries(mirror_db)
    assert (entry.first_seen_at, entry.last_seen_at, entry.times) == (1_000, 3_000, 3)
    assert entry.rule == "too_long"
    with mirror_db.reading() as connection:
        assert quarantine.known(connection, "loja") == {"7": b"c" * 16}


def test_the_newest_is_shown_first_up_to_a_limit(mirror_db: Database, clock: list[int]):
    for number in range(5):
        clock[0] = number
        put(mirror_db, refusal(str(number)))
    clock[0] = 9
    put(mirror_db, refusal("1"))
    assert [one.subject for one in entries(mirror_db, limit=3)] == ["1", "4", "3"]


def test_sources_are_told_apart(mirror_db: Database):
    put(mirror_db, refusal("7"))
    put(mirror_db, refusal("7"), refusal("8"), source="outra")

    assert len(entries(mirror_db)) == 3
    assert [one.source for one in entries(mirror_db, source="loja")] == ["loja"]
    with mirror_db.writing() as connection:
        assert quarantine.number(connection) == 3
        quarantine.clear(connection, "outra", ["7"])
        assert set(quarantine.known(connection, "outra")) == {"8"}
        assert set(quarantine.known(connection, "loja")) == {"7"}


def test_the_problem_of_a_customer_is_found_by_its_id(mirror_db: Database):
    put(mirror_db, refusal("7"))
    with mirror_db.reading() as connection:
        assert freshness.unread_problem(connection, "loja", "7") == ("name", "not_text")
        assert freshness.unread_problem(connection, "loja", "8") is None
        assert freshness.unread_problem(connection, "outra", "7") is None


def test_a_record_without_an_id_is_kept_under_its_bytes(mirror_db: Database):
    put(mirror_db, refusal("hash:00ff"))
    (entry,) = entries(mirror_db)
    assert (entry.subject, entry.external_id) == ("hash:00ff", None)


def test_what_the_master_sent_lies_sealed_to_its_own_row(mirror_db: Database):
    put(mirror_db, refusal("7"))
    with mirror_db.reading() as connection:
        raw = connection.execute(select(table.c.raw)).scalar_one()

    assert b"Maria" not in raw
    assert mirror_db.keys.open(raw, quarantine.seal_row("loja", "7")) == RAW
    with pytest.raises(SealBroken):
        mirror_db.keys.open(raw, quarantine.seal_row("loja", "8"))


def test_no_entry_shown_to_people_holds_a_value(mirror_db: Database):
    put(mirror_db, refusal("7"))
    assert "Maria" not in repr(entries(mirror_db))
    assert "raw" not in quarantine.Entry.__struct_fields__


def test_more_subjects_are_cleared_than_one_statement_can_name(mirror_db: Database):
    put(mirror_db, *(refusal(str(number)) for number in range(900)))
    with mirror_db.writing() as connection:
        quarantine.clear(connection, "loja", (str(number) for number in range(899)))
        assert quarantine.known(connection, "loja").keys() == {"899"}


def test_what_a_value_looks_like_is_kept_sealed_and_goes_with_the_bytes(mirror_db: Database):
    one = replace(refusal(), shape="999.999.999-99", customer="7")
    put(mirror_db, one, source="loja/orders")
    assert [entry.shape for entry in entries(mirror_db)] == [""]
    assert [entry.shape for entry in entries(mirror_db, keys=mirror_db.keys)] == ["999.999.999-99"]
    with mirror_db.reading() as connection:
        (sealed,) = connection.scalars(select(table.c.shape))
    assert b"999" not in sealed

    with mirror_db.writing() as connection:
        quarantine.erase(connection, "loja", ["7"])
    assert [entry.shape for entry in entries(mirror_db, keys=mirror_db.keys)] == [""]
