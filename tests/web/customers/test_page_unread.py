"""What pages say of records that could not be read: that there are some, never a value."""

from datetime import UTC, datetime

import pytest

from mirror.writing import quarantine
from tests.fakes.clientele import DEUZENIR, HOSTILE
from tests.fakes.shopfront import Shopfront
from tests.web.unread import keep_unread

THEN = int(datetime(2026, 11, 21, 17, 32, tzinfo=UTC).timestamp()) * 1_000_000


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quarantine, "now_us", lambda: THEN)


def searched(shop: Shopfront, term: str, login: str = "ana") -> str:
    client = shop.signed_in(login=login)
    return client.post("/clientes/busca", data={"q": term}, follow_redirects=True).text


@pytest.mark.parametrize(("code", "typed"), [("990001", "990001"), ("Ab-77", "Ab-77 ")])
def test_a_code_in_quarantine_is_said_to_be_there(shop: Shopfront, code: str, typed: str) -> None:
    keep_unread(shop, "loja", code)
    html = searched(shop, typed)
    assert "há um cadastro com este código que não pôde ser lido" in html
    assert "21/11/2026 14:32" in html
    assert "Ninguém encontrado" not in html
    assert "não há ninguém" not in html
    assert "Zuleica" not in html


def test_a_code_of_another_stream_or_without_an_id_is_nobodys(shop: Shopfront) -> None:
    keep_unread(shop, "loja/orders", "990002", customer="1")
    keep_unread(shop, "loja", "hash:12ab")
    assert "não há ninguém" in searched(shop, "990002")
    assert "este código que não pôde" not in searched(shop, "hash:12ab", "rui")


def test_nobody_found_owns_that_some_could_not_be_read(shop: Shopfront) -> None:
    assert "não puderam ser lidos" not in searched(shop, "ninguem@exemplo.com")
    keep_unread(shop, "loja", "990001")
    assert "não puderam ser lidos" in searched(shop, "ninguem@exemplo.com", "rui")


@pytest.mark.parametrize("tab", ["", "/contatos"])
def test_a_customer_with_a_newer_version_that_cannot_be_read_says_since_when(
    shop: Shopfront, tab: str
) -> None:
    keep_unread(shop, "loja", DEUZENIR.external_id)
    client = shop.signed_in()
    html = client.get(f"/clientes/{shop.id_of(DEUZENIR)}{tab}").text
    assert "não pôde ser lida</b>, desde" in html
    assert "21/11/2026 14:32" in html
    assert "a última versão boa" in html
    assert "não pôde ser lida" not in client.get(f"/clientes/{shop.id_of(HOSTILE)}").text


def test_a_customer_s_page_counts_what_of_theirs_could_not_be_read(shop: Shopfront) -> None:
    keep_unread(shop, "loja/orders", "1", "2", customer=DEUZENIR.external_id)
    keep_unread(shop, "loja/payments", "3", customer=DEUZENIR.external_id)
    keep_unread(shop, "outra/visits", "4", customer=DEUZENIR.external_id)
    client = shop.signed_in()
    html = client.get(f"/clientes/{shop.id_of(DEUZENIR)}").text
    assert "Deste cliente não foi possível ler 2 pedidos e 1 pagamento." in html
    assert "não foi possível" not in client.get(f"/clientes/{shop.id_of(HOSTILE)}").text
