"""The master asked for one customer from the page: a hint, a row, and what came of it."""

import msgspec
from flask.testing import FlaskClient

from mirror.ledger import hints
from tests.fakes.clientele import COMPANY, DEUZENIR
from tests.fakes.shopfront import Shopfront


def at(shop: Shopfront, tab: str = "") -> str:
    return f"/clientes/{shop.id_of(DEUZENIR)}{tab}"


def ask(client: FlaskClient, shop: Shopfront) -> None:
    assert client.post(at(shop, "/origem")).location == at(shop)


def answered(shop: Shopfront) -> None:
    """The connector has looked into what was hinted at."""
    hints.settle(shop.ledger, hints.taken(shop.ledger, "loja"))


def test_asking_is_a_hint_and_a_row(shop: Shopfront) -> None:
    client = shop.signed_in()
    ask(client, shop)
    assert hints.taken(shop.ledger, "loja").ids == [DEUZENIR.external_id]
    row = shop.journal()[0]
    assert (row.action, row.external_id) == ("asked_origin", DEUZENIR.external_id)
    assert "a resposta aparece aqui em instantes" in client.get(at(shop)).text


def test_the_page_says_that_nothing_changed(shop: Shopfront) -> None:
    client = shop.signed_in()
    ask(client, shop)
    answered(shop)
    assert "A origem respondeu: nada mudou." in client.get(at(shop)).text


def test_the_page_says_what_changed(shop: Shopfront) -> None:
    client = shop.signed_in()
    ask(client, shop)
    shop.write(msgspec.structs.replace(DEUZENIR, version=2, emails=("n@exemplo.com.br",), tags=()))
    answered(shop)
    page = client.get(at(shop)).text
    assert "Mudou:</b> E-mails" in page
    assert "Telefones" not in page.partition("Mudou:")[2].partition("</p>")[0]


def test_an_open_page_learns_that_the_answer_is_there(shop: Shopfront) -> None:
    client = shop.signed_in()
    ask(client, shop)
    assert f'data-mark="{1}"' in client.get(at(shop)).text
    assert client.get(at(shop, "/versao")).json == {"version": 1}
    answered(shop)
    assert client.get(at(shop, "/versao")).json == {"version": 1, "mark": "1.asked"}
    assert 'data-mark="1.asked"' in client.get(at(shop)).text


def test_whoever_did_not_ask_is_told_nothing(shop: Shopfront) -> None:
    ask(shop.signed_in(), shop)
    answered(shop)
    rui = shop.signed_in("supervisor", "rui")
    assert "A origem respondeu" not in rui.get(at(shop)).text
    other = rui.get(f"/clientes/{shop.id_of(COMPANY)}").text
    assert "A origem respondeu" not in other
