"""Standings: on the summary in a line each, on their tab as the story of how they came about."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import unescape

import msgspec
import pytest
from flask.testing import FlaskClient

from mirror.instants import ZONE
from mirror.records import Customer
from mirror.standing.rules import AXES
from mirror.store.engine import Database
from mirror.writing.customers import apply
from tests.conftest import arrival
from tests.fakes import activities
from tests.fakes.clientele import COMPANY, DEUZENIR
from tests.fakes.dealings import ALL_RULES, deal, order, payment
from tests.fakes.shopfront import Shopfront
from tests.fakes.somebody import somebody
from tests.web.active_shop import Busy, at, opener, read
from web.look import words

PLAIN = msgspec.structs.replace(DEUZENIR, last_purchase_at=None)
"""Registered on 12/09/2019, and nothing else is known."""


@pytest.fixture
def busy(mirror_with: Callable[..., Database], ledger: Database) -> Busy:
    return opener(mirror_with, ledger)


def judge(shop: Shopfront, *customers: Customer) -> Shopfront:
    """Write customers under every rule set."""
    db = shop.mirror
    with db.writing() as connection:
        arrivals = [arrival(db.keys, customer) for customer in customers]
        apply(connection, db.keys, "loja", arrivals, counter=True, rules=ALL_RULES)
    return shop


def says(**standings: str) -> Customer:
    """Deuzenir as a master has her that says so itself."""
    return msgspec.structs.replace(PLAIN, version=2, standings=standings)


def stories(
    client: FlaskClient, shop: Shopfront, customer: Customer = DEUZENIR
) -> dict[str, list[str]]:
    """The lines of every axis's timeline, as somebody reads them."""
    html = client.get(at(shop, "relacionamento", customer)).text
    parts = html.split('<section class="sheet" aria-labelledby="h-')[1:]
    return {part.split('"')[0]: [_line(one) for one in part.split("<li")[1:]] for part in parts}


def _line(html: str) -> str:
    plain = unescape(re.sub(r"<[^>]*>", " ", html.split("</li>")[0].partition(">")[2]))
    spaced = re.sub(r" ([.;,:)”])", r"\1", " ".join(plain.split()))
    return re.sub(r"([(“]) ", r"\1", spaced)


def day(month: int, number: int) -> datetime:
    return datetime(2026, month, number, 15, tzinfo=UTC)


def test_whoever_did_nothing_is_where_everybody_begins(busy: Busy) -> None:
    shop = judge(busy(PLAIN), says())
    assert stories(shop.signed_in(), shop) == {
        "ploomes": ["12/09/2019 Prospecção Cadastrado: todo cliente começa em prospecção."],
        "sell_prospect": ["12/09/2019 Não é cliente potencial Cadastrado, ainda sem oportunidade."],
        "sell_customer": [
            "12/09/2019 Não é cliente Cadastrado, nenhuma oportunidade conquistada ainda."
        ],
        "conta_base": ["12/09/2019 Lead Cadastrado, ainda sem pagamento."],
        "azata": ["12/09/2019 Lead Cadastrado, ainda sem compra."],
    }


