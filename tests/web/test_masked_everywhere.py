"""A master may write somebody's number wherever a text fits: no page and no terminal shows it."""

from collections.abc import Callable
from html import unescape
from typing import Any
from urllib.parse import unquote_plus

import msgspec
import pytest

from mirror.records import Address, Contact, Customer, Dependent, Document, Loyalty, Phone
from mirror.store.engine import Database
from tests.fakes.shopfront import Shopfront, open_shop
from web.terminals import devices

CPF = "52998224725"
WRONG = "52998224726"
MOBILE = Phone("+5511987654321", "mobile")
OTHER = Contact("B", phone=Phone("+552133334567", "landline"))
SPELLINGS = (
    CPF,
    "529.982.247-25",
    "CPF 529.982.247-25",
    "529-982-247-25",
    "529_982_247_25",
    "5 2 9 9 8 2 2 4 7 2 5",
    "５２９９８２２４７２５",
    "ana.souza＠exemplo.com.br",
    "(11) 98765-4321",
)


def riddled(number: str, **more: Any) -> Customer:
    texts: dict[str, Any] = {
        "external_id": "7",
        "version": 1,
        "registration": "unknown",
        "registration_received": number,
        "name": number,
        "trade_name": number,
        "phones": (Phone("+5511987654321", "mobile", (), number),),
        "category": number,
        "loyalty": Loyalty(1, number, number, 2, number),
        "gender": number,
        "extras": {number: number},
        "notes": number,
        "addresses": (Address(label=number, city=number, state=number),),
        "contacts": (Contact(number, number),),
        "dependents": (Dependent(number, number),),
        "groups": (number,),
        "tags": (number, number),
        "seller": number,
        "profile": number,
        "master_url": f"https://origem.exemplo/{number}",
    }
    return Customer(**(texts | more))


Open = Callable[[Customer], Shopfront]


@pytest.fixture
def opened(mirror_with: Callable[..., Database], ledger: Database) -> Open:
    return lambda customer: open_shop(mirror_with, ledger, customer)


def pages(shop: Shopfront) -> str:
    """Every page that shows customers, once one of them was opened, as a reader gets it."""
    client = shop.signed_in("administrator")
    addresses = ("/clientes/1", "/clientes", "/clientes?tipo=PJ", "/categorias", "/auditoria")
    told = [client.get(address).text for address in addresses]
    told.append(client.post("/clientes/busca", data={"q": "Sem"}, follow_redirects=True).text)
    return unquote_plus(unescape("".join(told)))


def card(shop: Shopfront, code: str) -> str:
    token = devices.add(shop.ledger, "Caixa 1", "Centro")
    answer = shop.app.test_client().post(
        "/api/v1/lookup", json={"code": code}, headers={"Authorization": f"Bearer {token}"}
    )
    assert answer.status_code == 200
    assert answer.json is not None
    assert len(answer.json["customers"]) == 1
    return answer.get_data(as_text=True)


@pytest.mark.parametrize("number", SPELLINGS)
def test_a_number_in_any_text_is_masked_on_every_page(opened: Open, number: str) -> None:
    assert number not in pages(opened(riddled(number)))


@pytest.mark.parametrize("number", SPELLINGS)
def test_a_number_in_any_text_is_masked_for_terminals(opened: Open, number: str) -> None:
    assert number not in card(opened(riddled(number)), "7")


@pytest.mark.parametrize("number", [WRONG, "529.982.247-26"])
def test_a_customer_s_own_document_is_masked_even_with_wrong_digits(
    opened: Open, number: str
) -> None:
    own = (Document("cpf", WRONG, False),)
    shop = opened(riddled(number, documents=own))
    assert number not in pages(shop)
    assert number not in card(shop, "7")


@pytest.mark.parametrize("code", [CPF, "529.982.247-25", "529-982-247-25", "C-52998224725"])
def test_an_id_that_is_a_document_is_masked(opened: Open, code: str) -> None:
    shop = opened(Customer(external_id=code, version=1))
    assert code not in pages(shop)
    assert "***.982.247-**" in pages_of(shop)
    assert code not in card(shop, code)


def pages_of(shop: Shopfront) -> str:
    client = shop.signed_in(login="rui")
    return client.get("/clientes").text.replace('<span class="frost" aria-hidden="true">', "")


@pytest.mark.parametrize(
    ("code", "own"),
    [
        ("529-982-247-26", {"documents": (Document("cpf", WRONG, False),)}),
        ("00052998224726", {"documents": (Document("cpf", WRONG, False),)}),
        ("5511987654321", {"phones": (Phone("+5511987654321", "mobile"),)}),
        ("11-98765-4321", {"phones": (Phone("+5511987654321", "mobile"),)}),
        ("529-982-247-26", {"documents": (Document("cpf", CPF), Document("cpf", WRONG, False))}),
        ("552133334567", {"phones": (MOBILE, Phone("+552133334567", "landline"))}),
        ("21-3333-4567", {"contacts": (Contact("A", phone=MOBILE), OTHER)}),
    ],
)
def test_an_id_is_compared_with_the_customer_s_numbers_by_digits(
    opened: Open, code: str, own: dict[str, Any]
) -> None:
    shop = opened(Customer(external_id=code, version=1, **own))
    assert code not in pages(shop)
    assert code not in card(shop, code)


def test_ordinary_ids_and_words_are_shown(opened: Open) -> None:
    shop = opened(Customer(external_id="1732276800", version=1, category="Loja 12 · 2024"))
    html = shop.signed_in().get("/clientes/1").text
    assert "1732276800" in html
    assert "categoria=Loja+12" in html
    assert "Loja 12 · 2024" in html


def test_a_category_that_is_a_number_filters_no_list(opened: Open) -> None:
    shop = opened(Customer(external_id="7", version=1, category=CPF))
    html = shop.signed_in().get(f"/clientes?categoria={CPF}").text
    assert CPF not in html
    assert "Remover filtro" not in html


def test_the_shops_own_style_masks_numbers_in_texts_too(
    mirror_with: Callable[..., Database], ledger: Database
) -> None:
    customer = Customer(external_id="7", version=1, name=f"Ana {CPF}", notes=CPF)
    shop = open_shop(mirror_with, ledger, customer, document_mask="device")
    html = shop.signed_in().get("/clientes/1").text
    assert "982" not in html.split("<main")[1]
    assert "982" not in msgspec.json.decode(card(shop, "7"))["customers"][0]["name"]
