"""A month in figures: against the month before, with its year, each number with its list behind."""

import re
from collections.abc import Callable
from datetime import date, datetime
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient

from mirror.records import Order, Payment
from mirror.standing import Rules
from mirror.store.engine import Database
from mirror.writing import standings
from mirror.writing.standings import keep_rules
from tests.fakes.activities import charge, write
from tests.fakes.clientele import EVERYBODY
from tests.fakes.shopfront import Shopfront, open_shop
from tests.fakes.somebody import somebody
from tests.mirror.standing.writing_facts import here
from tests.web.test_security import STYLES_AND_SCRIPTS, crowd
from web import months
from web.app import create_app
from web.months import picture
from web.settings import WebSettings, Wording

RULES = Rules(names=("conta_base",))
NOW = here("2026-06-15 12:00")


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is the fifteenth of June 2026."""
    for module in (months, standings):
        monkeypatch.setattr(module, "now_us", lambda: NOW)


def paid(name: str, customer: int, day: str, **more: Any) -> Payment:
    at = datetime.fromisoformat(f"{day}T15:00:00+00:00")
    return charge(name, day, "paid", customer=f"C-{customer}", paid_at=at, **more)


def ordered(name: str, customer: int, day: str) -> Order:
    at = datetime.fromisoformat(f"{day}T15:00:00+00:00")
    return Order(external_id=name, version=1, customer=f"C-{customer}", state="done", placed_at=at)


@pytest.fixture
def shop(mirror_with: Callable[..., Database], ledger: Database) -> Shopfront:
    """Three came in May and one in June; two paid in May, one who paid in February came back."""
    days = (date(2026, 5, 2), date(2026, 5, 3), date(2026, 5, 4), date(2026, 6, 1))
    there = [somebody(n, customer_since=day) for n, day in enumerate(days)]
    shop = open_shop(mirror_with, ledger, *there, somebody(9, customer_since=date(2025, 1, 1)))
    keep_rules(shop.mirror, "loja", RULES, fence=0)
    write(
        shop.mirror,
        "payments",
        paid("P1", 0, "2026-05-10"),
        paid("P2", 1, "2026-05-11", amount=5_000),
        paid("P3", 9, "2026-02-01"),
        paid("P4", 9, "2026-06-02", currency="USD"),
        paid("P5", 3, "2026-06-03", amount=123_456),
        charge("P6", "2026-05-20", "issued"),
        charge("P7", "2026-06-16", "issued"),
        rules=RULES,
    )
    write(shop.mirror, "orders", ordered("O1", 0, "2026-06-05"), rules=RULES)
    return shop


def page(client: FlaskClient, address: str = "/assistente") -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return unescape(answer.text).replace("\xa0", " ")


def plain(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def cards(html: str) -> dict[str, tuple[str, str]]:
    """By figure: what it says, and how it compares."""
    three = r'(?s)<li class="card"><h3>(.*?)</h3>.*?"figure num">(.*?)</p>.*?"change num">(.*?)</p>'
    found = re.findall(three, html)
    return {label: (plain(figure), plain(change)) for label, figure, change in found}


def table(html: str) -> dict[str, dict[str, str]]:
    """By month: every figure, with its rules."""
    heads = [plain(one) for one in re.findall(r'(?s)<th scope="col">(.*?)</th>', html)]
    lines = re.findall(r'(?s)<tr><th scope="row">(.*?)</th>(.*?)</tr>', html)
    return {
        plain(month): dict(
            zip(heads[1:], map(plain, re.findall(r"(?s)<td.*?</td>", cells)), strict=True)
        )
        for month, cells in lines
    }


def test_a_month_that_still_runs_is_not_measured_against_a_whole_one(shop: Shopfront) -> None:
    html = page(shop.signed_in("supervisor"))

    assert "Junho de 2026 em andamento: até hoje, 15/06/2026" in plain(html)
    assert cards(html) == {
        "Clientes novos": ("1", "até hoje 1 · maio 3"),
        "Primeiras compras": ("1", "até hoje 1 · maio 0"),
        "Ficaram ativos · Atividade": ("2", "até hoje 2 · maio 2"),
        "Reativados · Atividade": ("1", "até hoje 1 · maio 0"),
        "Ficaram inativos · Atividade": ("0", "até hoje 0 · maio 0"),
        "Recebido": ("R$ 1.234,56 e US$ 10,00", "até hoje R$ 1.234,56 · maio R$ 60,00"),
        "Em atraso": ("R$ 0,00", "até hoje R$ 0,00 · maio R$ 10,00"),
    }


def test_the_table_has_the_year_latest_first_with_the_same_numbers(shop: Shopfront) -> None:
    html = page(shop.signed_in("supervisor"))
    found = table(html)

    assert list(found)[:2] == ["jun/26", "mai/26"]
    assert list(found)[-1] == "jul/25"
    assert list(found["jun/26"].values()) == [figure for figure, _ in cards(html).values()]
    assert found["mai/26"] == {
        "Clientes novos": "3",
        "Primeiras compras": "0",
        "Ficaram ativos Atividade": "2",
        "Reativados Atividade": "0",
        "Ficaram inativos Atividade": "0",
        "Recebido": "R$ 60,00",
        "Em atraso": "R$ 10,00",
    }
    assert found["abr/26"]["Ficaram inativos Atividade"] == "1"


def test_every_number_leads_to_a_list_of_so_many(shop: Shopfront) -> None:
    client = shop.signed_in("supervisor")
    body = page(client).partition('<table class="year">')[2]

    customers = re.findall(r'href="(/clientes[^"]+)">([\d.]+)</a>', body)
    assert len(customers) == 8
    for address, number in customers:
        assert f'"num">{number} cliente' in page(client, address), address
    assert re.findall(r'href="(/cobrancas[^"]+)">([^<]+)<', body) == [
        ("/cobrancas?mes=2026-05&situacao=em-atraso", "R$ 10,00")
    ]
    assert '<strong class="num">1 cobrança: R$ 10,00' in page(
        client, "/cobrancas?mes=2026-05&situacao=em-atraso"
    )


def test_a_month_that_is_over_and_none_that_is_to_come(shop: Shopfront) -> None:
    client = shop.signed_in("supervisor")
    may, later = page(client, "/assistente?mes=2026-05"), page(client, "/assistente?mes=2026-07")

    assert cards(may)["Clientes novos"] == ("3", "▲ 3 a mais que em abril")
    assert "em andamento" not in may
    assert 'href="/assistente?mes=2026-06" aria-label="Mês seguinte"' in may
    assert cards(later) == cards(page(client))
    assert "Mês seguinte" not in later


def test_a_shop_calls_its_standings_as_it_likes(shop: Shopfront) -> None:
    wording = Wording(labels={"conta_base": {"active": "Matriculado"}})
    shop.app = create_app(shop.mirror, shop.ledger, WebSettings(), wording=wording)
    found = cards(page(shop.signed_in("supervisor")))

    ours = "Passaram a “Matriculado”", "Voltaram a “Matriculado”", "Ficaram inativos"
    assert {f"{label} · Atividade" for label in ours} < set(found)


def test_what_a_master_never_sends_is_not_shown_as_nought(
    mirror_with: Callable[..., Database], ledger: Database
) -> None:
    shop = open_shop(mirror_with, ledger, *EVERYBODY)
    html = page(shop.signed_in("supervisor"))

    assert list(cards(html)) == ["Clientes novos"]
    assert "não envia cobranças" in html
    assert "Nada nestes 12 meses." in html


def test_only_who_answers_for_the_shop_sees_it(shop: Shopfront) -> None:
    client = shop.signed_in("attendant")

    assert client.get("/assistente").status_code == 403
    assert shop.app.test_client().get("/assistente").status_code == 303


def test_every_picture_is_told_in_words(shop: Shopfront) -> None:
    html = page(shop.signed_in("supervisor"))

    assert html.count('<svg class="bars"') == 7 - html.count("Nada nestes")
    assert "Clientes novos nos últimos 12 meses</title>" in html
    assert "De julho de 2025 a junho de 2026: o maior, 3, em maio de 2026; o menor, 0, em" in html


def test_bars_are_as_high_as_their_numbers() -> None:
    drawn = picture(["2026-01", "2026-02", "2026-03", "2026-04"], [0, 600, 300, 1], str)

    assert drawn.before == "M23 74v-60h14v60zM43 74v-30h14v30z"
    assert drawn.shown == "M63 74v-2h14v2z"
    assert (drawn.most, drawn.is_empty) == ("600", False)
    assert picture(["2026-01"], [0], str).is_empty


def test_both_pages_with_all_they_load_travel_in_22_kb(shop: Shopfront) -> None:
    whose = crowd(60)
    shop.write(*whose)
    texts = ("Mensalidade", "Matrícula 2026", "Material didático do segundo semestre", None)
    for n, one in enumerate(whose):
        day = f"2026-06-{1 + n % 28:02d}"
        what = {"customer": one.external_id, "description": texts[n % 4], "amount": 19_990 + n}
        write(shop.mirror, "payments", charge(f"W{n}", day, "issued", **what))
    client = shop.signed_in("supervisor")
    packed = {"Accept-Encoding": "gzip"}
    for address in ("/cobrancas?mes=2026-06", "/assistente"):
        html = client.get(address).text
        loaded = set(STYLES_AND_SCRIPTS.findall(html))
        sizes = [len(client.get(one, headers=packed).data) for one in (address, *loaded)]
        assert len(sizes) == 7
        assert sum(sizes) < 22_000, address