def test_every_step_names_what_brought_it_and_leads_there(busy: Busy) -> None:
    shop = busy(
        PLAIN,
        did=(
            deal("1", title="Verão", opened_at=day(1, 1), state="lost", closed_at=day(1, 9)),
            deal("2", title="Inverno", opened_at=day(2, 1), state="won", closed_at=day(2, 9)),
            deal("3", opened_at=day(3, 1), state="lost", closed_at=day(3, 9), title=None),
            deal(
                "4",
                opened_at=day(4, 1),
                state="lost",
                closed_at=day(4, 9),
                title="Fim",
                loss_reason="Desistência",
            ),
            order(placed_at=day(5, 1)),
            payment(state="paid", paid_at=day(5, 2)),
        ),
    )
    client = shop.signed_in()
    found = stories(client, shop)
    assert found["ploomes"] == [
        "01/05/2026 Ativo Venda realizada (pedido 2026-8001).",
        "09/04/2026 Inativo Negócio “Fim” perdido pelo motivo “Desistência”.",
        "09/02/2026 Ativo Venda realizada (negócio ganho “Inverno”).",
        "12/09/2019 Prospecção Cadastrado: todo cliente começa em prospecção.",
    ]
    assert found["sell_prospect"][:-1] == [
        "09/04/2026 Não é cliente potencial A última oportunidade aberta (“Fim”) foi perdida, mas "
        "já houve uma conquistada: não volta a cliente potencial perdido.",
        "01/04/2026 Cliente potencial atual Oportunidade “Fim” associada.",
        "09/03/2026 Não é cliente potencial A última oportunidade aberta (3) foi perdida, mas já "
        "houve uma conquistada: não volta a cliente potencial perdido.",
        "01/03/2026 Cliente potencial atual Oportunidade 3 associada.",
        "09/02/2026 Não é cliente potencial Oportunidade “Inverno” conquistada; não há outra "
        "aberta.",
        "01/02/2026 Cliente potencial atual Oportunidade “Inverno” associada.",
        "09/01/2026 Cliente potencial perdido A última oportunidade aberta (“Verão”) foi perdida "
        "ou desqualificada.",
        "01/01/2026 Cliente potencial atual Oportunidade “Verão” associada.",
    ]
    assert found["sell_customer"][0] == (
        "09/02/2026 Cliente atual Oportunidade “Inverno” conquistada: cliente desde então."
    )
    assert found["azata"][0] == "01/05/2026 Ativo Primeira compra (pedido 2026-8001)."
    assert found["conta_base"][:2] == [
        "02/07/2026 Inativo Mais de 60 dias desde o último pagamento.",
        "02/05/2026 Ativo Pagamento “Mensalidade de outubro” realizado.",
    ]
    html = client.get(at(shop, "relacionamento")).text
    for tab in ("negocios/1", "negocios/4", "pedidos/1", "pagamentos/1"):
        assert f'href="{at(shop, tab)}"' in html
        assert client.get(at(shop, tab)).status_code == 200


def test_what_time_will_bring_is_told_on_both_pages(busy: Busy) -> None:
    paid = datetime.now(UTC) - timedelta(days=2)
    shop = busy(PLAIN, did=(payment(state="paid", paid_at=paid),))
    client = shop.signed_in()
    falls = (paid.astimezone(ZONE).date() + timedelta(days=61)).strftime("%d/%m/%Y")
    coming = (
        f"Ficará inativo em {falls} se não houver novo pagamento. "
        f"O último foi em {paid.astimezone(ZONE):%d/%m/%Y} e vale por 60 dias."
    )
    assert stories(client, shop)["conta_base"][0] == f"ainda por vir {coming}"
    assert "ativo pelos 60 dias que a loja definiu" in read(client, at(shop, "relacionamento"))
    summary = read(client, at(shop))
    assert coming in summary
    assert f"pelas regras da loja, desde {paid.astimezone(ZONE):%d/%m/%Y}" in (
        " ".join(summary.split())
    )


def test_a_master_s_word_is_shown_as_received_and_a_difference_flagged(busy: Busy) -> None:
    shop = judge(busy(PLAIN), says(azata="contact", ploomes="Cliente ouro", conta_base="lead"))
    client = shop.signed_in()
    found = stories(client, shop)
    assert found["azata"][0] == (
        "agora Contato É o que diz o sistema de origem. Pelas regras da loja seria Lead."
    )
    assert found["ploomes"][0] == (
        "agora Cliente ouro É o que diz o sistema de origem. Pelas regras da loja seria Prospecção."
    )
    assert found["conta_base"][0] == "agora Lead É o que diz o sistema de origem."
    summary = " ".join(read(client, at(shop)).split())
    assert "Contato recebida do sistema de origem Pelas regras da loja seria Lead." in summary


def test_an_archived_customer_is_said_to_have_left_or_never_come(busy: Busy) -> None:
    lost = somebody(1, last_purchase_at=None, standings={"conta_base": "archived"})
    shop = judge(busy(PLAIN), says(conta_base="archived"), lost)
    client = shop.signed_in()
    never = "Arquivado (lost: nunca chegou a pagar)"
    assert never in stories(client, shop, lost)["conta_base"][0]
    judge(busy(did=(payment(state="paid", paid_at=day(1, 2)),)), says(conta_base="archived"))
    left = "Arquivado (churn: deixou de ser cliente)"
    assert left in stories(client, shop)["conta_base"][0]
    assert left in read(client, at(shop))


