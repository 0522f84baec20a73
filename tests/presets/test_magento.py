"""Magento: the last page again past the end, a clock in UTC, groups by their names."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest

from mirror.store.engine import Database
from tests.connector.conftest import Follow
from tests.fakes.looking import customers, graves, versions
from tests.fakes.presets_magento import Magento

PAGES: dict[str, Any] = {"stream": {"page": {"size": 5}}}
_COUNTED = {"kind": "page", "size": 5, "stop": ["total:total_count", "empty"]}
_QUERY = {
    "searchCriteria[currentPage]": "{page}",
    "searchCriteria[filter_groups][0][filters][0][value]": "0",
}
BY_PAGE: dict[str, Any] = {"stream": {"page": _COUNTED, "query": _QUERY}}
"""How it is asked in another way: by numbers of pages."""
_VALUE = "searchCriteria[filter_groups][1][filters][0][value]"


@pytest.fixture
def shop() -> Iterator[Magento]:
    with Magento(15).running() as made:
        yield made


def test_pages_begin_behind_the_last_id(shop: Magento, follow: Follow):
    assert follow(shop.source(**PAGES)).figures.added == 15
    first = "searchCriteria[filter_groups][0][filters][0][value]"
    asked = [call.query[first] for call in shop.asked("GET /rest/V1/customers/search")]
    assert asked == ["0", "5", "10", "15"]


def test_a_total_that_is_too_high_ends_the_run_and_deletes_nobody(
    shop: Magento, follow: Follow, mirror_db: Database
):
    assert follow(shop.source(**BY_PAGE)).ok
    shop.overstates = 1
    del shop.people["3"]
    shop.add(16)
    report = follow(shop.source(**BY_PAGE), full=True)
    assert not report.ok
    assert "same records" in report.sentence
    assert set(versions(mirror_db)) == {str(number) for number in range(1, 17)}
    assert graves(mirror_db) == {}


def test_somebody_who_goes_while_pages_are_read_takes_nobody_along(
    shop: Magento, follow: Follow, mirror_db: Database
):
    follow(shop.source(**PAGES))

    def watch(received: int) -> None:
        shop.people.pop("1", None)

    report = follow(shop.source(**PAGES), full=True, watch=watch)
    assert report.ok
    assert set(versions(mirror_db)) >= {str(number) for number in range(2, 16)}
    assert len(shop.asked("GET /rest/V1/customers/search")) == 8  # each listing once


def test_changes_are_asked_for_in_the_masters_own_clock(
    shop: Magento, follow: Follow, mirror_db: Database
):
    shop.people["4"]["updated_at"] = "2024-05-02 01:20:23"
    follow(shop.source())
    follow(shop.source())
    assert shop.calls[-1].query[_VALUE] == "2024-05-02 01:10:23"
    found = {one.external_id: one for one in customers(mirror_db)}
    assert found["4"].updated_at == datetime(2024, 5, 2, 1, 20, 23, tzinfo=UTC)


def test_the_fields_of_a_person_and_of_a_company(
    shop: Magento, follow: Follow, mirror_db: Database
):
    shop.people.clear()
    shop.add(
        1,
        middlename="de",
        dob="1990-05-13",
        gender=2,
        created_at="2024-03-02 01:30:00",
        extension_attributes={"is_subscribed": False},
        addresses=[
            {"street": ["Rua B"], "telephone": "(11) 3333-4567"},
            {
                "street": ["Alameda Santos", "120", "ap 31", "Jardins"],
                "city": "São Paulo",
                "region": {"region_code": "SP"},
                "postcode": "01310-100",
                "country_id": "BR",
                "telephone": "11987654321",
                "default_shipping": True,
            },
        ],
    )
    shop.add(2, taxvat="11.222.333/0001-81", group_id=9, addresses=[{"company": "Pão Quente Ltda"}])
    follow(shop.source())

    person, company = sorted(customers(mirror_db), key=lambda one: one.kind)
    assert (person.name, person.gender, person.category) == (
        "Elisa de Melo 1",
        "Feminino",
        "Varejo",
    )
    assert person.birth_date == date(1990, 5, 13)
    assert person.customer_since == date(2024, 3, 1)
    assert [one.number for one in person.phones] == ["+551133334567", "+5511987654321"]
    main, other = person.addresses
    assert (main.street, main.number, main.complement, main.district, main.state) == (
        "Alameda Santos",
        "120",
        "ap 31",
        "Jardins",
        "SP",
    )
    assert (main.main, other.street) == (True, "Rua B")
    assert person.extras == {
        "Loja de origem": "Loja Iguatemi",
        "Aceita novidades por e-mail": "não",
    }
    assert (company.kind, company.trade_name) == ("PJ", "Pão Quente Ltda")
    assert company.category == "9"  # a group that the master does not name
