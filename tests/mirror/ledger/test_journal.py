"""The journal: durable before anything is shown, atomic budgets, and a chain that shows changes."""

import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from hashlib import blake2b
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import OperationalError

from mirror.ledger import acts, audit, journal
from mirror.ledger.journal import AuditUnavailable, BudgetSpent, Entry, Limit
from mirror.store import sqlite_file
from mirror.store.engine import Database
from mirror.store.sealing import Keyring
from tests.fakes.engines import open_ledger

pytestmark = pytest.mark.engines

REVEAL = Entry("staff", "ana", "reveal", 7, "loja", "C-7", "cpf", "troca", address="4f1e")
HOUR = Limit(("reveal", "copy"), 3, 3600)


def some(ledger: Database, count: int) -> None:
    for number in range(count):
        journal.record(ledger, Entry("staff", "ana", "open", number))


def done(ledger: Database) -> int:
    return sum(one.outcome == journal.DONE for one in journal.entries(ledger))


def tamper(ledger: Database, statement: str) -> None:
    with ledger.writing() as connection:
        connection.execute(text(statement))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Sets the journal's clock, in seconds."""

    def at(second: int) -> None:
        monkeypatch.setattr(acts, "now_us", lambda: second * 1_000_000)

    return at


def test_a_row_keeps_every_field_and_comes_back_newest_first(ledger, clock):
    clock(1000)
    journal.record(ledger, msgspec.structs.replace(REVEAL, detail="1 found"))
    clock(1001)
    journal.record(ledger, Entry("device", "caixa 1", "lookup"))

    newest, first = journal.entries(ledger)

    assert (newest.id, newest.actor, newest.at) == (2, "caixa 1", 1_001_000_000)
    assert first == journal.Recorded(
        "staff", "ana", "reveal", 7, "loja", "C-7", "cpf", "troca", "1 found",
        address="4f1e", id=1, at=1_000_000_000,
    )  # fmt: skip


def test_entries_are_chosen_by_actor_customer_and_time(ledger, clock):
    for second, actor, customer in ((10, "ana", 1), (20, "rui", 1), (30, "ana", 2)):
        clock(second)
        journal.record(ledger, Entry("staff", actor, "open", customer))

    def ids(**wanted: object) -> list[int]:
        return [entry.id for entry in journal.entries(ledger, journal.Wanted(**wanted))]  # type: ignore[arg-type]

    assert ids(actor="ana") == [3, 1]
    assert ids(customer=1) == [2, 1]
    assert ids(since=20_000_000) == [3, 2]
    assert ids(until=30_000_000) == [2, 1]


def test_one_act_on_several_customers_is_written_together(ledger):
    journal.record(ledger, *(Entry("device", "caixa", "lookup", number) for number in (4, 5, 6)))

    assert [entry.customer for entry in journal.entries(ledger)] == [6, 5, 4]
    assert journal.verify(ledger).intact


def test_the_row_is_on_disk_before_record_returns(ledger, data_dir: Path, keys: Keyring):
    journal.record(ledger, REVEAL)

    other = open_ledger(data_dir, keys)
    assert journal.entries(other)[0].field == "cpf"
    other.close()


def test_an_untouched_journal_is_intact_beyond_one_chunk(ledger, monkeypatch):
    monkeypatch.setattr(journal, "_next_rows", journal._next_rows.limit(4))
    assert journal.verify(ledger) == journal.Verification(0, None, "")

    some(ledger, 9)

    found = journal.verify(ledger)
    assert (found.rows, found.intact, found.head) == (9, True, journal.head(ledger))


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("at", "at + 1"),
        ("actor_kind", "'device'"),
        ("actor", "'rui'"),
        ("action", "'open'"),
        ("customer", "8"),
        ("source", "NULL"),
        ("external_id", "'C-8'"),
        ("field", "'name'"),
        ("reason", "'engano'"),
        ("detail", "''"),
        ("outcome", "NULL"),
        ("outcome", "'refused'"),
        ("about", "'rui'"),
        ("session", "'0'"),
        ("address", "NULL"),
        ("chain", "(SELECT chain FROM audit WHERE id = 1)"),
        ("id", "99"),
    ],
)
def test_a_change_of_any_column_is_named(ledger, column, value):
    some(ledger, 2)
    journal.record(ledger, REVEAL)
    some(ledger, 2)

    tamper(ledger, f"UPDATE audit SET {column} = {value} WHERE id = 3")

    assert journal.verify(ledger).broken_at == 3


