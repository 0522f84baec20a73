"""Divergências: the master's word beside the rules', for those who may see it; nothing repaired."""

import re
from html import unescape
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from mirror.instants import ZONE
from mirror.records import Customer, Document
from mirror.store.sealing import Keyring
from tests.fakes.shopfront import Shopfront
from tests.fakes.somebody import cpf
from tests.web.listed_shop import (
    EVERYBODY,
    PAID,
    WORD,
    did,
    full_shop,
    link,
    listed_shop,
    payment,
)
from web.customers import differences


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, keys: Keyring) -> Shopfront:
    return full_shop(tmp_path_factory.mktemp("differences") / "data", keys)


@pytest.fixture(scope="module")
def client(shop: Shopfront) -> FlaskClient:
    return shop.signed_in("supervisor")


LABELS = {
    "archived": "Arquivado", "lead": "Lead", "active": "Ativo", "inactive": "Inativo", WORD: WORD,
}  # fmt: skip


def rows(html: str) -> list[tuple[str, str, str]]:
    """Code, received, derived of every row."""
    found = re.findall(
        r"ID: (C-\d+)</span>.*?<bdi>(.*?)</bdi></td>.*?<bdi>(.*?)</bdi>", html, re.DOTALL
    )
    return [(code, unescape(told), unescape(derived)) for code, told, derived in found]


def walk(client: FlaskClient, address: str) -> list[tuple[str, str, str]]:
    found: list[tuple[str, str, str]] = []
    while address:
        html = client.get(address).text
        found += rows(html)
        address = link(html, 'rel="next"') or ""
    return found


def by_hand(*received: str) -> list[tuple[str, str, str]]:
    return [
        (one.code, LABELS[one.told], LABELS[one.by_rules])
        for one in reversed(EVERYBODY)
        if one.told in (received or ("active", WORD)) and one.told != one.by_rules
    ]


def test_everybody_of_whom_they_say_different_things_is_there(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(differences, "PER_PAGE", 7)
    assert walk(client, "/divergencias") == by_hand()
    assert f"{len(by_hand())} clientes" in client.get("/divergencias").text


def test_each_axis_has_its_tab_with_its_number(client: FlaskClient) -> None:
    html = client.get("/divergencias").text
    tabs = re.findall(r'(Atividade|Relacionamento) · .*?<span class="num">(\d+)', html)
    buyers = [
        one for one in EVERYBODY if (one.azata_told, one.azata_by_rules) == ("active", "lead")
    ]
    assert tabs == [("Atividade", str(len(by_hand()))), ("Relacionamento", str(len(buyers)))]
    other = walk(client, "/divergencias?regras=relacionamento")
    assert other == [(one.code, "Ativo", "Lead") for one in reversed(buyers)]


def test_what_only_a_person_can_say_contradicts_no_rule(client: FlaskClient) -> None:
    everywhere = walk(client, "/divergencias") + walk(client, "/divergencias?regras=relacionamento")
    assert {told for _, told, _ in everywhere}.isdisjoint({"Arquivado", "Contato"})


@pytest.mark.parametrize(("asked", "word"), [("ativo", "active"), (WORD, WORD)])
def test_one_word_of_the_masters_can_be_looked_at_alone(
    client: FlaskClient, asked: str, word: str
) -> None:
    html = client.get("/divergencias").text
    said = dict(re.findall(r'<bdi>([^<]*)</bdi><b class="num">(\d+)', html))
    assert walk(client, f"/divergencias?regras=atividade&recebido={asked}") == by_hand(word)
    assert said[LABELS[word]] == str(len(by_hand(word)))


def test_since_when_the_rules_say_so_is_told(client: FlaskClient) -> None:
    html = client.get("/divergencias?regras=atividade").text
    row = next(row for row in html.split("<tr ") if "ID: C-81<" in row)  # 81 % 4 == 1: paid
    assert PAID.astimezone(ZONE).strftime("%d/%m/%Y %H:%M") in row


def test_what_time_brought_since_the_last_review_is_what_the_rules_say(
    tmp_path: Path, keys: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = listed_shop(tmp_path / "data", keys)
    shop.write(Customer(external_id="C-1", version=1, standings={"conta_base": "active"}))
    did(shop.mirror, "payments", [payment(1, "C-1", PAID)])
    client = shop.signed_in("supervisor")
    assert rows(client.get("/divergencias").text) == []
    in_two_months = int(PAID.timestamp() + 90 * 86_400) * 1_000_000
    monkeypatch.setattr("mirror.reading.listing.now_us", lambda: in_two_months)
    monkeypatch.setattr("web.customers.differences.now_us", lambda: in_two_months)
    assert rows(client.get("/divergencias").text) == [("C-1", "Ativo", "Inativo")]


def test_names_and_words_are_masked(tmp_path: Path, keys: Keyring) -> None:
    number = cpf(7)
    shop = listed_shop(tmp_path / "data", keys)
    shop.write(
        Customer(
            external_id="C-1",
            version=1,
            name=f"José {number}",
            documents=(Document("cpf", number),),
            standings={"conta_base": f"CPF {number}"},
        )
    )
    html = shop.signed_in("supervisor").get("/divergencias").text
    assert rows(html) == [("C-1", f"CPF ***.{number[3:6]}.{number[6:9]}-**", "Lead")]
    assert number not in html


def test_where_they_agree_there_is_nothing_to_see(tmp_path: Path, keys: Keyring) -> None:
    shop = listed_shop(tmp_path / "data", keys)
    shop.write(Customer(external_id="C-1", version=1, standings={"conta_base": "lead"}))
    html = shop.signed_in("supervisor").get("/divergencias").text
    assert "Nenhuma divergência" in html
    assert rows(html) == []


@pytest.mark.parametrize("nonsense", ["regras=nada", "recebido=nada%20disso", "antes=x", "regras="])
def test_nonsense_in_the_address_is_no_error(client: FlaskClient, nonsense: str) -> None:
    assert client.get(f"/divergencias?{nonsense}").status_code == 200


@pytest.mark.parametrize(
    ("role", "allowed"), [("attendant", False), ("supervisor", True), ("administrator", True)]
)
def test_only_those_who_answer_for_it_may_look(shop: Shopfront, role: str, allowed: bool) -> None:
    client = shop.signed_in(role, f"quem-{role}")
    assert (client.get("/divergencias").status_code == 200) is allowed
    assert ('href="/divergencias"' in client.get("/clientes").text) is allowed


def test_it_is_said_that_nothing_is_repaired(client: FlaskClient) -> None:
    html = client.get("/divergencias").text
    assert "aqui nada é corrigido" in html