def test_a_purchase_without_an_order_is_told_without_one(busy: Busy) -> None:
    shop = judge(busy(), msgspec.structs.replace(DEUZENIR, version=2))
    found = stories(shop.signed_in(), shop)
    assert found["azata"][0] == found["ploomes"][0]
    assert found["ploomes"][0] == (
        "05/10/2026 Ativo Já comprou: a data vem do cadastro no sistema de origem, sem o pedido."
    )


def test_a_company_s_step_names_the_employee_it_came_by(busy: Busy) -> None:
    ana = somebody(1, company=COMPANY.external_id, name="Ana Prado")
    shop = busy(COMPANY, ana, did=(deal(customer="C-1"),))
    client = shop.signed_in()
    found = stories(client, shop, COMPANY)["sell_prospect"][0]
    assert found.endswith(
        "Oportunidade “Uniformes para a equipe” associada (contato principal: Ana Prado)."
    )
    html = client.get(at(shop, "relacionamento", COMPANY)).text
    assert f'href="{at(shop, "negocios/1", ana)}"' in html
    assert f'href="{at(shop, customer=ana)}"' in html


def test_a_registration_without_a_date_has_none(busy: Busy) -> None:
    nobody = Customer(external_id="5", version=1)
    shop = judge(busy(PLAIN), nobody)
    assert stories(shop.signed_in(), shop, nobody)["azata"] == [
        "sem data Lead Cadastrado, ainda sem compra."
    ]


def test_of_a_long_story_the_latest_steps_are_told(busy: Busy) -> None:
    shop = busy(PLAIN)
    many = [
        payment(str(n), state="paid", paid_at=datetime(1990 + n, 5, 2, tzinfo=UTC))
        for n in range(31)
    ]
    activities.write(shop.mirror, "payments", *many, rules=ALL_RULES)
    found = stories(shop.signed_in(), shop)["conta_base"]
    assert found[-1] == "antes Os passos mais antigos não são guardados."


def test_the_shop_s_own_labels_are_used(
    mirror_with: Callable[..., Database], ledger: Database
) -> None:
    shop = opener(mirror_with, ledger)(PLAIN)
    judge(shop, says())
    labels = {"ploomes": {"prospect": "Namoro"}}
    held = shop.app.extensions["espelho"]
    object.__setattr__(held, "wording", type(held.wording)(labels=labels))
    client = shop.signed_in()
    assert stories(client, shop)["ploomes"][0].startswith("12/09/2019 Namoro")
    assert "Namoro" in read(client, at(shop))


def test_every_axis_has_its_rule_in_words() -> None:
    assert set(words.RULE_LINES) == set(AXES)
    assert {axis for axis, _, _ in words.STEPS} == set(AXES)
    assert all(value in AXES[axis].values for axis, _, value in words.STEPS)


VENDORS = ("Ploomes", "Sell", "Zendesk", "Conta Base", "Azata")


@pytest.mark.parametrize(
    ("role", "seen"),
    [
        ("attendant", ()),
        ("supervisor", ()),
        ("administrator", ("Ploomes", "Sell", "Conta Base")),
    ],
)
def test_whose_rules_they_are_is_named_to_those_who_answer_for_them(
    busy: Busy, role: str, seen: tuple[str, ...]
) -> None:
    shop = judge(busy(PLAIN), says())
    page = unescape(shop.signed_in(role).get(at(shop, "relacionamento")).text)
    heads = re.findall(r"<h2[^>]*>(.*?)</h2>", page, re.DOTALL)
    assert {axis for axis in words.AXES.values() if axis in " ".join(heads)} >= {"Atividade"}
    named = {one for one in VENDORS if one in page}
    assert named >= {*seen}
    assert bool(named) == bool(seen)


@pytest.mark.parametrize("address", ["/divergencias", "/configuracoes/regras", "/assistente"])
def test_no_page_of_a_supervisors_names_a_vendor(busy: Busy, address: str) -> None:
    shop = judge(busy(PLAIN), says())
    page = unescape(shop.signed_in("supervisor").get(address).text)
    assert not [one for one in VENDORS if one in page]
