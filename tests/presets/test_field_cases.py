"""Small inputs that failed once, a preset each, and their kin: read right, or told and not used."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from mirror.store.engine import Database
from tests.connector.conftest import Follow
from tests.fakes.fake_master import Reply
from tests.fakes.looking import customers, versions
from tests.fakes.payloads import read, sent
from tests.fakes.presets_magento import Magento
from tests.fakes.presets_omie import Omie, fault
from tests.fakes.presets_ploomes import Ploomes, contact, deal, order, source
from tests.fakes.presets_shopify import Shopify
from tests.fakes.presets_woocommerce import WooCommerce
from tests.shape.reading_code import ROOT

CASES = ROOT / "tests/data/field_cases"


def case(name: str) -> Any:
    (file,) = CASES.glob(f"{name}_*.json")
    return json.loads(file.read_text("utf-8"))


def seen(preset: str, page: Any) -> list[dict[str, Any]]:
    tables = {"groups": {"items": [{"id": 1, "code": "Varejo"}]}} if preset == "magento" else {}
    return list(read(sent(preset, {"page": page, "tables": tables})))


def test_protheus_blocked_is_blocked_and_active_active():
    one, two, three = seen("protheus", case("01"))

    assert [one["registration"], two["registration"], three["registration"]] == [
        "active",
        "blocked",
        "active",
    ]
    assert (one["documents"], two["documents"]) == (["cpf 12345678909"], ["cnpj 12ABC34501DE35"])
    assert (one["phones"], two["phones"]) == (["+5511988887777 mobile"], ["+551133334444 landline"])
    assert two["emails"] == ["b@exemplo.com.br", "c@exemplo.com.br"]


@pytest.mark.parametrize(
    ("word", "registration", "received"),
    [
        (1, "blocked", None),
        (2, "active", None),
        ("", "active", None),
        ("  ", "active", None),
        (None, "unknown", None),
        ("3", "unknown", "3"),
    ],
)
def test_protheus_words_as_numbers_unsaid_and_unknown(
    word: Any, registration: str, received: str | None
):
    page = case("01")
    record = page["items"][0] | {"registerSituation": word, "comments": "a  b"}
    (untidy,) = seen("protheus", {"items": [record], "hasNext": False})
    record["comments"] = "a b"
    (found,) = seen("protheus", {"items": [record], "hasNext": False})

    assert (found["registration"], found.get("registration_received")) == (registration, received)
    assert untidy == found


def test_protheus_several_ways_to_be_reached_are_all_read():
    page = case("01")
    spoken = [
        {"diallingCode": "11", "phoneNumber": "33334444", "email": "a@exemplo.com.br"},
        {"diallingCode": "021", "phoneNumber": "99999-8888", "email": "b@exemplo.com.br"},
        {"diallingCode": "", "phoneNumber": "(54) 3333-4444", "email": ""},
    ]
    record = page["items"][0] | {"listOfCommunicationInformation": spoken}
    (found,) = seen("protheus", {"items": [record], "hasNext": False})

    assert found["phones"] == [
        "+551133334444 landline",
        "+5521999998888 mobile",
        "+555433334444 landline",
    ]
    assert found["emails"] == ["a@exemplo.com.br", "b@exemplo.com.br"]


@pytest.mark.parametrize(
    ("changed", "right"),
    [
        (
            {
                "registerSituation": "Bloqueado",
                "entityType": "J",
                "GovernmentalInformation": [{"name": "CNPJ", "id": "12.ABC.345/01DE-35"}],
                "listOfCommunicationInformation": [
                    {
                        "diallingCode": "0XX11",
                        "phoneNumber": "3333.4444",
                        "email": "a@x.com; b@x.com",
                    }
                ],
            },
            (
                "blocked",
                ["cnpj 12ABC34501DE35"],
                ["+551133334444 landline"],
                ["a@x.com", "b@x.com"],
            ),
        ),
        (
            {
                "registerSituation": 2.0,
                "GovernmentalInformation": [
                    {"name": "Cpf|Cnpj ", "id": ""},
                    {"name": "cpf|cnpj", "id": 1234567890},
                ],
                "listOfCommunicationInformation": {"diallingCode": 11, "phoneNumber": 988887777},
            },
            ("active", ["cpf 01234567890"], ["+5511988887777 mobile"], None),
        ),
        (
            {
                "registerSituation": ["1"],
                "GovernmentalInformation": {"name": "CPF|CNPJ", "id": "123.456.789-09"},
                "listOfCommunicationInformation": [
                    {"diallingCode": "5511", "phoneNumber": "98888-7777", "email": "A@x.com."}
                ],
            },
            ("blocked", ["cpf 12345678909"], ["+5511988887777 mobile"], ["a@x.com"]),
        ),
    ],
)
def test_protheus_status_document_and_area_in_other_writings(changed: Any, right: Any):
    (found,) = seen("protheus", {"items": [case("01")["items"][0] | changed], "hasNext": False})
    fields = ("registration", "documents", "phones", "emails")
    assert tuple(found.get(field) for field in fields) == right


@pytest.mark.parametrize(
    ("blocked", "inactive", "registration"),
    [("S", "N", "blocked"), ("S", "S", "blocked"), ("N", "S", "inactive"), ("N", "N", "active")],
)
def test_omie_who_must_not_be_invoiced_is_blocked(blocked: str, inactive: str, registration: str):
    page = case("20")
    page["clientes_cadastro"][0] |= {"bloquear_faturamento": blocked, "inativo": inactive}

    assert seen("omie", page)[0]["registration"] == registration


def test_omie_a_record_as_it_came_is_blocked():
    assert seen("omie", case("20"))[0]["registration"] == "blocked"


@pytest.mark.parametrize(
    ("changed", "registration", "received"),
    [
        ({"bloquear_faturamento": " s "}, "blocked", None),
        ({"bloquear_faturamento": "Sim"}, "blocked", None),
        ({"bloquear_faturamento": True}, "blocked", None),
        ({"bloquear_faturamento": ["S"]}, "blocked", None),
        ({"bloquear_faturamento": "nao", "inativo": "n"}, "active", None),
        ({"bloquear_faturamento": None, "inativo": "SIM"}, "inactive", None),
        ({"bloquear_faturamento": "talvez"}, "unknown", "talvez"),
    ],
)
def test_omie_nobody_is_active_whose_block_is_written_otherwise(
    changed: Any, registration: str, received: str | None
):
    page = case("20")
    page["clientes_cadastro"][0] |= changed
    (found,) = seen("omie", page)
    assert (found["registration"], found.get("registration_received")) == (registration, received)


@pytest.fixture
def omie() -> Iterator[Omie]:
    with Omie().running() as account:
        account.put(1, 2)
        yield account


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("SOAP-ENV:Server", "SOAP-ERROR: Broken response from Application Server (BG)"),
        ("SOAP-ENV:Client-8020", "Ja existe uma requisicao desse metodo sendo executada"),
        ("SOAP-ENV:Client-1880", "Aguarde 12 segundos"),
    ],
)
def test_omie_what_passes_by_itself_is_asked_again(
    follow: Follow, omie: Omie, code: str, words: str
):
    omie.faults.append(("POST", fault(code, words)))
    report = follow(omie.source())

    assert (report.ok, report.figures.added) == (True, 2)


def test_omie_a_fault_without_a_code_under_200_is_no_page(follow: Follow, omie: Omie):
    omie.faults += [("POST", Reply({"faultstring": "Cliente 529.982.247-25?"}))] * 3
    report = follow(omie.source())

    assert not report.ok
    assert "'faultstring' of its answer tells of a failure" in report.sentence
    assert "529" not in report.sentence


def test_nuvemshop_a_company_has_its_own_fields():
    (found,) = seen("nuvemshop", case("21"))

    assert (found["kind"], found["name"]) == ("PJ", "LOJA EXEMPLO LTDA")
    assert (found["trade_name"], found["state_registration"]) == ("Loja Exemplo", "110042490114")
    assert found["phones"] == ["+5511988887777 mobile", "+551133334444 landline"]
    (buyer,) = found["contacts"]
    assert (buyer["name"], buyer["email"]) == ("Maria Compradora", "m@exemplo.com.br")


def test_nuvemshop_a_person_is_no_contact_of_their_own():
    record = case("21")[0] | {
        "business_name": None,
        "trade_name": "",
        "customer_type": "person",
        "document_type": "cpf",
        "identification": "12345678909",
    }
    (found,) = seen("nuvemshop", [record])

    assert (found["kind"], found["name"]) == ("PF", "Maria Compradora")
    assert not {"contacts", "trade_name"} & set(found)


@pytest.mark.parametrize(
    ("changed", "right"),
    [
        (
            {"customer_type": None, "document_type": "CNPJ ", "business_name": "", "name": "Ana"},
            ("PJ", "Ana", "Loja Exemplo", None),
        ),
        (
            {"customer_type": "", "document_type": "", "trade_name": None},
            ("PJ", "LOJA EXEMPLO LTDA", "Maria Compradora", "Maria Compradora"),
        ),
        (
            {"customer_type": "Company", "identification": "12.ABC.345/01DE-35", "name": None},
            ("PJ", "LOJA EXEMPLO LTDA", "Loja Exemplo", None),
        ),
    ],
)
def test_nuvemshop_a_company_that_says_less_of_itself(changed: Any, right: Any):
    (found,) = seen("nuvemshop", [case("21")[0] | changed])
    buyers = [one["name"] for one in found.get("contacts", [])]
    said = (found["kind"], found["name"], found.get("trade_name"), (buyers or [None])[0])
    assert (said, found["documents"]) == (right, ["cnpj 12ABC34501DE35"])


@pytest.fixture
def ploomes() -> Iterator[Ploomes]:
    with Ploomes().running() as account:
        account.put(contact(1))
        yield account


def test_ploomes_who_is_new_and_was_never_changed_comes_with_the_next_run(
    mirror_db: Database, follow: Follow, ploomes: Ploomes
):
    ploomes.put_deals(deal(1))
    ploomes.put_orders(order(1))
    opened = source(ploomes)
    lists = (opened, *opened.activities)
    assert [follow(one).figures.added for one in lists] == [1, 1, 1]
    new = case("25")["there is"]
    ploomes.put(contact(2, **new))
    created = {"CreateDate": new["CreateDate"], "LastUpdateDate": None}
    ploomes.put_deals(deal(2, **created))
    ploomes.put_orders(order(2, **created))

    assert [follow(one).figures.added for one in lists] == [1, 1, 1]
    assert set(versions(mirror_db)) == {"1", "2"}


@pytest.mark.parametrize(
    "new",
    [
        {"Id": 3, "TypeId": 1, "CreateDate": "2026-11-29T20:00:00.4567-03:00"},
        {"Id": 4, "CreateDate": "2026-11-29T23:00:01.9-03:00", "TypeId": None},
        {"Id": 5, "CreateDate": "2024-03-01T00:00:01-03:00"},  # the very second of the newest
    ],
)
def test_ploomes_others_that_are_new_and_were_never_changed_come_too(
    mirror_db: Database, follow: Follow, ploomes: Ploomes, new: dict[str, Any]
):
    opened = source(ploomes)
    assert follow(opened).figures.added == 1
    ploomes.put(contact(new["Id"], **{"LastUpdateDate": None} | new))
    assert follow(opened).figures.added == 1
    assert set(versions(mirror_db)) == {"1", str(new["Id"])}


@pytest.mark.parametrize(
    ("received", "number"),
    [
        ("+55110988887777", "+5511988887777 mobile"),
        ("+5521033334444", "+552133334444 landline"),
        ("+5511988887777", "+5511988887777 mobile"),
    ],
)
def test_vtex_a_zero_before_the_number_is_none_of_it(received: str, number: str):
    (record,) = case("29")

    assert seen("vtex", [record | {"phone": received}])[0]["phones"] == [number]


def test_magento_a_document_is_found_where_the_shop_keeps_it():
    one, two = seen("magento", case("35"))

    assert (one["documents"], one["kind"]) == (["cpf 12345678909"], "PF")
    assert (two["documents"], two["kind"]) == (["cnpj 12ABC34501DE35"], "PJ")
    assert (two["name"], two["state_registration"]) == ("Loja Exemplo LTDA", "ISENTO")
    assert [buyer["name"] for buyer in two["contacts"]] == ["Loja X"]


@pytest.mark.parametrize(
    ("changed", "documents", "kind"),
    [
        (
            {"addresses": [{"vat_id": ""}, {"street": ["B"], "vat_id": "12.ABC.345/01DE-35"}]},
            ["cnpj 12ABC34501DE35"],
            "PJ",
        ),
        (
            {"custom_attributes": [{"attribute_code": "CPF", "value": 1234567890}]},
            ["cpf 01234567890"],
            "PF",
        ),
        (
            {
                "custom_attributes": [
                    {"attribute_code": "cpf_cnpj", "value": ""},
                    {"attribute_code": "cpf_cnpj", "value": ["123.456.789-09"]},
                ]
            },
            ["cpf 12345678909"],
            "PF",
        ),
    ],
)
def test_magento_other_places_of_a_document(changed: Any, documents: list[str], kind: str):
    record = case("35")["items"][0] | {"taxvat": None, "addresses": []} | changed
    (found,) = seen("magento", {"items": [record], "total_count": 1})
    assert (found["documents"], found["kind"]) == (documents, kind)


def test_magento_nobody_new_is_null_and_removes_nobody(follow: Follow, mirror_db: Database):
    with Magento(3).running() as shop:
        opened = shop.source()
        follow(opened)
        shop.faults.append(("customers/search", Reply({"items": None, "total_count": 0})))
        report = follow(opened)

    assert report.ok
    assert len(versions(mirror_db)) == 3


def test_shopify_errors_beside_data_erase_no_document(follow: Follow, mirror_db: Database):
    with Shopify(3).running() as shop:
        follow(shop.source())
        before = customers(mirror_db)
        page = shop.answer(_first_question(shop)).body
        for edge in page["data"]["customers"]["edges"]:
            edge["node"] |= {"document": None, "updatedAt": "2024-06-04T12:00:00Z"}
        path = ["customers", "edges", 0, "node", "document"]
        page["errors"] = [{"message": "Access denied for document", "path": path}]
        shop.faults.append(("POST", Reply(page)))
        report = follow(shop.source())

    assert not report.ok
    assert "'errors' of its answer tells of a failure" in report.sentence
    assert "message of 26 characters" in report.sentence
    assert customers(mirror_db) == before
    assert [len(one.documents) for one in before] == [1, 1, 1]


def _first_question(shop: Shopify) -> Any:
    return next(call for call in shop.calls if call.body["variables"].get("after") is None)


def test_woocommerce_customers_may_have_any_role(follow: Follow, mirror_db: Database):
    with WooCommerce(3).running() as shop:
        shop.people["2"]["role"] = "wholesale_customer"
        shop.people["3"]["role"] = "subscriber"
        assert follow(shop.source()).ok

    profiles = {one.external_id: one.profile for one in customers(mirror_db)}
    assert profiles == {"1": "Cliente", "2": "wholesale_customer", "3": "Assinante"}
