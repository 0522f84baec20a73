"""Transactions: a reader sees one moment, a writer locks from its start, a fault leaves nothing."""

from pathlib import Path

import pytest
from sqlalchemy import bindparam, delete, select
from sqlalchemy.exc import DatabaseError, OperationalError

from mirror.store.engine import Database, Prepared
from mirror.store.faults import Fault, fault_of
from mirror.store.progress import fact, set_fact
from mirror.store.sealing import Keyring
from mirror.store.sqlite import open_ledger, open_mirror
from mirror.store.tables import meta

_facts = Prepared(select(meta.c.value).where(meta.c.name == bindparam("name")), "name")


@pytest.fixture
def reader(mirror_db: Database, data_dir: Path, keys: Keyring):
    db = open_mirror(data_dir, keys, read_only=True)
    yield db
    db.close()


def value(db: Database) -> str:
    with db.reading() as connection:
        return fact(connection, "epoch", "none")


def write(db: Database, text: str) -> None:
    with db.writing() as connection:
        set_fact(connection, "epoch", text)


def test_what_one_writes_the_other_reads(mirror_db: Database, reader: Database):
    write(mirror_db, "one")
    assert value(reader) == "one"


def test_a_read_only_mirror_cannot_be_written(mirror_db: Database, reader: Database):
    write(mirror_db, "one")
    with pytest.raises((OperationalError, DatabaseError), match="readonly"):
        write(reader, "two")
    with (
        pytest.raises(DatabaseError, match="readonly"),
        reader.reading() as connection,
    ):
        connection.exec_driver_sql("DELETE FROM meta")
    assert value(mirror_db) == "one"


def test_a_reader_sees_one_moment_however_long_it_reads(mirror_db: Database, reader: Database):
    write(mirror_db, "before")
    with reader.reading() as connection:
        assert fact(connection, "epoch", "") == "before"
        write(mirror_db, "after")
        assert fact(connection, "epoch", "") == "before"
    assert value(reader) == "after"


def test_what_is_prepared_sees_one_moment_too_and_none_after_it(
    mirror_db: Database, reader: Database
):
    write(mirror_db, "before")
    with reader.prepared() as link:
        assert _facts.rows(link, "epoch") == [("before",)]
        write(mirror_db, "after")
        assert _facts.rows(link, "epoch") == [("before",)]
    with reader.prepared() as link:
        assert _facts.rows(link, "epoch") == [("after",)]


def test_what_is_prepared_runs_in_the_transaction_of_a_connection(mirror_db: Database):
    with mirror_db.writing() as connection:
        set_fact(connection, "epoch", "under way")
        assert _facts.rows(connection, "epoch") == [("under way",)]


def test_what_is_prepared_fails_as_any_statement_does(mirror_db: Database, reader: Database):
    write(mirror_db, "one")
    refused = Prepared(delete(meta).where(meta.c.value == bindparam("value")), "value")
    with pytest.raises(DatabaseError, match="readonly") as told, reader.prepared() as link:
        refused.rows(link, "Maria")
    assert fault_of(told.value) == Fault("read_only", "mirror")
    assert "Maria" not in str(told.value)
    assert value(reader) == "one"


def test_what_fails_between_statements_ends_the_transaction(reader: Database, mirror_db: Database):
    write(mirror_db, "before")
    for wrong in ("SELECT nothing", "SELECT value FROM nowhere"):
        with pytest.raises(DatabaseError), reader.prepared() as link:
            link.rows(wrong)
    write(mirror_db, "after")
    for _ in range(8):  # whichever link is taken
        with reader.prepared() as link:
            assert _facts.rows(link, "epoch") == [("after",)]


def test_a_fault_in_the_middle_leaves_nothing(mirror_db: Database):
    write(mirror_db, "kept")

    def half_way() -> None:
        with mirror_db.writing() as connection:
            set_fact(connection, "epoch", "lost")
            raise RuntimeError("half way")

    with pytest.raises(RuntimeError, match="half way"):
        half_way()
    assert value(mirror_db) == "kept"


def test_a_writer_holds_the_lock_from_its_start_not_from_its_first_write(
    mirror_db: Database, data_dir: Path, keys: Keyring
):
    second = open_mirror(data_dir, keys)
    with second.reading() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout = 0")
    with mirror_db.writing(), pytest.raises(OperationalError, match="locked"):
        write(second, "never")
    second.close()


def test_the_ledger_is_written_through_and_the_mirror_is_not(
    mirror_db: Database, data_dir: Path, keys: Keyring
):
    ledger = open_ledger(data_dir, keys)
    found = {}
    for name, db in (("mirror", mirror_db), ("ledger", ledger)):
        with db.reading() as connection:
            mode = connection.exec_driver_sql("PRAGMA journal_mode").scalar()
            found[name] = mode, connection.exec_driver_sql("PRAGMA synchronous").scalar()
    ledger.close()

    assert found == {"mirror": ("wal", 1), "ledger": ("wal", 2)}


def test_an_error_of_the_database_does_not_repeat_its_parameters(mirror_db: Database):
    with pytest.raises(DatabaseError) as refusal, mirror_db.writing() as connection:
        connection.exec_driver_sql("INSERT INTO meta VALUES (?, ?, ?)", ("Maria", "x", "y"))
    assert "Maria" not in str(refusal.value)
