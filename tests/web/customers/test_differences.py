"""Divergências: the master's word beside the rules', for those who may see it; nothing repaired."""

import re
from datetime import UTC, datetime
from html import unescape
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from mirror.records import Customer, Deal, Document
from mirror.standing import Rules
from mirror.store.sealing import Keyring
from tests.fakes.shopfront import Shopfront
from tests.fakes.somebody import cpf
from tests.web.listed_shop import (
    EVERYBODY,
    PAID,
    WORD,
    did,
    fill,
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


def by_hand() -> list[tuple[str, str, str]]:
    return [
        (one.code, LABELS[one.told], LABELS[one.by_rules])
        for one in reversed(EVERYBODY)
        if one.told == "active" != one.by_rules
    ]


def test_everybody_of_whom_they_say_different_things_is_there(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(differences, "PER_PAGE", 7)
    assert walk(client, "/divergencias") == by_hand()
    assert f"{len(by_hand())} clientes" in client.get("/divergencias").text


def test_each_axis_has_its_tab_with_its_number(client: FlaskClient) -> None:
    html = client.get("/divergencias").text
    tabs = re.findall(r'(Atividade|Relacionamento)\s*<span class="num">(\d+)', html)
    buyers = [
        one for one in EVERYBODY if (one.azata_told, one.azata_by_rules) == ("active", "lead")
    ]
    assert tabs == [("Atividade", str(len(by_hand()))), ("Relacionamento", str(len(buyers)))]
    other = walk(client, "/divergencias?regras=relacionamento")
    assert other == [(one.code, "Ativo", "Lead") for one in reversed(buyers)]


def test_what_only_a_person_can_say_contradicts_no_rule(client: FlaskClient) -> None:
    everywhere = walk(client, "/divergencias") + walk(client, "/divergencias?regras=relacionamento")
    # Nor a word of the shop's own: no rule ever comes to it.
    assert {told for _, told, _ in everywhere} == {"Ativo"}
    assert WORD in {one.told for one in EVERYBODY}


def sold(*told: dict[str, str]) -> list[Customer]:
    return [
        Customer(external_id=f"C-{place}", version=1, name="Ana", standings=standings)
        for place, standings in enumerate(told, 1)
    ]


def deal(number: int, state: str) -> Deal:
    at = datetime(2026, 1, number, tzinfo=UTC)
    closed = None if state == "open" else at
    return Deal(
        external_id=f"D-{number}",
        version=1,
        customer=f"C-{number}",
        state=state,
        opened_at=at,
        closed_at=closed,
    )


@pytest.fixture
def sell(tmp_path: Path, keys: Keyring) -> FlaskClient:
    """By the customer's number: what Sell says, and what its deals make of it."""
    said = [
        {"sell_prospect": "none"},  # 1: a deal is open
        {"sell_prospect": "lost"},  # 2: a deal is open
        {"sell_prospect": "lost"},  # 3: a deal was won
        {"sell_prospect": "lost"},  # 4: no deal at all
        {"sell_prospect": "current"},  # 5: a deal was lost
        {"sell_prospect": "none", "sell_customer": "none"},  # 6: a deal was won
        {"sell_prospect": "current", "sell_customer": "past"},  # 7: a deal is open
    ]
    rules, states = Rules(names=("sell",)), ("open", "open", "won", "", "lost", "won", "open")
    shop = listed_shop(tmp_path / "data", keys)
    fill(shop.mirror, sold(*said), rules)
    deals = [deal(number, state) for number, state in enumerate(states, 1) if state]
    did(shop.mirror, "deals", deals, rules)
    return shop.signed_in("supervisor")


def of(client: FlaskClient, asked: str) -> list[str]:
    return [code for code, _, _ in walk(client, f"/divergencias?{asked}")]


def test_what_sell_forbids_is_told_from_what_it_allows(sell: FlaskClient) -> None:
    asked = "regras=cliente-potencial"
    assert of(sell, asked) == ["C-5", "C-4", "C-3", "C-2", "C-1"]
    assert of(sell, f"{asked}&a-mao=proibido") == ["C-3", "C-2", "C-1"]
    assert of(sell, f"{asked}&a-mao=permitido") == ["C-5", "C-4"]
    assert of(sell, "regras=cliente") == ["C-6"]  # past is a person's word
    html = sell.get(f"/divergencias?{asked}").text
    cases = html.partition('id="cases"')[2].partition("</nav>")[0]
    assert re.findall(r'>([^<>]*)<b class="num">(\d+)', cases) == [
        ("Ninguém marca à mão", "3"),
        ("Pode ter sido marcado à mão", "2"),
    ]
    rows_of = {row.split("ID: ")[1][:3]: row for row in html.split("<tr role")[2:]}
    assert "Com uma oportunidade aberta, o sistema de origem não deixa" in rows_of["C-1"]
    assert "Com uma oportunidade já conquistada, o sistema de origem não deixa" in rows_of["C-3"]
    assert "Não se marca" in rows_of["C-2"]
    assert "O sistema de origem deixa marcar isto à mão" in rows_of["C-4"]
    assert "Possível" in rows_of["C-5"]
    assert 'id="cases"' not in sell.get("/divergencias?regras=cliente").text


@pytest.mark.parametrize(("reasons", "codes"), [((), []), (("Desistência",), ["C-1"])])
def test_a_value_that_no_rule_in_force_leads_to_is_a_person_s_word(
    tmp_path: Path, keys: Keyring, reasons: tuple[str, ...], codes: list[str]
) -> None:
    shop = listed_shop(tmp_path / "data", keys)
    rules = Rules(names=("ploomes",), loss_reasons=reasons)
    fill(shop.mirror, sold({"ploomes": "inactive"}), rules)
    html = shop.signed_in("supervisor").get("/divergencias").text
    assert [code for code, _, _ in rows(html)] == codes
    assert ("No sistema de origem o status pode ser trocado à mão" in html) is bool(codes)


def test_one_word_of_the_masters_can_be_looked_at_alone(sell: FlaskClient) -> None:
    asked = "regras=cliente-potencial"
    html = sell.get(f"/divergencias?{asked}").text
    said = dict(re.findall(r'<bdi>([^<]*)</bdi><b class="num">(\d+)', html))
    assert said == {
        "Não é cliente potencial": "1",
        "Cliente potencial atual": "1",
        "Cliente potencial perdido": "3",
    }
    assert of(sell, f"{asked}&recebido=perdido") == ["C-4", "C-3", "C-2"]
    assert of(sell, f"{asked}&recebido=perdido&a-mao=permitido") == ["C-4"]


def test_since_when_the_rules_say_so_is_told(client: FlaskClient) -> None:
    html = client.get("/divergencias?regras=atividade").text
    row = next(row for row in html.split("<tr ") if "ID: C-103<" in row)  # never paid: a lead
    assert "05/02/2026 00:00" in row


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


def test_names_are_masked(tmp_path: Path, keys: Keyring) -> None:
    number = cpf(7)
    shop = listed_shop(tmp_path / "data", keys)
    shop.write(
        Customer(
            external_id="C-1",
            version=1,
            name=f"José {number}",
            documents=(Document("cpf", number),),
            standings={"conta_base": "active"},
        )
    )
    html = shop.signed_in("supervisor").get("/divergencias").text
    assert rows(html) == [("C-1", "Ativo", "Lead")]
    assert f"***.{number[3:6]}.{number[6:9]}-**" in html
    assert number not in html


def test_where_they_agree_there_is_nothing_to_see(tmp_path: Path, keys: Keyring) -> None:
    shop = listed_shop(tmp_path / "data", keys, rules=("conta_base",))
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


def test_without_rules_the_page_says_which_setting_makes_it_empty(
    tmp_path: Path, keys: Keyring
) -> None:
    shop = listed_shop(tmp_path / "data", keys)
    html = shop.signed_in("supervisor").get("/divergencias").text
    assert "standing.rules" in html
    assert "Nenhuma divergência" not in html
