"""What is seen first of a customer: the strip of figures, and who is late or blocked."""

import re
from datetime import UTC, date, datetime, timedelta
from html import unescape

import msgspec
import pytest

from mirror.records import Customer, Loyalty
from tests.fakes import dealings
from tests.fakes.clientele import CPF, DEUZENIR
from tests.fakes.shopfront import Shopfront
from web.look.formats import ago

NBSP = "\N{NO-BREAK SPACE}"
TABS = ("", "/pedidos", "/pagamentos", "/relacionamento")


def told(html: str) -> dict[str, str]:
    """The strip: every name with what is said of it."""
    strip = re.search(r'<dl class="strip".*?</dl>', html, re.DOTALL)
    pairs = re.findall(r"<dt>(.*?)</dt>\s*<dd>(.*?)</dd>", strip[0] if strip else "", re.DOTALL)
    text = {name: " ".join(re.sub(r"<[^>]+>", " ", said).split(" ")) for name, said in pairs}
    return {name: " ".join(unescape(said).split()) for name, said in text.items()}


def band(html: str) -> str:
    found = re.search(r'<p class="band">(.*?)</p>', html, re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", "", found[1])).split()) if found else ""


def of(shop: Shopfront, customer: Customer, tab: str = "") -> str:
    if not hasattr(shop, "client"):
        shop.client = shop.signed_in()  # type: ignore[attr-defined]
    return str(shop.client.get(f"/clientes/{shop.id_of(customer)}{tab}").text)  # type: ignore[attr-defined]


def test_the_strip_has_what_the_mirror_knows(shop: Shopfront) -> None:
    one = msgspec.structs.replace(
        DEUZENIR,
        version=2,
        extras={"Limite de crédito": "1500.0"},
        loyalty=Loyalty(points=1_275, tier="Prata"),
        last_purchase_at=datetime(2026, 10, 5, 22, tzinfo=UTC),
    )
    shop.write(one)
    dealings.write(
        shop.mirror,
        dealings.order("1", amount=10_001),
        dealings.order("2", amount=20_000),
        dealings.order("3", amount=99_900, state="cancelled"),
        dealings.payment("1", amount=246_300, due_on=date(2026, 1, 5)),
        dealings.payment("2", amount=1_00, due_on=date(2026, 2, 5)),
    )
    found = told(of(shop, one))
    assert list(found) == ["Em atraso", "Limite", "Compras", "Última compra", "Pontos"]
    assert found["Em atraso"] == "R$ 2.464,00 desde 05/01/2026"
    assert found["Limite"] == "R$ 1.500,00"
    assert found["Compras"] == "R$ 300,01 2 pedidos · ticket médio R$ 150,00"
    assert found["Última compra"].startswith("05/10/2026 há ")
    assert found["Pontos"] == "1.275 Prata"


def test_who_pays_in_time_is_told_so_and_nobody_is_told_what_is_not_known(shop: Shopfront) -> None:
    poor = Customer(external_id="1", version=1, name="Ana")
    shop.write(poor)
    html = of(shop, poor)
    assert (told(html), band(html)) == ({}, "")
    dealings.write(shop.mirror, dealings.payment("1", customer="1", state="paid"))
    assert told(of(shop, poor)) == {"Em atraso": "Nada pagamentos em dia"}


@pytest.mark.parametrize("value", [CPF, "R$ 10", "1234567890", "-1", "1.234.5", ""])
def test_a_limit_that_is_no_amount_is_not_shown_in_clear(shop: Shopfront, value: str) -> None:
    one = Customer(external_id="1", version=1, name="Ana", extras={"Limite": value})
    shop.write(one)
    html = of(shop, one)
    assert "Limite" not in told(html)
    assert CPF not in html


def test_who_is_late_or_blocked_has_a_band_on_every_tab(shop: Shopfront) -> None:
    assert band(of(shop, DEUZENIR)) == ""
    dealings.write(
        shop.mirror,
        dealings.order("8001"),
        dealings.payment("1", amount=246_300, due_on=date(2026, 1, 5)),
    )
    late = "Em atraso: R$ 2.463,00 desde 05/01/2026 (1 cobrança)."
    for tab in TABS:
        assert band(of(shop, DEUZENIR, tab)).replace(NBSP, " ").startswith(late), tab
    shop.write(msgspec.structs.replace(DEUZENIR, version=9, registration="blocked"))
    said = band(of(shop, DEUZENIR)).replace(NBSP, " ")
    assert said == f"Bloqueado no sistema de origem. {late} Ver pagamentos"


def test_money_of_several_currencies_is_not_added_up(shop: Shopfront) -> None:
    dealings.write(
        shop.mirror,
        dealings.payment("1", amount=100, due_on=date(2026, 3, 5)),
        dealings.payment("2", amount=200, currency="USD", due_on=date(2026, 2, 5)),
    )
    assert told(of(shop, DEUZENIR))["Em atraso"] == "R$ 1,00 + US$ 2,00 desde 05/02/2026"


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (-3, "hoje"), (0, "hoje"), (1, "ontem"), (2, "há 2 dias"), (29, "há 29 dias"),
        (30, "há 1 mês"), (364, "há 12 meses"), (365, "há 1 ano"), (1_000, "há 2 anos"),
    ],
)  # fmt: skip
def test_how_long_ago(days: int, said: str) -> None:
    today = date(2026, 11, 30)
    assert ago(today - timedelta(days=days), today) == said


def test_empty_tabs_are_folded_and_the_one_that_is_open_is_not(shop: Shopfront) -> None:
    dealings.write(shop.mirror, dealings.order("1"), dealings.visit(customer="somebody"))
    html = of(shop, DEUZENIR)
    tabs, _, folded = (
        html.split('aria-label="Abas do cliente"')[1].split("</nav>")[0].partition("<details")
    )
    assert "Pedidos" in tabs
    assert "Visitas" not in tabs
    assert "Visitas" in folded
    assert "Visitas" in of(shop, DEUZENIR, "/visitas").split("<details")[1].split("Abas do")[-1]
