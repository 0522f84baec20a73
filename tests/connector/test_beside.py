"""A listing of everything is read by a process beside the writer; the mirror is the same."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from connector import beside as process
from connector import page_reader, sync
from connector.beside import Beside, beside
from connector.http import MasterProblem, Stopped
from connector.mapping.customers import Translator
from mirror.store.engine import Database
from mirror.store.sealing import open_customer
from mirror.store.tables import customer, lookup, quarantine, unknown_word
from tests.connector.conftest import Follow
from tests.fakes.master import Master, at, record, source
from tests.faults.processes import alive, children

MANY = 47
"""Five pages: more than are looked at ahead."""


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_reader, "_WORTH", 0)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1})


def everybody() -> Master:
    return Master(
        *(record(one) for one in range(1, MANY - 2)),
        record(MANY - 2, name={"first": "x", "last": "y"}),  # refused
        record(MANY - 1, person_type="alien", phones=[{"number": "123"}], last_purchase_at="??"),
        record(MANY, name="Rita &amp; Filhos", notes="a\nb", category="VIP"),
    )


def seen(db: Database) -> dict[str, Any]:
    """Everything that reading has a say in."""
    with db.reading() as connection:
        rows = connection.execute(select(customer).order_by(customer.c.id)).all()
        found = connection.execute(select(lookup)).all()
        first = rows[0].id  # a mirror whose ids went back begins far ahead
        return {
            "rows": [
                (
                    row.id - first,
                    row.content_hash,
                    row._mapping["keys"],
                    row.told,
                    row.last_purchase_at,
                )
                for row in rows
            ],
            "records": [
                open_customer(db.keys, row.source, row.external_id, row.version, row.doc)
                for row in rows
            ],
            "found": sorted((one.key, one.customer - first) for one in found),
            "refused": connection.execute(
                select(*(quarantine.c[name] for name in ("subject", "field", "rule")))
            ).all(),
            "words": connection.execute(select(unknown_word.c.word, unknown_word.c.records)).all(),
        }


def test_the_same_mirror_comes_as_without(
    mirror_db: Database, follow: Follow, monkeypatch: pytest.MonkeyPatch
):
    asked: list[Any] = []
    with monkeypatch.context() as patch:
        patch.setattr(Beside, "ask", _noted(Beside.ask, asked))
        told = follow(source(everybody()))
    there = seen(mirror_db)
    monkeypatch.setattr(page_reader, "_WORTH", MANY)
    with mirror_db.writing() as connection:
        for table in (customer, lookup, quarantine, unknown_word):
            connection.execute(table.delete())
    again = source(everybody(), name="loja")
    with mirror_db.writing() as connection:
        connection.exec_driver_sql("DELETE FROM checkpoint")
        connection.exec_driver_sql("UPDATE meta SET value = '1' WHERE name = 'next_id'")

    assert follow(again).figures == told.figures
    assert len(asked) == 5
    assert seen(mirror_db) == there
    assert len(there["records"]) == MANY - 1
    assert there["words"]


def test_who_comes_twice_on_pages_that_are_under_way_is_one(
    mirror_db: Database, follow: Follow, monkeypatch: pytest.MonkeyPatch
):
    """The second page is looked at before what was on the first is written."""
    monkeypatch.setattr(sync, "_BATCH_RECORDS", 10)
    master = everybody()
    changed = record(1, 2, updated_at=at(12.5), name="Rita Moreira")
    master.before_page = lambda page: master.put(changed) if page == 2 else None

    report = follow(source(master))

    assert report.ok
    assert (report.figures.added, report.figures.changed) == (MANY - 1, 1)
    assert seen(mirror_db)["records"][0].name == "Rita Moreira"


def _noted(real: Callable[..., Any], asked: list[Any]) -> Callable[..., Any]:
    def note(*given: Any) -> Any:
        asked.append(given)
        return real(*given)

    return note


def test_nothing_of_it_is_left(mirror_db: Database, follow: Follow):
    files = len(os.listdir("/proc/self/fd"))
    before = children(os.getpid())

    assert follow(source(everybody())).ok
    assert children(os.getpid()) == before

    def stops(received: int) -> None:
        raise Stopped("Enough.")

    more = everybody()
    more.put(*(record(one, 2) for one in range(1, MANY)))
    assert not follow(source(more), full=True, watch=stops).ok
    assert children(os.getpid()) == before
    assert len(os.listdir("/proc/self/fd")) <= files + 4  # pooled connections of the database


def test_whoever_changed_alone_is_read_here(follow: Follow, monkeypatch: pytest.MonkeyPatch):
    master = everybody()
    assert follow(source(master)).ok
    master.put(*(record(one, 2, updated_at="2024-05-31T00:00:00Z") for one in range(1, MANY)))

    monkeypatch.setattr(page_reader, "beside", lambda _: pytest.fail("No listing of everything."))
    report = follow(source(master))

    assert report.figures.changed == MANY - 2
    assert report.figures.added == 1  # who could not be read before


def test_one_that_ends_costs_the_run_and_nothing_that_was_written(
    mirror_db: Database, follow: Follow, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sync, "_BATCH_RECORDS", 10)
    real, asked = Beside.ask, []

    def ask(self: Beside, wanted: bytes) -> None:
        asked.append(wanted)
        if len(asked) == 4:
            os.kill(self._pid, signal.SIGKILL)
            os.waitid(os.P_PID, self._pid, os.WEXITED | os.WNOWAIT)
        real(self, wanted)

    with monkeypatch.context() as patch:
        patch.setattr(Beside, "ask", ask)
        report = follow(source(everybody()))

    assert not report.ok
    assert "signal 9" in report.sentence
    assert "the next run goes on" in report.sentence
    with mirror_db.reading() as connection:
        names = set(connection.scalars(select(customer.c.external_id)))
        keyed = set(connection.scalars(select(lookup.c.customer)))
        rows = set(connection.scalars(select(customer.c.id)))
    assert keyed == rows  # who is here is found, though the load is not complete
    assert names <= {str(one) for one in range(1, MANY)}

    assert follow(source(everybody())).ok
    assert len(seen(mirror_db)["records"]) == MANY - 1


def test_a_defect_there_is_one_here_with_its_own_words(
    follow: Follow, monkeypatch: pytest.MonkeyPatch
):
    def breaks(*_: object) -> None:
        raise AttributeError("a defect")

    monkeypatch.setattr(Translator, "__call__", breaks)
    with pytest.raises(AttributeError, match="a defect"):
        follow(source(everybody()))


def test_one_that_answers_nothing_is_not_waited_for_for_ever(monkeypatch: pytest.MonkeyPatch):
    def hangs(_: bytes) -> bytes:
        time.sleep(60)
        return b""

    monkeypatch.setattr(process, "_PATIENCE_S", 0.2)
    one = beside(hangs)
    assert one
    one.ask(b"?")
    with pytest.raises(MasterProblem, match="signal 9"):
        one.answer()
    assert not alive({one._pid})


def test_answers_come_in_order_however_large_they_are():
    one = beside(lambda asked: asked * 3)
    assert one
    asked = [bytes([number]) * 1_000_000 for number in range(6)]
    for wanted in asked:
        one.ask(wanted)
    assert [one.answer() for _ in asked] == [wanted * 3 for wanted in asked]
    one.close()


def test_with_one_processor_there_is_none(follow: Follow, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0})
    assert beside(lambda asked: asked) is None
    assert follow(source(everybody())).ok


def test_it_holds_nothing_of_the_first_ones():
    """Neither its files, locks among them, nor its signals."""

    def there(_: bytes) -> bytes:
        ignored = [
            signal.getsignal(one) == signal.SIG_IGN for one in (signal.SIGINT, signal.SIGTERM)
        ]
        return f"{len(os.listdir('/proc/self/fd')) - 1} {all(ignored)}".encode()

    with open(__file__) as _:
        one = beside(there)
        assert one
        one.ask(b"?")
        assert one.answer() == b"5 True"
        one.close()


def test_it_ends_with_whoever_started_it():
    program = (
        "import os, time; os.sched_getaffinity = lambda _: {0, 1}; "
        "from connector.beside import beside; one = beside(lambda asked: asked); "
        "print(one._pid, flush=True); time.sleep(60)"
    )
    first = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert first.stdout
    other = int(first.stdout.readline())
    assert alive({other})

    first.kill()
    first.wait()
    for _ in range(100):
        if not alive({other}):
            break
        time.sleep(0.05)
    assert not alive({other})