def test_text_moved_between_neighbouring_fields_is_named(ledger):
    journal.record(ledger, Entry("staff", "ana", "open", field="cpf", reason="x troca"))

    tamper(ledger, "UPDATE audit SET field = 'cpfx', reason = ' troca'")

    assert journal.verify(ledger).broken_at == 1


_ROW = (
    "at, actor_kind, actor, action, customer, source, external_id,"
    " field, reason, detail, outcome, about, session, address, chain"
)
COPY = f"INSERT INTO audit (id, {_ROW}) SELECT {{id}}, {_ROW} FROM audit WHERE id = {{of}}"


@pytest.mark.parametrize(
    ("statements", "broken_at"),
    [
        (["DELETE FROM audit WHERE id = 3"], 3),
        (["DELETE FROM audit WHERE id = 1"], 1),
        ([f"UPDATE audit SET id = {to} WHERE id = {of}" for of, to in ((2, 9), (3, 2), (9, 3))], 2),
        ([COPY.format(id=-5, of=1)], 1),
        ([COPY.format(id=6, of=5)], 6),
    ],
    ids=["removed", "first removed", "swapped", "put before", "replayed"],
)  # fmt: skip
def test_rows_removed_reordered_or_added_are_named(ledger, statements, broken_at):
    some(ledger, 5)

    for statement in statements:
        tamper(ledger, statement)

    found = journal.verify(ledger)
    assert (found.broken_at, found.rows) == (broken_at, broken_at - 1)


def test_a_genuine_row_of_another_history_does_not_fit(ledger):
    some(ledger, 5)
    tamper(ledger, "CREATE TABLE kept AS SELECT * FROM audit WHERE id = 5")
    tamper(ledger, "DELETE FROM audit WHERE id > 3")
    some(ledger, 2)
    assert journal.verify(ledger).intact

    tamper(ledger, "DELETE FROM audit WHERE id = 5")
    tamper(ledger, "INSERT INTO audit SELECT * FROM kept")

    assert journal.verify(ledger).broken_at == 5


def test_a_chain_made_with_another_key_does_not_pass(ledger):
    forger = Database(ledger.engine, Keyring(b"another root, thirty-two bytes!!"))
    journal.record(forger, REVEAL)

    assert journal.verify(forger).intact
    assert journal.verify(ledger).broken_at == 1


def test_only_a_noted_head_shows_a_cut_end(ledger):
    some(ledger, 5)
    noted = journal.head(ledger)
    some(ledger, 2)
    assert journal.verify(ledger, noted).intact

    tamper(ledger, "DELETE FROM audit WHERE id > 3")

    assert journal.verify(ledger).intact  # honest: the shorter chain is whole
    assert journal.verify(ledger, noted).broken_at == 4
    some(ledger, 9)
    assert journal.verify(ledger, noted).broken_at == 5  # grown past it, but along another way


def test_a_noted_head_that_is_none_is_refused(ledger):
    with pytest.raises(ValueError, match="noted head"):
        journal.verify(ledger, "5:abc")


def test_a_budget_counts_its_actions_together_and_says_when_to_come_back(ledger, clock):
    for second, action in ((100, "reveal"), (200, "copy"), (300, "reveal")):
        clock(second)
        journal.record(ledger, Entry("staff", "ana", action), limit=HOUR)
    clock(400)

    with pytest.raises(BudgetSpent) as spent:
        journal.record(ledger, Entry("staff", "ana", "copy"), limit=HOUR)

    assert spent.value.retry_after_s == 3300  # the first leaves the hour at 3700
    assert done(ledger) == 3


def test_a_limit_that_is_reached_is_written_down_once_a_minute_and_counts_for_nothing(
    ledger, clock
):
    budget = Limit(("reveal",), 1, 100)
    clock(100)
    journal.record(ledger, REVEAL, limit=budget)
    for second in (110, 120, 169, 171):
        clock(second)
        with pytest.raises(BudgetSpent):
            journal.record(ledger, REVEAL, limit=budget)

    limited = [one.at for one in journal.entries(ledger) if one.outcome == journal.LIMITED]
    assert limited == [171_000_000, 110_000_000]
    clock(200)  # a hundred seconds after the one that was granted
    journal.record(ledger, REVEAL, limit=budget)


def test_a_limit_stays_one_where_it_cannot_be_written_down(ledger, monkeypatch):
    def broken(*_: object) -> None:
        raise OperationalError("INSERT", {}, Exception("disk I/O error"))

    monkeypatch.setattr(acts, "write", broken)

    with pytest.raises(BudgetSpent):
        journal.record(ledger, REVEAL, limit=Limit(("reveal",), 0, 60))


