"""Acts of many at once: one commit for all who wait, and what goes wrong with one or with all."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event, insert
from sqlalchemy.exc import OperationalError

from mirror.ledger import Verdict, Weigh, acts, alarms, guard, journal, watch
from mirror.ledger.guard import Who
from mirror.ledger.journal import AuditUnavailable, BudgetSpent, Entry, Limit
from mirror.store import sqlite_file
from mirror.store.engine import Database, Link, engine_of
from mirror.store.faults import Replaced
from mirror.store.sealing import Keyring
from mirror.store.sqlite import open_ledger
from web.settings import WebSettings

TOGETHER = 8
Ask = Callable[[], None]


def asks(ledger: Database, name: Any, weigh: Weigh | None = None, **said: Any) -> Ask:
    limit = said.pop("limit", None)
    entry = Entry("staff", name, "open", **said)
    return lambda: journal.record(ledger, entry, limit=limit, weigh=weigh)


@pytest.fixture
def at_once(ledger: Database, data_dir: Path, keys: Keyring) -> Callable[..., list[Any]]:
    """Has acts wait together, until somebody else has written; what became of each."""

    def run(*some: Ask) -> list[Any]:
        with ThreadPoolExecutor(len(some)) as pool, closing(open_ledger(data_dir, keys)) as other:
            with other.writing():
                asked = [_waiting(ledger, pool, ask) for ask in some]
            return [one.exception() for one in asked]

    return run


def _waiting(ledger: Database, pool: ThreadPoolExecutor, ask: Ask) -> "Future[None]":
    """Of one act, once it waits: they stand in the order in which they came."""
    desk = acts._desk_of(ledger)
    before, asked = len(desk._waiting), pool.submit(ask)
    while len(desk._waiting) == before:
        threading.Event().wait(0.001)
    return asked


def actors(ledger: Database) -> list[str]:
    assert journal.verify(ledger).intact
    return [one.actor for one in reversed(journal.entries(ledger, limit=1_000))]


def commits(ledger: Database) -> int:
    with ledger.reading() as connection:
        return engine_of(connection).stamp(connection).commits


def test_all_who_wait_are_written_down_in_their_order_with_one_commit(ledger, at_once) -> None:
    names = [f"n{number}" for number in range(TOGETHER)]
    before = commits(ledger)

    assert at_once(*(asks(ledger, name) for name in names)) == [None] * TOGETHER

    assert actors(ledger) == names
    assert commits(ledger) == before + 1


def test_one_that_fails_costs_nobody_else_their_row(ledger, at_once) -> None:
    def fails(connection: Connection, _: Entry, __: int) -> Verdict:
        journal.append(connection, ledger.keys, Entry("staff", "half done", "open"))
        raise ValueError("a defect of this one's own")

    told = at_once(
        asks(ledger, "first"),
        asks(ledger, "defect", fails),
        asks(ledger, "second"),
        asks(ledger, "no text", detail="\ud800"),
        asks(ledger, None),  # which the table refuses
        asks(ledger, "third"),
    )

    assert [type(one) for one in told[1::2]] == [ValueError, UnicodeEncodeError, type(None)]
    assert isinstance(told[4], AuditUnavailable)
    assert told[::2][:2] == [None, None]
    assert actors(ledger) == ["first", "second", "third"]


def test_a_limit_grants_no_more_to_those_who_come_together(ledger, at_once) -> None:
    limit = Limit(("open",), 3, 60)
    told = at_once(*(asks(ledger, "ana", limit=limit, customer=n) for n in range(TOGETHER)))

    assert [type(one) for one in told] == [type(None)] * 3 + [BudgetSpent] * (TOGETHER - 3)
    rows = journal.entries(ledger)
    assert [one.outcome for one in reversed(rows)] == ["done"] * 3 + ["limited"]


def test_a_commit_that_fails_refuses_all_of_them(ledger, at_once) -> None:
    def fails(_: Connection) -> None:
        raise OperationalError("COMMIT", {}, Exception("disk I/O error"))

    event.listen(ledger.engine, "commit", fails)
    told = at_once(asks(ledger, "ana"), asks(ledger, "bia", limit=Limit(("open",), 0, 60)))
    event.remove(ledger.engine, "commit", fails)

    assert [type(one) for one in told] == [AuditUnavailable, BudgetSpent]  # a denial stays one
    assert actors(ledger) == []
    assert at_once(asks(ledger, "ana")) == [None]
    assert actors(ledger) == ["ana"]


def test_a_ledger_that_is_replaced_meanwhile_refuses_all_of_them(
    ledger, at_once, monkeypatch
) -> None:
    looks: list[bool] = []

    def look(db: Database) -> None:
        looks.append(True)
        if len(looks) == 2:  # after the commit
            raise Replaced("The ledger is another one than it was.", "ledger")

    with _only_here(monkeypatch, ledger, look):
        told = at_once(*(asks(ledger, f"n{number}") for number in range(TOGETHER)))
    assert [type(one) for one in told] == [Replaced] * TOGETHER


@contextmanager
def _only_here(
    monkeypatch: pytest.MonkeyPatch, db: Database, look: Callable[[Database], None]
) -> Iterator[None]:
    real = Database.look
    with monkeypatch.context() as patched:
        patched.setattr(
            Database, "look", lambda one: look(one) if one.engine is db.engine else real(one)
        )
        yield


def test_a_disk_that_fills_up_shows_nothing_that_has_no_row(ledger, at_once) -> None:
    journal.record(ledger, Entry("staff", "before", "open"))
    with ledger.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        connection.rollback()
    names = ["ana", "large", "bia"]
    told = at_once(
        *(asks(ledger, name, detail="x" * (100_000 if name == "large" else 1)) for name in names)
    )

    assert isinstance(told[1], AuditUnavailable)
    granted = [name for name, one in zip(names, told, strict=True) if one is None]
    assert actors(ledger) == ["before", *granted]


def test_a_turn_that_does_not_come_refuses_whoever_waits_and_nobody_after(
    ledger, data_dir, keys, monkeypatch
) -> None:
    with closing(open_ledger(data_dir, keys)) as other:
        with monkeypatch.context() as patched:
            patched.setattr(sqlite_file, "WAIT_S", 0.1)
            with other.writing(), pytest.raises(AuditUnavailable, match="locked"):
                journal.record(ledger, Entry("staff", "ana", "open"))
        for name in ("bia", "caio"):
            journal.record(ledger, Entry("staff", name, "open"))
        journal.record(other, Entry("staff", "eva", "open"))
    assert actors(ledger) == ["bia", "caio", "eva"]


def test_each_is_judged_as_what_it_was_asked_for(ledger, at_once) -> None:
    request: ContextVar[str] = ContextVar("request")
    seen: dict[str, str] = {}

    def judged(_: Connection, entry: Entry, __: int) -> Verdict:
        seen[entry.actor] = request.get()
        return Verdict()

    def of(name: str) -> Ask:
        def ask() -> None:
            request.set(f"request of {name}")
            asks(ledger, name, judged)()

        return ask

    names = [f"n{number}" for number in range(TOGETHER)]
    assert at_once(*map(of, names)) == [None] * TOGETHER
    assert seen == {name: f"request of {name}" for name in names}


def test_many_who_come_and_go_all_have_their_row_and_nobody_waits_for_ever(ledger) -> None:
    def fails(_: Connection, entry: Entry, __: int) -> Verdict:
        if (entry.customer or 0) % 7 == 0:
            raise ValueError
        return Verdict()

    def come(name: str) -> list[int]:
        written = []
        for number in range(30):
            try:
                asks(ledger, name, fails, customer=number)()
            except ValueError:
                continue
            written.append(number)
        return written

    with ThreadPoolExecutor(20) as pool:
        told = list(pool.map(come, map(str, range(20))))
    rows = [(one.actor, one.customer) for one in reversed(journal.entries(ledger, limit=1_000))]
    assert journal.verify(ledger).intact
    for name, written in enumerate(told):
        assert [number for who, number in rows if who == str(name)] == written


TILL = Who("device", "caixa-1", guard.TERMINAL)
FEW = WebSettings(terminal_customers_per_day=3)


def meets(ledger: Database, number: int, **more: Any) -> bool:
    """Whether a terminal is shown somebody."""
    seen = guard.shown(ledger.keys, [("loja", f"C-{number}")])
    entry = Entry(TILL.kind, TILL.name, "lookup", number)
    try:
        journal.record(ledger, entry, weigh=guard.weighing(TILL, seen, FEW), **more)
    except (BudgetSpent, guard.Locked):
        return False
    return True


def test_what_another_process_wrote_counts_at_once(ledger, data_dir, keys) -> None:
    minute = Limit(("lookup",), 4, 60)
    with closing(open_ledger(data_dir, keys)) as other:
        assert [meets(ledger, 1), meets(other, 2), meets(ledger, 3)] == [True] * 3
        assert [meets(db, 4) for db in (ledger, other)] == [False] * 2
        assert [meets(db, 1, limit=minute) for db in (ledger, other)] == [True, False]
        assert not meets(ledger, 1, limit=minute)


def test_a_release_by_another_process_is_heard(ledger, data_dir, keys) -> None:
    assert meets(ledger, 1)
    with closing(open_ledger(data_dir, keys)) as other:
        with other.writing() as connection:
            connection.execute(insert(watch).values(_locked(TILL.owner)))
            journal.append(connection, keys, Entry("command", "root", "alarm", about=TILL.name))
        assert not meets(ledger, 1)
        alarms.release(other, TILL.kind, TILL.name)
        assert meets(ledger, 1)


def _locked(owner: str) -> dict[str, Any]:
    return {"owner": owner, "score": 0.0, "rule": "misses", "at": 1, "locked": True}


def test_what_a_failed_act_left_is_forgotten(ledger, at_once) -> None:
    def fails(connection: Connection, entry: Entry, now: int) -> Verdict:
        seen = guard.shown(ledger.keys, [("loja", f"C-{entry.customer}")])
        guard.weighing(TILL, seen, FEW)(connection, entry, now)
        raise ValueError

    failing = [Entry(TILL.kind, TILL.name, "lookup", number) for number in range(20, 24)]
    told = at_once(
        *(lambda one=one: journal.record(ledger, one, weigh=fails) for one in failing),
        lambda: meets(ledger, 1),
    )
    assert [type(one) for one in told] == [ValueError] * 4 + [type(None)]
    assert [meets(ledger, number) for number in (1, 2, 3, 4)] == [True, True, True, False]


def test_a_ledger_that_was_put_back_is_not_taken_for_the_one_before(ledger, keys) -> None:
    memory = acts.Memory()
    with ledger.writing() as connection:
        journal.append(connection, keys, Entry("staff", "ana", "open"))
        link = Link.behind(connection)
        memory.begin(link)
        known = memory.of("staff", "ana")
        memory.begin(link)
        assert memory.of("staff", "ana") is known
        for head in ((1, bytes(32)), (9, bytes(32))):
            memory.head = head
            memory.begin(link)
            assert memory.of("staff", "ana") is not known
            known = memory.of("staff", "ana")
    assert memory.head[0] == 1


def test_a_clock_that_goes_back_makes_void_what_is_remembered(monkeypatch) -> None:
    memory = acts.Memory()
    for now, same in ((10, True), (11, True), (11, True), (9, False), (10, True)):
        before = memory.of("staff", "ana")
        monkeypatch.setattr(acts, "now_us", lambda now=now: now)
        assert memory.tick() == now
        assert (memory.of("staff", "ana") is before) == same


def test_what_is_remembered_has_an_end() -> None:
    memory = acts.Memory()
    first = memory.of("staff", "0")
    for number in range(1, acts._MOST_KNOWN):
        memory.of("staff", str(number))
    assert memory.of("staff", "more") is not first
    assert memory.of("staff", "0") is not first


def test_what_was_remembered_of_a_minute_answers_for_no_hour(
    ledger: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ask(second: int, within_s: int) -> None:
        monkeypatch.setattr(acts, "now_us", lambda: second * 1_000_000)
        asks(ledger, "ana", limit=Limit(("open",), 2, within_s))()

    ask(1_000, 60)
    acts._desk_of(ledger)._memory.forget()
    ask(1_120, 60)  # of the last minute there is nobody

    with pytest.raises(BudgetSpent):
        ask(1_130, 3_600)
