"""Names are compared whole: one that begins or ends like another is somebody else."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from mirror.identifiers import classify
from mirror.ledger import hints, journal
from mirror.ledger.journal import BudgetSpent, Entry, Limit, Wanted
from mirror.reading import freshness
from mirror.reading.activity import of_customer, payments_of_order
from mirror.reading.find import find, staff_number
from mirror.reading.listing import Filters, browse
from mirror.records import Order
from mirror.store.engine import Database
from mirror.store.progress import Checkpoint, load_checkpoint, save_checkpoint
from mirror.store.tables import customer
from mirror.writing import quarantine
from mirror.writing.customers import remove
from mirror.writing.quarantine import Refusal
from tests.fakes.activities import charge, write
from tests.fakes.dealings import order
from tests.fakes.somebody import somebody

Fill = Callable[..., Database]
CODES = ("1", "10", "101", "21", "A1", "a1b")
SOURCES = ("loja", "loj", "loja2", "lo_a", "aloja")


def people(**more: Any) -> list[object]:
    return [somebody(n, external_id=code, **more) for n, code in enumerate(CODES)]


@pytest.mark.parametrize("code", CODES)
def test_a_customer_is_found_by_the_whole_code(mirror_with: Fill, code: str) -> None:
    db = mirror_with(*people())
    assert [one.external_id for one in find(db, classify(code))] == [code]


@pytest.mark.parametrize("gone", ["1", "10", "A1"])
def test_only_the_customer_of_the_whole_code_is_removed(mirror_with: Fill, gone: str) -> None:
    db = mirror_with(*people())
    mirror_with(somebody(8, external_id=gone), source="loja2")
    with db.writing() as connection:
        assert remove(connection, "loja", [gone], "sweep") == 1
        left = connection.execute(select(customer.c.source, customer.c.external_id)).all()
    assert {tuple(row) for row in left} == {
        ("loja2", gone), *(("loja", code) for code in CODES if code != gone)
    }  # fmt: skip


def test_what_somebody_did_is_the_whole_codes_and_sources(mirror_with: Fill) -> None:
    db = mirror_with(*people())
    for code in CODES:
        write(db, "orders", order(f"of-{code}", customer=code))
    write(db, "orders", order("elsewhere", customer="1"), source="loja2")
    for code in CODES:
        rows = of_customer(db, "orders", "loja", code).rows
        assert [one.external_id for one in rows] == [f"of-{code}"]


def test_a_payment_is_of_the_whole_orders_id(mirror_with: Fill) -> None:
    db = mirror_with(*people())
    for name in ("8", "80", "18"):
        write(db, "payments", charge(f"P{name}", customer="1", order=name))
    found = payments_of_order(db, "loja", "1", "8")
    assert [one.external_id for one in found] == ["P8"]


def test_those_who_work_for_a_company_name_it_whole(mirror_with: Fill) -> None:
    db = mirror_with(
        somebody(1, external_id="F1", kind="PJ"),
        *(somebody(2 + n, company=name) for n, name in enumerate(("F1", "F10", "F", "xF1"))),
    )
    (firm,) = find(db, classify("F1"))
    assert staff_number(db, firm) == 1


@pytest.mark.parametrize("value", ["VIP", "VIP Ouro", "Super VIP", "vip"])
def test_a_list_of_a_label_is_of_the_whole_label(mirror_with: Fill, value: str) -> None:
    labels = ("VIP", "VIP Ouro", "Super VIP", "vip")
    db = mirror_with(*(somebody(n, category=one) for n, one in enumerate(labels)))
    rows = browse(db, Filters(None, (("category", value),))).rows
    assert [one.customer.category for one in rows] == [value]


def test_every_source_has_a_cursor_of_its_own(mirror_db: Database) -> None:
    with mirror_db.writing() as connection:
        for name in SOURCES:
            for stream in ("customers", "orders"):
                point = Checkpoint(source=name, stream=stream, cursor=f"{name}, {stream}")
                save_checkpoint(connection, point)
    with mirror_db.reading() as connection:
        for name in SOURCES:
            for stream in ("customers", "orders"):
                found = load_checkpoint(connection, name, stream)
                assert found.cursor == f"{name}, {stream}"
        assert load_checkpoint(connection, "loja", "order").cursor is None


def test_quarantine_is_told_of_the_whole_source_with_its_streams(mirror_db: Database) -> None:
    feeds = [*SOURCES, *(f"{name}/orders" for name in SOURCES)]
    with mirror_db.writing() as connection:
        for name in SOURCES:
            save_checkpoint(connection, Checkpoint(source=name))
        for name in feeds:
            one = Refusal("7", "7", "name", "not_text", b"c" * 16, b"{}", customer="7")
            quarantine.put(connection, mirror_db.keys, name, [one])
    with mirror_db.reading() as connection:
        for name in SOURCES:
            found = {one.source for one in quarantine.entries(connection, name)}
            assert found == {name, f"{name}/orders"}, name
            assert freshness.unread_of_customer(mirror_db, name, "7") == {"orders": 1}
            assert freshness.unread_of_customer(mirror_db, name, "70") == {}
        assert freshness.unread_problem(connection, "loja", "70") is None


def test_only_the_whole_subject_is_cleared(mirror_db: Database) -> None:
    with mirror_db.writing() as connection:
        refusals = [Refusal(c, c, "name", "not_text", b"c" * 16, b"{}") for c in CODES]
        quarantine.put(connection, mirror_db.keys, "loja", refusals)
        quarantine.clear(connection, "loja", ["1", "A1"])
        left = {one.subject for one in quarantine.entries(connection)}
    assert left == set(CODES) - {"1", "A1"}


def test_hints_are_the_whole_sources(ledger: Database) -> None:
    for name in SOURCES[::-1]:  # whose hints are forgotten came last
        hints.put(ledger, name, "7")
    hints.settle(ledger, hints.taken(ledger, "loja"))
    assert hints.waiting(ledger) == set(SOURCES) - {"loja"}
    assert hints.taken(ledger, "loj").ids == ["7"]


def test_a_budget_and_a_journal_are_the_whole_actors(ledger: Database) -> None:
    limit = Limit(("reveal",), 1, 3600)
    for name in ("ana", "an", "ana2", "ANA", "joana"):
        journal.record(ledger, Entry("staff", name, "reveal"), limit=limit)
        with pytest.raises(BudgetSpent):
            journal.record(ledger, Entry("staff", name, "reveal"), limit=limit)
    assert {row.actor for row in journal.entries(ledger, Wanted(actor="ana"))} == {"ana"}


def test_a_budget_counts_the_whole_action(ledger: Database) -> None:
    limit = Limit(("reveal",), 1, 3600)
    for action in ("reveals", "reveal_all", "rev"):
        journal.record(ledger, Entry("staff", "ana", action), limit=None)
    journal.record(ledger, Entry("staff", "ana", "reveal"), limit=limit)


def test_an_order_is_sealed_to_its_whole_row(mirror_with: Fill) -> None:
    db = mirror_with(*people())
    write(db, "orders", order("1", customer="1"), order("11", customer="1"))
    found = of_customer(db, "orders", "loja", "1").rows
    assert all(isinstance(one.record, Order) for one in found)
    assert sorted(one.external_id for one in found) == ["1", "11"]
