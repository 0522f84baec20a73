"""Activity and people around a customer: a company's deals and staff, what orders come to."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest

from mirror.identifiers import classify
from mirror.reading import activity
from mirror.reading import find as finder
from mirror.reading.find import find
from mirror.store.engine import Database
from mirror.store.sealing import Found
from tests.fakes import dealings
from tests.fakes.clientele import COMPANY, DEUZENIR
from tests.fakes.somebody import somebody

pytestmark = pytest.mark.engines

LOJA = ("loja", COMPANY.external_id)


def found(db: Database, code: str) -> Found:
    return next(one for one in find(db, classify(code)) if one.external_id == code)


def opened(day: int) -> datetime:
    return datetime(2026, 9, day, 12, tzinfo=UTC)


@pytest.fixture
def company(mirror_with: Callable[..., Database]) -> Database:
    """A company with three people; somebody else works elsewhere, or in another source."""
    staff = [somebody(number, company=COMPANY.external_id) for number in (1, 2, 3)]
    mirror_with(somebody(9, company=COMPANY.external_id), source="outra")
    return mirror_with(COMPANY, *staff, somebody(4, company="900002"))


def test_staff_are_those_who_work_there_newest_first(company: Database):
    whom = found(company, COMPANY.external_id)
    people, older = finder.staff(company, whom, limit=2)
    assert [one.external_id for one in people] == ["C-3", "C-2"]
    rest, end = finder.staff(company, whom, before=older, limit=2)
    assert [one.external_id for one in rest] == ["C-1"]
    assert end is None
    assert finder.staff_number(company, whom) == 3


def test_people_are_found_by_the_master_s_ids_of_their_own_source(company: Database):
    assert set(finder.named(company, "loja", ["C-1", "C-4", "C-9", "nobody"])) == {"C-1", "C-4"}
    assert finder.named(company, "loja", []) == {}


def test_a_company_has_the_deals_of_its_people_too(company: Database):
    dealings.write(
        company,
        dealings.deal("1", customer=COMPANY.external_id, opened_at=opened(1)),
        dealings.deal("2", customer="C-1", opened_at=opened(3)),
        dealings.deal("3", customer="C-3", opened_at=opened(2)),
        dealings.deal("4", customer="C-4", opened_at=opened(4)),
        dealings.deal("5", customer=None, opened_at=opened(5)),
    )
    page = activity.deals_of_company(company, *LOJA, limit=2)
    assert [seen.external_id for seen in page.rows] == ["2", "3"]
    rest = activity.deals_of_company(company, *LOJA, before=page.older, limit=2)
    assert [seen.external_id for seen in rest.rows] == ["1"]
    assert rest.older is None
    assert activity.deals_number(company, *LOJA) == 3


def test_deals_opened_at_the_same_instant_are_all_met(company: Database):
    same = [dealings.deal(str(one), customer="C-1", opened_at=opened(1)) for one in range(5)]
    dealings.write(company, *same)
    met, before = list[str](), None
    for _ in range(3):
        page = activity.deals_of_company(company, *LOJA, before=before, limit=2)
        met += [seen.external_id for seen in page.rows]
        before = page.older
    assert sorted(met) == ["0", "1", "2", "3", "4"]


def test_orders_are_summed_by_currency_and_only_those_that_are_purchases(
    mirror_with: Callable[..., Database],
):
    db = mirror_with(DEUZENIR)
    dealings.write(
        db,
        dealings.order("1", amount=100),
        dealings.order("2", amount=25, state="open"),
        dealings.order("3", amount=7, currency="USD"),
        dealings.order("4", amount=1_000, state="cancelled"),
        dealings.order("9", amount=50, state="unknown", state_received="Na nuvem"),
        dealings.order("5", amount=1_000, kind="quote"),
        dealings.order("6", amount=-1_000, kind="return"),
        dealings.order("7", amount=1_000, kind="receipt"),
        dealings.order("8", amount=1_000, customer="somebody else"),
    )
    sums = activity.purchases(db, "loja", DEUZENIR.external_id)
    assert [(one.currency, one.orders, one.amount) for one in sums] == [
        ("BRL", 3, 175),
        ("USD", 1, 7),
    ]


def test_activities_are_found_by_the_master_s_ids(company: Database):
    dealings.write(company, dealings.order("1"), dealings.order("2"))
    seen = activity.named(company, "orders", "loja", ["1", "3"])
    assert {name: one.record.number for name, one in seen.items()} == {"1": "2026-1"}
    assert activity.named(company, "orders", "outra", ["1"]) == {}


def test_an_order_has_every_payment_of_it_by_day(mirror_with: Callable[..., Database]) -> None:
    db = mirror_with(DEUZENIR)
    days = (20, 5, 12)
    for day in days:
        dealings.write(db, dealings.payment(f"P{day}", due_on=opened(day).date()))
    rows = activity.payments_of_order(db, "loja", DEUZENIR.external_id, "8001")
    assert [one.external_id for one in rows] == ["P5", "P12", "P20"]


def test_who_is_late_is_known_for_a_whole_page_and_by_the_shops_day(
    mirror_with: Callable[..., Database],
) -> None:
    db, today = mirror_with(DEUZENIR), date(2026, 10, 20)
    mine, other = ("loja", DEUZENIR.external_id), ("loja", "C-1")
    dealings.write(
        db,
        dealings.payment("1", amount=100, due_on=date(2026, 10, 19)),
        dealings.payment("2", amount=20, state="overdue", due_on=date(2026, 9, 30)),
        dealings.payment("3", amount=3, currency="USD", due_on=date(2026, 10, 1)),
        dealings.payment("4", amount=1_000, due_on=today),
        dealings.payment("5", amount=1_000, state="paid", due_on=date(2026, 1, 1)),
        dealings.payment("6", amount=1_000, state="cancelled", due_on=date(2026, 1, 1)),
        dealings.payment("7", amount=7, customer="C-1", due_on=date(2026, 10, 2)),
        dealings.payment("8", amount=8, customer="C-2", due_on=date(2026, 10, 2)),
    )
    found = activity.overdue(db, [mine, other, ("loja", "C-3")], today)
    assert found == {
        mine: [
            activity.Overdue("BRL", 2, 120, "2026-09-30"),
            activity.Overdue("USD", 1, 3, "2026-10-01"),
        ],
        other: [activity.Overdue("BRL", 1, 7, "2026-10-02")],
    }
    assert activity.overdue(db, [], today) == {}
