"""Whoever goes from page to page meets everybody once, to the last page, which is not full.

Pages have three rows here: of none, exactly one page, one row more, and two pages and a rest.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from mirror.identifiers import classify
from mirror.ledger import journal
from mirror.reading import charges
from mirror.reading import find as finder
from mirror.reading.activity import deals_of_company, of_customer
from mirror.reading.find import find
from mirror.reading.listing import Filters, browse, counts
from mirror.records import Customer, Deal, Order, Payment, Visit
from mirror.store.engine import Database
from tests.fakes import activities
from tests.fakes.somebody import somebody

pytestmark = pytest.mark.engines

PAGE = 3
many = pytest.mark.parametrize("many", [0, PAGE, PAGE + 1, 2 * PAGE + 2])
Pages = Callable[[Any], tuple[list[Any], Any]]
SAME = datetime(2026, 5, 1, 12, tzinfo=UTC)
TODAY = date(2026, 5, 20)


def walked(pages: Pages) -> list[Any]:
    """Every row of all pages; only the last may be short, and none follows what was all."""
    found: list[Any] = []
    place = None
    while True:
        rows, place = pages(place)
        assert rows or not found, "a page is told of that has nobody"
        found += rows
        assert len(rows) <= PAGE
        if place is None:
            return found
        assert len(rows) == PAGE


def at(number: int, tied: bool) -> datetime:
    return SAME if tied else SAME.replace(hour=number)


@many
@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("stream", ["orders", "payments", "deals", "visits"])
def test_what_a_customer_did_is_met_page_by_page(
    mirror_db: Database, stream: str, tied: bool, many: int
):
    def one(number: int) -> Any:
        who: dict[str, Any] = {"external_id": str(number), "version": 1, "customer": "C-1"}
        match stream:
            case "orders":
                return Order(**who, placed_at=at(number, tied))
            case "payments":
                return Payment(**who, due_on=date(2026, 5, 1 if tied else number + 1))
            case "deals":
                return Deal(**who, opened_at=at(number, tied))
        return Visit(**who, page="/", visited_at=at(number, tied))

    activities.write(mirror_db, stream, *(one(number) for number in range(many)))

    def pages(before: int | None) -> tuple[list[str], int | None]:
        page = of_customer(mirror_db, stream, "loja", "C-1", before=before, limit=PAGE)
        return [seen.record.external_id for seen in page.rows], page.older

    assert walked(pages) == [str(number) for number in reversed(range(many))]


@many
@pytest.mark.parametrize("tied", [False, True])
def test_a_company_s_deals_are_met_page_by_page(
    mirror_db: Database, mirror_with: Callable[..., Database], tied: bool, many: int
):
    mirror_with(Customer(external_id="F", version=1, kind="PJ"), somebody(1, company="F"))
    whose = ("F", "C-1")
    opened = [
        Deal(
            external_id=str(number),
            version=1,
            customer=whose[number % 2],
            opened_at=at(number, tied),
        )
        for number in range(many)
    ]
    activities.write(mirror_db, "deals", *opened)

    def pages(before: int | None) -> tuple[list[str], int | None]:
        page = deals_of_company(mirror_db, "loja", "F", before=before, limit=PAGE)
        return [seen.record.external_id for seen in page.rows], page.older

    assert walked(pages) == [str(number) for number in reversed(range(many))]


@many
def test_a_company_s_staff_are_met_page_by_page(mirror_with: Callable[..., Database], many: int):
    firm = Customer(external_id="F", version=1, kind="PJ", emails=("firma@exemplo.com.br",))
    db = mirror_with(firm, *(somebody(number, company="F") for number in range(many)))
    (company,) = find(db, classify("firma@exemplo.com.br"))

    def pages(before: int | None) -> tuple[list[str], int | None]:
        people, older = finder.staff(db, company, before=before, limit=PAGE)
        return [one.external_id for one in people], older

    assert walked(pages) == [f"C-{number}" for number in reversed(range(many))]
    assert finder.staff_number(db, company) == many


@many
def test_a_list_is_met_page_by_page_there_and_back(mirror_with: Callable[..., Database], many: int):
    db = mirror_with(*(somebody(number, kind="PF") for number in range(many)))
    expected = [f"C-{number}" for number in reversed(range(many))]

    def down(before: int | None) -> tuple[list[str], int | None]:
        page = browse(db, Filters("PF"), before=before, limit=PAGE)
        return [one.external_id for one in page.rows], page.older

    def up(after: int | None) -> tuple[list[str], int | None]:
        page = browse(db, Filters("PF"), after=after or 0, limit=PAGE)
        return [one.external_id for one in reversed(page.rows)], page.newer

    assert walked(down) == expected
    assert walked(up) == expected[::-1]
    assert counts(db, Filters("PF")) == many


@many
@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("state", [None, "issued", "overdue", "paid"])
def test_a_month_s_charges_are_met_page_by_page_there_and_back(
    mirror_db: Database, state: str | None, tied: bool, many: int
):
    days = {"issued": 25, "overdue": 4, "paid": 10}
    made = [
        activities.charge(f"{kind}-{n}", f"2026-05-{day + (0 if tied else n % 3):02}", stored)
        for kind, day in days.items()
        for stored in [{"overdue": "issued"}.get(kind, kind)]
        for n in range(many)
    ]
    activities.write(mirror_db, "payments", *made)
    expected = {f"{kind}-{n}" for kind in ([state] if state else days) for n in range(many)}

    def there(after: charges.Cursor | None) -> tuple[list[Any], Any]:
        part = charges.Part("2026-05", state, after=after)
        page = charges.look(mirror_db, part, TODAY, PAGE).page
        return page.rows, page.later

    def back(before: charges.Cursor | None) -> tuple[list[Any], Any]:
        part = charges.Part("2026-05", state, before=before or ("2026-06", 0))
        page = charges.look(mirror_db, part, TODAY, PAGE).page
        return page.rows[::-1], page.earlier

    met = walked(there)
    assert [one.day for one in met] == sorted(one.day for one in met)
    found = [one.seen.record.external_id for one in met]
    assert (set(found), len(found)) == (expected, len(expected))
    assert [one.seen.record.external_id for one in walked(back)] == found[::-1]


@many
def test_the_journal_is_told_newest_first_up_to_a_limit(ledger: Database, many: int):
    for number in range(many):
        journal.record(ledger, journal.Entry("staff", "ana", "open", number))
    told = [one.customer for one in journal.entries(ledger, limit=PAGE)]
    assert told == list(reversed(range(many)))[:PAGE]
    assert len(journal.entries(ledger, limit=100)) == many
