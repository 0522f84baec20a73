"""The search box: what it understands, what it opens, what it says, what it never leaves behind."""

from html import unescape

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from mirror.records import Customer, Document, Phone
from tests.fakes.clientele import CPF, CPF_SHOWN, DEUZENIR, EMAIL, SECRETS
from tests.fakes.shopfront import Shopfront


def search(client: FlaskClient, term: str, follow: bool = True) -> TestResponse:
    return client.post("/clientes/busca", data={"q": term}, follow_redirects=follow)


@pytest.mark.parametrize(
    "term",
    [
        CPF,
        CPF_SHOWN,
        f"  {CPF_SHOWN}\n",
        "529 982 247 25",
        EMAIL,
        EMAIL.upper(),
        "11987654321",
        "(11) 98765-4321",
        "+55 11 98765-4321",
        "1187654321",
        "98765-4321",
        "446735",
    ],
)
def test_one_exact_hit_opens_at_once(shop: Shopfront, term: str) -> None:
    answer = search(shop.signed_in(), term, follow=False)
    assert (answer.status_code, answer.location) == (303, f"/clientes/{shop.id_of(DEUZENIR)}")


def test_a_company_is_found_by_cnpj(shop: Shopfront) -> None:
    html = search(shop.signed_in(), "11.222.333/0001-81").text
    assert "Padaria Pão Quente Ltda" in html


@pytest.mark.parametrize("term", ["deuzenir ferreira", "DEUZENIR", "ferreira deuzenir"])
def test_a_name_never_opens_by_itself(shop: Shopfront, term: str) -> None:
    html = search(shop.signed_in(), term).text
    assert "1 cliente encontrado" in html
    assert "Entendi:" in html
    assert "Deuzenir Ferreira" in html


def test_it_says_both_readings_of_an_ambiguous_number_and_finds_both(shop: Shopfront) -> None:
    number = "11900000083"  # a valid CPF and a mobile phone
    shop.write(
        Customer(external_id="1", version=1, name="Por CPF", documents=(Document("cpf", number),)),
        Customer(
            external_id="2", version=1, name="Por Fone", phones=(Phone("+55" + number, "mobile"),)
        ),
    )
    html = search(shop.signed_in(), number).text
    assert "CPF 119.000.000-83" in html
    assert "(11) 90000-0083" in html
    assert "Por CPF" in html
    assert "Por Fone" in html


def test_wrong_check_digits_are_said_and_the_mirror_is_still_searched(shop: Shopfront) -> None:
    html = search(shop.signed_in(), "529.982.247-26").text
    assert "CPF inválido: dígito verificador não confere" in html
    assert "Otávio Rocha" in html


def test_a_document_with_a_wrong_digit_is_listed_not_opened(shop: Shopfront) -> None:
    number = "11987650002"  # no valid CPF, and a phone that nobody has
    shop.write(
        Customer(
            external_id="1", version=1, name="Ivo", documents=(Document("cpf", number, False),)
        )
    )
    html = search(shop.signed_in(), number).text
    assert "CPF inválido: dígito verificador não confere" in html
    assert "1 cliente encontrado" in html


def test_a_phone_that_is_no_valid_cpf_opens_without_a_lecture(shop: Shopfront) -> None:
    html = search(shop.signed_in(), "11987654321").text
    assert "Deuzenir Ferreira" in html
    assert "inválido" not in html


def test_a_word_that_could_be_a_code_does_not_open_by_its_name(shop: Shopfront) -> None:
    shop.write(Customer(external_id="1", version=1, name="Loja 51 joao123"))
    assert "1 cliente encontrado" in search(shop.signed_in(), "joao123").text


def test_nobody_found_says_what_to_try_and_how_old_the_copy_is(shop: Shopfront) -> None:
    html = search(shop.signed_in(), "ninguem@exemplo.com").text
    assert "Ninguém encontrado" in html
    assert "tente outro dado" in html
    assert "esta cópia é de" in html


def test_a_mistyped_term_is_said_to_be_one_and_not_nobody(shop: Shopfront) -> None:
    html = search(shop.signed_in(), "529.982.247-99").text
    assert "<h1>Confira o que foi digitado</h1>" in html
    assert "dígito verificador não confere" in html
    assert "inguém" not in html


def test_the_results_are_masked(shop: Shopfront) -> None:
    html = unescape(search(shop.signed_in(), "ferreira").text)
    assert not [secret for secret in SECRETS if secret in html]


def test_the_term_reaches_no_address_and_no_clear_cookie(shop: Shopfront) -> None:
    client = shop.signed_in()
    answer = search(client, "529.982.247-26", follow=False)
    cookie = answer.headers["Set-Cookie"]
    for trace in ("529", "982", "247-26"):
        assert trace not in (answer.location or "")
    assert b"52998224726".hex() not in cookie
    assert b"529.982".hex() not in cookie
    assert "HttpOnly" in cookie


def test_back_shows_the_same_results_without_a_second_search(shop: Shopfront) -> None:
    client = shop.signed_in()
    address = search(client, "ferreira", follow=False).location
    assert address
    assert "Deuzenir Ferreira" in client.get(address).text
    assert "Deuzenir Ferreira" in client.get(address).text
    assert [row.action for row in shop.journal()] == ["search"]


def test_somebody_elses_ticket_opens_nothing(shop: Shopfront) -> None:
    ana = shop.signed_in()
    address = search(ana, "ferreira", follow=False).location
    rui = shop.signed_in("attendant", "rui")
    rui.set_cookie("busca", ana.get_cookie("busca", path="/clientes/busca").value)  # type: ignore[union-attr]
    assert rui.get(address or "").location == "/clientes"
    assert ana.get("/clientes/busca/outro").location == "/clientes"


def test_a_search_is_recorded_with_kinds_and_hits_never_with_the_term(shop: Shopfront) -> None:
    search(shop.signed_in(), CPF_SHOWN)
    opened, searched = shop.journal()
    assert (searched.action, searched.actor) == ("search", "ana")
    assert searched.detail is not None
    assert searched.detail.startswith("cpf")
    assert "hits=1" in searched.detail
    assert CPF not in searched.detail
    assert opened.action == "open"


@pytest.mark.parametrize("term", ["", "   "])
def test_an_empty_box_goes_back_to_the_list(shop: Shopfront, term: str) -> None:
    assert search(shop.signed_in(), term, follow=False).location == "/clientes"


@pytest.mark.parametrize(
    "term", ["x" * 300, "\x00\x01", "٣٤٥", "a@", "' OR 1=1 --", "😀", "\udcff", "%", "{{7*7}}"]
)
def test_no_text_breaks_it(shop: Shopfront, term: str) -> None:
    answer = search(shop.signed_in(), term.encode("utf-8", "replace").decode())
    assert answer.status_code == 200
    assert "49" not in answer.text.replace("{{7*7}}", "")[-3000:] or "{{7*7}}" not in term


def test_searching_is_a_post(shop: Shopfront) -> None:
    client = shop.signed_in()
    assert client.get("/clientes/busca?q=ferreira").location == "/clientes"
    html = client.get("/clientes").text
    assert '<form class="seek" role="search" method="post"' in html
    assert 'autocomplete="off"' in html
