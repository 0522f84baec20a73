"""What is true of PostgreSQL alone: who may do what, faults of servers, an older database."""

import threading
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import DBAPIError

from mirror.ledger import journal
from mirror.ledger.journal import AuditUnavailable, Entry
from mirror.store import faults, postgres, postgres_link
from mirror.store.engine import Database
from mirror.store.faults import Replaced, fault_of
from mirror.store.lease import lease
from mirror.store.postgres_link import fault_by, hosts_of, is_local
from mirror.store.progress import epoch, fact, set_fact
from mirror.store.sealing import Keyring
from mirror.store.tables import facet, meta
from tests.fakes.engines import Bench, open_ledger, open_mirror, urls_of

pytestmark = pytest.mark.engines("postgres")

ENTRY = Entry("staff", "ana", "open")


@pytest.fixture
def reader(mirror_db: Database, data_dir: Path, keys: Keyring) -> Iterator[Database]:
    """The mirror as the web has it."""
    db = open_mirror(data_dir, keys, read_only=True)
    yield db
    db.close()


def link_of(db: Database) -> Any:
    return db.engine.raw_connection()


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO meta VALUES ('epoch', 'x')",
        "UPDATE customer SET version = 1",
        "DELETE FROM lookup",
        "TRUNCATE standing",
        "UPDATE stamp SET generation = 1",
        "CREATE TABLE mine (x int)",
        "DROP TABLE facet",
        "ALTER TABLE facet OWNER TO espelho_reader",
        "SET ROLE espelho_writer",
    ],
)
def test_the_web_cannot_write_the_mirror_whatever_it_says(reader: Database, statement: str):
    """By permission: asked outside of any transaction of ours, which would be read-only too."""
    with closing(link_of(reader)) as held, pytest.raises(psycopg.errors.InsufficientPrivilege):
        held.driver_connection.execute(statement)


def test_who_reads_is_refused_a_write_with_what_to_do(reader: Database):
    with pytest.raises(DBAPIError) as refused, reader.writing() as connection:
        connection.execute(insert(meta).values(name="epoch", value="x"))

    told = fault_of(refused.value)
    assert told
    assert (told.code, told.about) == ("not_permitted", "mirror")


def test_a_journal_that_stays_locked_is_unavailable(
    monkeypatch: pytest.MonkeyPatch, data_dir: Path, keys: Keyring
):
    monkeypatch.setattr(postgres_link, "WAIT_S", 1)
    with closing(open_ledger(data_dir, keys)) as one, closing(open_ledger(data_dir, keys)) as other:
        with one.writing(), pytest.raises(AuditUnavailable, match="locked"):
            journal.record(other, ENTRY)
        assert journal.entries(other) == []
        journal.record(other, ENTRY)
        assert len(journal.entries(one)) == 1


def test_a_connection_cut_in_the_middle_leaves_nothing_and_is_made_anew(
    mirror_db: Database, reader: Database
):
    with pytest.raises(DBAPIError) as cut, mirror_db.writing() as connection:  # noqa: PT012 - cut within
        set_fact(connection, "epoch", "half")
        _end_all(reader, "espelho_writer")
        set_fact(connection, "revision", "half")

    told = fault_of(cut.value)
    assert told
    assert told.code == "unreachable"
    assert "went away in the middle" in told.sentence
    with mirror_db.writing() as connection:
        assert fact(connection, "epoch", "none") == "none"


def _end_all(db: Database, role: str) -> None:
    with closing(link_of(db)) as held:
        place = held.driver_connection.info.dbname
        host = held.driver_connection.info.host
    with psycopg.connect(f"postgresql://espelho_admin@/{place}?host={host}") as admin:
        query = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %s"
        admin.execute(query, (role,))


def test_a_link_that_died_while_nobody_asked_is_not_noticed(reader: Database):
    with reader.reading():
        pass
    _end_all(reader, "espelho_reader")
    threading.Event().wait(0.2)

    with reader.reading() as connection:
        assert fact(connection, "epoch", "none") == "none"


def test_a_statement_that_takes_too_long_is_ended_and_told(data_dir: Path, keys: Keyring):
    server = postgres_link.Server("mirror", [urls_of(data_dir)["mirror"]], postgres.READER, "", 1)
    with closing(postgres.database(server, keys)) as db:
        with pytest.raises(DBAPIError) as slow, db.reading() as connection:
            connection.exec_driver_sql("SELECT pg_sleep(5)")
        told = fault_of(slow.value)
        assert told
        assert told.code == "too_slow"


def test_two_that_wait_for_each_other_are_told_as_such(mirror_db: Database):
    first, second = link_of(mirror_db), link_of(mirror_db)
    problems: list[BaseException] = []

    def both(link: Any, mine: int, other: int) -> None:
        with suppress(RuntimeError):
            try:
                link.driver_connection.execute("BEGIN")
                link.driver_connection.execute("SELECT pg_advisory_xact_lock(%s)", (mine,))
                meet.wait(20)
                link.driver_connection.execute("SELECT pg_advisory_xact_lock(%s)", (other,))
            except psycopg.Error as error:
                problems.append(error)
            link.driver_connection.rollback()

    meet = threading.Barrier(2)
    threads = [threading.Thread(target=both, args=args) for args in ((first, 1, 2), (second, 2, 1))]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    first.close()
    second.close()

    (problem,) = problems
    told = fault_by(problem, "mirror")
    assert told
    assert told.code == "deadlock"


