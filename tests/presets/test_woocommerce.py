"""WooCommerce: everybody each time, an end told in a header, a CPF among the meta data."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest

from connector.mapping.strict_json import decode_object
from mirror.records import Item, Order
from mirror.store.engine import Database
from tests.connector.conftest import Follow
from tests.fakes.looking import customers, versions
from tests.fakes.presets_shop import cpf
from tests.fakes.presets_woocommerce import WooCommerce


@pytest.fixture
def shop() -> Iterator[WooCommerce]:
    with WooCommerce(300).running() as made:
        yield made


@pytest.mark.parametrize(("says", "asked"), [(True, 5), (False, 5)])
def test_the_pages_before_the_first_and_behind_the_last_are_asked_for(
    shop: WooCommerce, follow: Follow, mirror_db: Database, says: bool, asked: int
):
    shop.says_pages = says
    assert follow(shop.source()).ok
    assert len(versions(mirror_db)) == 300
    assert len({call.query["page"] for call in shop.calls}) == asked


def test_a_page_that_came_out_short_is_not_the_last(
    shop: WooCommerce, follow: Follow, mirror_db: Database
):
    shop.says_pages = False
    shop.hidden = (50,)
    assert follow(shop.source()).ok
    assert len(versions(mirror_db)) == 299


def test_a_change_that_a_plug_in_did_not_date_is_found_all_the_same(
    shop: WooCommerce, follow: Follow, mirror_db: Database
):
    follow(shop.source())
    shop.people["7"]["meta_data"] = [{"key": "billing_cpf", "value": cpf(70_000)}]
    report = follow(shop.source())
    assert report.figures.changed == 1
    found = {one.external_id: one for one in customers(mirror_db)}
    assert found["7"].documents[0].value == cpf(70_000)


def test_the_fields_of_a_person_and_of_a_company(
    shop: WooCommerce, follow: Follow, mirror_db: Database
):
    shop.people.clear()
    shop.add(
        1,
        first_name="",
        last_name="",
        date_created_gmt="2024-03-02T01:30:00",
        date_modified_gmt="2024-04-02T10:00:00",
        meta_data=[{"key": "billing_cpf", "value": cpf(1)}],
        billing={
            "first_name": "Davi",
            "last_name": "Rocha",
            "cpf": f"{cpf(1)[:3]}.{cpf(1)[3:6]}.{cpf(1)[6:9]}-{cpf(1)[9:]}",
            "persontype": "F",
            "rg": "12.345.678-9",
            "birthdate": "13/05/1990",
            "gender": "Masculino",
            "email": "davi@exemplo.com.br",
            "phone": "(11) 3333-4567",
            "cellphone": "(11) 98765-4321",
            "address_1": "Rua das Palmeiras",
            "number": "8",
            "neighborhood": "Centro",
            "address_2": "casa 2",
            "city": "Campinas",
            "state": "SP",
            "postcode": "13010-000",
            "country": "BR",
        },
    )
    shop.add(
        2,
        billing={"company": "Pão Quente Ltda", "cnpj": "11.222.333/0001-81", "persontype": "2"},
        meta_data=[],
    )
    follow(shop.source())

    person, company = sorted(customers(mirror_db), key=lambda one: one.kind)
    assert (person.kind, person.name, person.gender) == ("PF", "Davi Rocha", "Masculino")
    assert [one.value for one in person.documents] == [cpf(1)]
    assert person.state_registration == "12.345.678-9"
    assert person.birth_date == date(1990, 5, 13)
    assert person.customer_since == date(2024, 3, 1)
    assert person.updated_at == datetime(2024, 4, 2, 10, tzinfo=UTC)
    assert [one.number for one in person.phones] == ["+5511987654321", "+551133334567"]
    assert person.emails[1:] == ("davi@exemplo.com.br",)
    (address,) = person.addresses
    assert (address.street, address.number, address.district) == (
        "Rua das Palmeiras",
        "8",
        "Centro",
    )
    assert address.postal_code == "13010000"
    assert (company.kind, company.trade_name) == ("PJ", "Pão Quente Ltda")
    assert company.documents[0].kind == "cnpj"


# --- orders ----------------------------------------------------------------------------------


def orders(shop: WooCommerce, cursor: str | None = None) -> list[Order]:
    (made,) = shop.source().activities
    found: list[Any] = [
        made.translate(decode_object(raw), made.head(raw, page.at), page.stream)
        for page in made.pages(cursor)
        for raw in page.records
    ]
    return found


def test_an_order_is_read_whole(shop: WooCommerce):
    shop.order(7, status="processing")
    (found,) = orders(shop)

    assert found == Order(
        external_id="7",
        version=found.version,
        customer="7",
        state="open",
        state_received="processing",
        amount=4_490,
        updated_at=datetime(2024, 5, 1, 5, tzinfo=UTC),
        number="A7",
        placed_at=datetime(2024, 5, 1, 5, tzinfo=UTC),
        items=(Item("Caneca", "2", 1_745, 3_490),),
    )


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("pending", "open"),
        ("on-hold", "open"),
        ("completed", "done"),
        ("cancelled", "cancelled"),
        ("refunded", "cancelled"),
        ("failed", "cancelled"),
        ("checkout-draft", "cancelled"),
        ("despachado", "unknown"),
    ],
)
def test_a_status_is_open_done_or_no_sale(shop: WooCommerce, status: str, state: str):
    shop.order(7, status=status)

    assert [(one.state, one.state_received) for one in orders(shop)] == [
        (state, None if status == state else status)
    ]


def test_a_guest_s_order_is_nobody_s(shop: WooCommerce):
    shop.order(7, customer_id=0)

    assert [one.customer for one in orders(shop)] == [None]


def test_of_orders_changes_are_asked_for(shop: WooCommerce):
    for number in range(1, 251):
        shop.order(number)

    assert len(orders(shop)) == 250
    assert len(orders(shop, "2024-05-01T11:00:00Z")) == 1
    assert shop.asked("GET /wp-json/wc/v3/orders")[-1].query["modified_after"] == (
        "2024-05-01T10:50:00"
    )