def test_rows_of_before_outcomes_verify_as_they_did_and_cannot_be_given_one(ledger, keys):
    old = [1, 5_000_000, "staff", "ana", "open", 7, "loja", "C-7", None, None, "summary"]
    chain = blake2b(
        msgspec.msgpack.encode((journal.GENESIS, old)),
        digest_size=32,
        key=keys.derive("audit chain"),
    ).digest()
    values = dict(zip([one.name for one in journal.FIELDS], old, strict=False))
    with ledger.writing() as connection:
        connection.execute(insert(audit).values(chain=chain, **values))
    journal.record(ledger, REVEAL)

    assert journal.verify(ledger).intact
    assert [one.outcome for one in journal.entries(ledger)] == ["done", "done"]
    tamper(ledger, "UPDATE audit SET outcome = 'refused' WHERE id = 1")
    assert journal.verify(ledger).broken_at == 1


def test_a_budget_is_one_actors_own_and_slides(ledger, clock):
    clock(100)
    for _ in range(3):
        journal.record(ledger, REVEAL, limit=HOUR)

    journal.record(ledger, Entry("staff", "rui", "reveal"), limit=HOUR)
    journal.record(ledger, Entry("device", "ana", "reveal"), limit=HOUR)
    journal.record(ledger, Entry("staff", "ana", "open"), limit=Limit(("open",), 1, 3600))
    clock(3699)
    with pytest.raises(BudgetSpent):
        journal.record(ledger, REVEAL, limit=HOUR)
    clock(3700)
    journal.record(ledger, REVEAL, limit=HOUR)


def test_setting_the_clock_back_earns_no_new_budget(ledger, clock):
    clock(90_000)
    for _ in range(3):
        journal.record(ledger, REVEAL, limit=HOUR)

    clock(5_000)
    with pytest.raises(BudgetSpent):
        journal.record(ledger, REVEAL, limit=HOUR)


def test_a_budget_of_nothing_grants_nothing(ledger):
    with pytest.raises(BudgetSpent):
        journal.record(ledger, REVEAL, limit=Limit(("reveal",), 0, 3600))


def test_a_hundred_doors_at_once_get_exactly_the_budget(ledger, data_dir: Path, keys: Keyring):
    """Each thread opens the ledger itself, as a process of its own would."""
    budget, start = Limit(("reveal",), 30, 3600), threading.Barrier(100)

    def ask(_: int) -> bool:
        door = open_ledger(data_dir, keys)
        start.wait()
        try:
            journal.record(door, REVEAL, limit=budget)
        except BudgetSpent:
            return False
        finally:
            door.close()
        return True

    with ThreadPoolExecutor(100) as pool:
        granted = sum(pool.map(ask, range(100)))

    assert granted == 30
    assert done(ledger) == 30
    assert journal.verify(ledger).intact


@pytest.mark.engines("sqlite")
def test_a_full_disk_means_no_row_and_a_sentence(ledger):
    some(ledger, 1)
    with ledger.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        connection.rollback()

    with pytest.raises(AuditUnavailable, match=r"nothing is shown.*full"):
        journal.record(ledger, msgspec.structs.replace(REVEAL, detail="x" * 100_000))

    assert len(journal.entries(ledger)) == 1


@pytest.mark.engines("sqlite")
def test_a_journal_that_stays_locked_is_unavailable(ledger, data_dir, keys, monkeypatch):
    holder = open_ledger(data_dir, keys)
    monkeypatch.setattr(sqlite_file, "WAIT_S", 0)

    with holder.writing(), pytest.raises(AuditUnavailable, match="locked"):
        journal.record(ledger, REVEAL)
    holder.close()


def test_a_search_mark_is_equal_for_equal_terms_and_keyed(keys: Keyring):
    mark = journal.mark(keys, "cpf", "52998224725")

    assert mark == journal.mark(keys, "cpf", "52998224725")
    assert mark != journal.mark(keys, "code", "52998224725")
    assert mark != journal.mark(Keyring(bytes(32)), "cpf", "52998224725")
    assert "52998224725" not in mark


@pytest.mark.engines("sqlite")
def test_the_ledger_is_no_plain_file(ledger, data_dir: Path):
    journal.record(ledger, REVEAL)

    with pytest.raises(sqlite3.DatabaseError):
        sqlite3.connect(data_dir / "ledger.db").execute("SELECT * FROM audit")