def test_a_server_that_only_reads_is_named_as_what_it_is(mirror_db: Database):
    with closing(link_of(mirror_db)) as held:
        held.driver_connection.execute("SET default_transaction_read_only = on")

    with pytest.raises(DBAPIError) as refused, mirror_db.writing() as connection:
        set_fact(connection, "epoch", "x")
    told = fault_of(refused.value)
    assert told
    assert told.code == "standby"


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (psycopg.errors.DiskFull, "disk_full"),
        (psycopg.errors.OutOfMemory, "out_of_memory"),
        (psycopg.errors.TooManyConnections, "too_many_links"),
        (psycopg.errors.DataCorrupted, "damaged"),
        (psycopg.errors.IoError, "io"),
        (psycopg.errors.AdminShutdown, "unreachable"),
        (psycopg.errors.InvalidPassword, "not_let_in"),
        (psycopg.errors.IdleInTransactionSessionTimeout, "too_slow"),
    ],
)
def test_what_a_server_says_is_told_by_its_cause(kind: type[psycopg.Error], code: str):
    found = fault_by(kind("words that may hold a value"), "ledger")

    assert found == faults.Fault(code, "ledger")
    assert "words" not in found.sentence
    assert "ledger" in found.sentence


def test_no_server_at_all_is_a_sentence(keys: Keyring, tmp_path: Path):
    with pytest.raises(faults.DatabaseProblem, match=r"does not answer.*pg_isready"):
        postgres.open_mirror([f"postgresql:///nobody?host={tmp_path}"], "", keys)


def test_a_database_without_tables_says_how_to_make_them(bench: Bench, keys: Keyring):
    with pytest.raises(faults.DatabaseProblem, match="espelho init"):
        postgres.open_ledger([bench.url("nowhere")], "", keys)


def test_an_error_holds_no_row(mirror_db: Database):
    row = {"id": 7, "name": "kind", "value": "Maria Silva 529.982.247-25"}
    with mirror_db.writing() as connection:
        connection.execute(insert(facet).values(row))

    with pytest.raises(DBAPIError) as twice, mirror_db.writing() as connection:
        connection.execute(insert(facet).values(row | {"id": 8}))
    error: BaseException | None = twice.value
    while error is not None:
        assert "Maria" not in str(error)
        error = error.__cause__


@pytest.fixture
def restored(
    bench: Bench, data_dir: Path, mirror_db: Database, reader: Database
) -> Callable[[], None]:
    """Puts back what the mirror was when the test began, under everybody who has it open."""
    (place,) = [urls_of(data_dir)["mirror"].partition("///")[2].partition("?")[0]]
    mirror_db.engine.dispose()
    reader.engine.dispose()
    bench.link.execute(f"DROP DATABASE IF EXISTS kept_{place}")
    bench.link.execute(f"CREATE DATABASE kept_{place} TEMPLATE {place}")

    def put_back() -> None:
        bench.link.execute(f"DROP DATABASE {place} WITH (FORCE)")
        bench.link.execute(f"ALTER DATABASE kept_{place} RENAME TO {place}")

    return put_back


def test_an_older_mirror_put_in_place_is_told_before_anything_is_read_from_it(
    mirror_db: Database, reader: Database, data_dir: Path, restored: Callable[[], None]
):
    with lease(mirror_db, data_dir), mirror_db.writing() as connection:
        before = epoch(connection)
        set_fact(connection, "revision", "2")
    with reader.reading() as connection:
        assert fact(connection, "revision", "0") == "2"

    restored()

    with pytest.raises(Replaced, match="older than it was"), reader.reading() as connection:
        pytest.fail("it was read")
    mirror_db.close()
    with closing(open_mirror(data_dir, reader.keys)) as anew, lease(anew, data_dir):
        pass
    with reader.reading() as connection:  # it has another epoch: its masters are read anew
        assert fact(connection, "epoch", before) != before


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("postgresql:///espelho", True),
        ("postgresql://u@127.0.0.1:5433/espelho", True),
        ("postgresql://u@[::1]/espelho", True),
        ("postgresql://u@localhost/espelho", True),
        ("postgresql:///espelho?host=/var/run/postgresql", True),
        ("postgresql://u@db.example/espelho", False),
        ("postgresql://u@localhost,db.example/espelho", False),
        ("postgresql://localhost/espelho?host=db.example", False),
    ],
)
def test_what_stays_on_this_machine_is_told_from_what_does_not(url: str, local: bool):
    assert is_local(url) == local
    assert hosts_of(url)


def test_rows_of_one_key_in_a_batch_come_to_what_they_do_one_by_one(mirror_db: Database):
    """A merge may touch a row once only; the last one of a batch wins, and numbers add up."""
    from mirror.store.engine import upsert
    from mirror.store.tables import charge_total

    over = upsert(meta)
    adding = upsert(charge_total, adding=("charges", "amount"))
    many = [(f"k{place % 7}", str(place)) for place in range(100)]
    sums = [("due", f"2024-06-{1 + place % 3:02}", "paid", "BRL", 1, 10) for place in range(90)]
    with mirror_db.writing() as connection:
        over.many(connection, many)
        adding.many(connection, sums)
        adding.many(connection, sums[:5])
        facts = connection.execute(select(meta).where(meta.c.name.like("k%"))).all()
        rows = connection.execute(select(charge_total.c.charges, charge_total.c.amount)).all()

    assert {row.name: row.value for row in facts} == dict(many)
    assert sorted(map(tuple, rows)) == [(31, 310), (32, 320), (32, 320)]
