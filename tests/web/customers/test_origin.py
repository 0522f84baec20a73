"""The master asked for one customer from the page: a hint, a row, and what came of it."""

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from connector.refresh import look_into
from mirror.ledger import hints
from mirror.ledger.guard import CERTAINTY
from mirror.store.engine import Database
from mirror.store.lease import lease
from tests.connector.test_refresh import Single
from tests.fakes.clientele import COMPANY, CPF, DEUZENIR
from tests.fakes.master import record, source
from tests.fakes.shopfront import COMPILED, Shopfront, open_shop
from web.app import create_app
from web.settings import Installed, WebSettings


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


# Whom a search did not find.

BUTTON = "Buscar na origem agora"
ASKED, NOTHING = "Pedido ao sistema de origem", "nada com este código chegou à cópia"


@pytest.fixture
def asked_shop(mirror_with: Callable[..., Database], ledger: Database) -> Shopfront:
    """A shop whose master can be asked for one customer, each person five times in an hour."""
    made = open_shop(mirror_with, ledger, DEUZENIR)
    settings, installed = WebSettings(reveals_per_hour=5), Installed(asked_singly=("loja",))
    made.app = create_app(made.mirror, ledger, settings, installed=installed)
    made.app.jinja_env.bytecode_cache = COMPILED
    return made


def sought(client: FlaskClient, term: str) -> str:
    """The address of the results of a search."""
    return client.post("/clientes/busca", data={"q": term}).location


def seek(client: FlaskClient, results: str) -> TestResponse:
    return client.post(f"{results}/origem")


@pytest.mark.parametrize(
    ("typed", "code"), [("C-00999", "C-00999"), ("ID: 990001", "990001"), ("#990001", "990001")]
)
def test_who_is_not_found_by_a_code_is_asked_for_at_the_master(
    asked_shop: Shopfront, typed: str, code: str
) -> None:
    client = asked_shop.signed_in()
    results = sought(client, typed)
    assert BUTTON in client.get(results).text
    assert seek(client, results).location == results
    assert {code} <= set(hints.taken(asked_shop.ledger, "loja").ids) <= {code, typed}
    row = next(one for one in asked_shop.journal() if one.action == "asked_origin")
    assert "code" in (row.detail or "")
    assert "hits=0 mark=" in (row.detail or "")
    assert code not in f"{row.detail} {results}"
    assert ASKED in client.get(results).text


def test_the_results_say_what_came_of_it(asked_shop: Shopfront) -> None:
    client = asked_shop.signed_in()
    results = sought(client, "990001")
    seek(client, results)
    answered(asked_shop)
    assert NOTHING in client.get(results).text
    asked_shop.write(msgspec.structs.replace(DEUZENIR, external_id="990001"))
    assert "1 cliente encontrado" in client.get(results).text
    other = client.get(sought(client, "990002")).text
    assert BUTTON in other
    assert NOTHING not in other


def test_whom_the_master_has_is_brought_and_found(asked_shop: Shopfront, data_dir: Path) -> None:
    client = asked_shop.signed_in()
    results = sought(client, "990001")
    seek(client, results)
    hinted = hints.taken(asked_shop.ledger, "loja")
    master = source(Single(record(990_001)))
    with lease(asked_shop.mirror, data_dir) as fence:
        left = look_into(asked_shop.mirror, master, fence, hinted.ids)
    hints.settle(asked_shop.ledger, hinted, left)
    page = client.get(results).text
    assert "1 cliente encontrado" in page
    assert "Cliente 990001" in page


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("111.444.777-35", "dados pessoais não vão"),
        ("11444777000161", "dados pessoais não vão"),
        ("ninguem@exemplo.com.br", "dados pessoais não vão"),
        ("(11) 97777-0000", "dados pessoais não vão"),
        ("77770000", "dados pessoais não vão"),
        ("zulmira quaresma", "não por um nome"),
    ],
)
def test_a_master_is_asked_by_nothing_but_a_code_and_the_page_says_why(
    asked_shop: Shopfront, typed: str, why: str
) -> None:
    client = asked_shop.signed_in()
    results = sought(client, typed)
    page = client.get(results).text
    assert why in page
    assert BUTTON not in page
    assert seek(client, results).status_code == 422
    assert hints.waiting(asked_shop.ledger) == set()


@pytest.mark.parametrize("typed", ["../9", "..", "9/../8"])
def test_what_leads_elsewhere_in_an_address_is_asked_of_nobody(
    asked_shop: Shopfront, typed: str
) -> None:
    client = asked_shop.signed_in()
    seek(client, sought(client, typed))
    assert hints.waiting(asked_shop.ledger) == set()


def test_a_master_that_is_not_asked_for_one_is_said_to_be_so(shop: Shopfront) -> None:
    client = shop.signed_in()
    results = sought(client, "990001")
    assert "não responde por um cliente só" in client.get(results).text
    assert seek(client, results).status_code == 422


def test_who_is_here_by_now_is_not_asked_for(asked_shop: Shopfront) -> None:
    client = asked_shop.signed_in()
    results = sought(client, "990001")
    asked_shop.write(msgspec.structs.replace(DEUZENIR, external_id="990001"))
    assert seek(client, results).location == results
    assert hints.waiting(asked_shop.ledger) == set()


def test_asking_masters_has_its_hour(asked_shop: Shopfront) -> None:
    client = asked_shop.signed_in()
    results = sought(client, "990001")
    answers = [seek(client, results).status_code for _ in range(6)]
    assert answers == [303] * 5 + [429]


def test_a_guesser_who_was_locked_has_nobody_asked_for(asked_shop: Shopfront) -> None:
    client = asked_shop.signed_in("supervisor")
    results = sought(client, "990001")
    kept = client.get_cookie("busca", path="/clientes/busca")
    assert kept
    for number in range(int(CERTAINTY)):
        sought(client, f"{880_001 + 7 * number}")
    client.set_cookie("busca", kept.value, path="/clientes/busca")
    assert seek(client, results).status_code == 403
    assert hints.waiting(asked_shop.ledger) == set()


def test_a_search_of_somebody_else_is_not_asked_for(asked_shop: Shopfront) -> None:
    ana, rui = asked_shop.signed_in(), asked_shop.signed_in("supervisor", "rui")
    assert seek(rui, sought(ana, "990001")).location == "/clientes"
    assert CPF not in sought(ana, CPF)
