"""SAP Business One: one session a run, links beside the list, changes known only by the day."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest

from mirror.store.engine import Database
from tests.connector.conftest import Follow
from tests.fakes.fake_master import Stranger
from tests.fakes.looking import customers, versions
from tests.fakes.presets_sap import SapB1, stamp
from tests.fakes.presets_shop import cpf

PAGES: dict[str, Any] = {"stream": {"page": {"size": 5}}}


@pytest.fixture
def shop() -> Iterator[SapB1]:
    with SapB1(12).running() as made:
        yield made


@pytest.mark.parametrize("beginning", ["", "/b1s/v1/"])
def test_the_next_page_is_found_wherever_its_link_begins(
    shop: SapB1, follow: Follow, mirror_db: Database, beginning: str
):
    shop.links_to = beginning
    assert follow(shop.source(**PAGES)).ok
    assert set(versions(mirror_db)) == set(shop.people)
    assert shop.logins == 1
    pages = shop.asked("GET /b1s/v1/BusinessPartners")[1:]
    assert {call.headers["prefer"] for call in pages} == {"odata.maxpagesize=5"}


def test_a_session_that_ended_is_begun_again_once(shop: SapB1, follow: Follow, mirror_db: Database):
    def watch(received: int) -> None:
        if received == 5:
            shop.session = None

    report = follow(shop.source(**PAGES), watch=watch)
    assert report.ok
    assert shop.logins == 2
    assert set(versions(mirror_db)) == set(shop.people)


def test_a_session_that_is_never_accepted_is_not_begun_for_ever(shop: SapB1, follow: Follow):
    def watch(received: int) -> None:
        shop.forgets = True

    report = follow(shop.source(**PAGES), watch=watch)
    assert not report.ok
    assert "refused the credentials" in report.sentence
    assert shop.logins == 2


def test_cookies_go_to_no_other_server(shop: SapB1, follow: Follow, mirror_db: Database):
    with Stranger().running() as elsewhere:
        shop.links_to = f"{elsewhere.url}/b1s/v1/"
        report = follow(shop.source(**PAGES))
    assert not report.ok
    assert "another address" in report.sentence
    assert versions(mirror_db) == {}


def test_two_changes_of_one_day_are_both_found(shop: SapB1, follow: Follow, mirror_db: Database):
    follow(shop.source())
    names = []
    for other in (501, 502):
        names.append(shop.become(3, other))
        assert follow(shop.source()).figures.changed == 1
        found = {one.external_id: one for one in customers(mirror_db)}
        assert found[names[-1]].documents[0].value == cpf(other)
        shop.time.sleep(3_600)


def test_a_change_of_yesterday_that_became_visible_today_is_found(
    shop: SapB1, follow: Follow, mirror_db: Database
):
    shop.become(4, 504)
    follow(shop.source())
    yesterday = shop.time.wall
    shop.time.sleep(86_400)
    shop.become(5, 505)
    follow(shop.source())

    shop.add(900, CreateDate="2024-01-01", UpdateDate=stamp(yesterday))
    assert follow(shop.source()).figures.added == 1
    assert shop.name_of(900) in versions(mirror_db)


def test_suppliers_are_not_asked_for(shop: SapB1, follow: Follow, mirror_db: Database):
    supplier = shop.add(700, CardType="cSupplier")
    follow(shop.source())
    follow(shop.source())
    assert supplier not in versions(mirror_db)
    assert len(versions(mirror_db)) == 12


def test_the_fields_of_a_person_and_of_a_company(shop: SapB1, follow: Follow, mirror_db: Database):
    shop.people.clear()
    shop.add(
        1,
        Frozen="tYES",
        Phone1="(11) 3333-4567",
        Cellular="11 98765-4321",
        SalesPersonCode=7,
        CreateDate="2019-03-02T00:00:00Z",
        UpdateDate="2024-04-02T00:00:00Z",
        FreeText="Só compra à vista.\nPagar na entrega.",
    )
    shop.add(
        2,
        CardName="Padaria Pão Quente Ltda",
        CardForeignName="Pão Quente",
        GroupCode=101,
        EmailAddress="compras@paoquente.exemplo; nfe@paoquente.exemplo",
        BPFiscalTaxIDCollection=[
            {"TaxId0": "11.222.333/0001-81", "TaxId1": "110.042.490.114", "TaxId4": None},
            {"TaxId0": "11.222.333/0001-81", "TaxId1": "", "TaxId4": ""},
        ],
        BPAddresses=[
            {
                "AddressName": "COBRANCA",
                "TypeOfAddress": "Rua",
                "Street": "das Palmeiras",
                "StreetNo": "8",
                "Block": "Centro",
                "City": "Campinas",
                "State": "SP",
                "ZipCode": "13010-000",
                "Country": "BR",
            }
        ],
        ContactEmployees=[
            {
                "Name": "Ivo Prates",
                "Position": "Compras",
                "E_Mail": "ivo@paoquente.exemplo",
                "Phone1": "21976540001",
            }
        ],
    )
    follow(shop.source())

    person, company = sorted(customers(mirror_db), key=lambda one: one.kind)
    assert (person.registration, person.seller, person.category) == (
        "inactive",
        "Paula Nunes",
        "Varejo",
    )
    assert person.customer_since == date(2019, 3, 2)
    assert person.updated_at == datetime(2024, 4, 2, 3, tzinfo=UTC)  # the day as it begins there
    assert [one.number for one in person.phones] == ["+5511987654321", "+551133334567"]
    assert person.notes == "Só compra à vista.\nPagar na entrega."
    assert person.extras == {}
    assert (company.kind, company.registration, company.category) == ("PJ", "active", "Atacado")
    assert [one.value for one in company.documents] == ["11222333000181"]
    assert company.state_registration == "110.042.490.114"
    assert company.emails == ("compras@paoquente.exemplo", "nfe@paoquente.exemplo")
    assert company.addresses[0].street == "Rua das Palmeiras"
    assert company.addresses[0].postal_code == "13010000"
    (contact,) = company.contacts
    assert contact.phone is not None
    assert (contact.name, contact.phone.number) == ("Ivo Prates", "+5521976540001")
