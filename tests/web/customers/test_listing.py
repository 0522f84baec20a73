"""The list: what a row shows, the tabs, the filters in the address, and page by page."""

import re
from collections.abc import Callable
from datetime import date
from html import unescape

import pytest

from mirror.facets import FIELDS
from mirror.records import Customer, Document
from mirror.standing.rules import AXES, BARS, RULES
from mirror.store.engine import Database
from tests.fakes.clientele import COMPANY, EVERYBODY, NOTE_CPF, SECRETS
from tests.fakes.shopfront import Shopfront, open_shop
from web.app import create_app
from web.customers import listing
from web.look import addresses, words
from web.look.addresses import address
from web.look.filters import asked_filters, filters_of
from web.settings import WebSettings, Wording


def names(html: str) -> list[str]:
    return [unescape(name) for name in re.findall(r'class="name"[^>]*><bdi>(.*?)</bdi>', html)]


def test_the_first_page_is_the_list(shop: Shopfront) -> None:
    answer = shop.signed_in().get("/")
    assert (answer.status_code, answer.location) == (303, "/clientes")


def test_a_row_shows_what_the_seed_screen_shows(shop: Shopfront) -> None:
    html = shop.signed_in().get("/clientes").text
    row = html[html.index("446735") - 900 : html.index("446735") + 5000]
    for shown in ("Deuzenir Ferreira", ">DF<", "***", ".982.247-", "d<span", "12/09/2019", "Ativo"):
        assert shown in row
    titles = re.findall(r'role="columnheader">(.*?)<', html)
    assert titles == [
        "Nome", "CPF", "E-mail", "Telefone", "Cliente desde", "Última compra", "Status",
    ]  # fmt: skip


def test_the_last_purchase_is_the_day_it_was_in_brasilia(shop: Shopfront) -> None:
    html = shop.signed_in().get("/clientes").text
    assert "05/10/2026" in html
    assert "06/10/2026" not in html


def test_the_list_says_in_which_order_it_is(shop: Shopfront) -> None:
    late = Customer(external_id="1", version=1, name="Ana", customer_since=date(1999, 1, 1))
    shop.write(late)
    html = shop.signed_in().get("/clientes").text
    assert names(html)[0] == "Ana"  # the oldest customer, who came last
    assert "ordem de chegada a esta cópia: quem chegou por último vem primeiro</caption>" in html


@pytest.mark.parametrize("address", ["/clientes", "/clientes?tipo=PJ"])
def test_no_full_value_is_in_the_list(shop: Shopfront, address: str) -> None:
    html = unescape(shop.signed_in().get(address).text)
    assert not [secret for secret in SECRETS if secret in html]


def test_a_company_is_listed_under_its_own_tab(shop: Shopfront) -> None:
    client = shop.signed_in()
    assert COMPANY.name not in names(client.get("/clientes").text)
    html = client.get("/clientes?tipo=PJ").text
    assert COMPANY.name in names(html)
    assert 'role="columnheader">CNPJ<' in html


def test_a_cpf_inside_a_company_name_is_masked(shop: Shopfront) -> None:
    html = shop.signed_in().get("/clientes?tipo=PJ").text
    assert "Jose da Silva" in html
    assert NOTE_CPF not in html


def test_filters_live_in_the_address_and_can_be_removed_one_by_one(shop: Shopfront) -> None:
    html = shop.signed_in().get("/clientes?status=ativo&categoria=Consultor").text
    assert names(html) == ["Deuzenir Ferreira"]
    assert 'aria-label="Remover filtro Status: Ativo"' in html
    assert 'href="/clientes?tipo=PF&amp;categoria=Consultor"' in html
    assert 'href="/clientes?tipo=PF&amp;status=ativo"' in html


@pytest.mark.parametrize(
    ("status", "name"), [("inativo", "Otávio Rocha"), ("excluido", "<script>"), ("bloqueado", None)]
)
def test_each_status_shows_its_own(shop: Shopfront, status: str, name: str | None) -> None:
    found = names(shop.signed_in().get(f"/clientes?status={status}").text)
    assert [one.startswith(name or "") for one in found] == ([True] if name else [])


def test_an_unknown_filter_in_the_address_is_ignored(shop: Shopfront) -> None:
    html = shop.signed_in().get("/clientes?tipo=XX&status=nada&antes=abc").text
    assert "Deuzenir Ferreira" in names(html)


def test_the_total_and_the_tabs_count_everybody(shop: Shopfront) -> None:
    html = shop.signed_in().get("/clientes").text
    assert re.search(r"Pessoa Física <span class=\"num\">3<", html)
    assert re.search(r"Pessoa Jurídica <span class=\"num\">2<", html)
    assert "3 clientes" in html


def test_pages_walk_there_and_back(shop: Shopfront, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "PER_PAGE", 2)
    client = shop.signed_in()
    first = client.get("/clientes").text
    older = re.search(r'rel="next" href="(.*?)"', first)
    assert older
    second = client.get(unescape(older[1])).text
    newer = re.search(r'rel="prev" href="(.*?)"', second)
    assert newer
    assert len(names(first)) == 2
    assert len(names(second)) == 1
    assert not set(names(first)) & set(names(second))
    assert 'rel="next"' not in second
    assert names(client.get(unescape(newer[1])).text) == names(first)


def test_a_code_that_is_the_cpf_itself_is_masked(shop: Shopfront) -> None:
    own = Customer(
        external_id="39053344705",
        version=1,
        name="Ana",
        documents=(Document("cpf", "39053344705"),),
    )
    shop.write(own)
    html = shop.signed_in().get("/clientes").text
    assert "39053344705" not in html
    assert "***.533.447-**" in html


def test_new_customer_is_there_disabled_and_says_where_it_is_done(shop: Shopfront) -> None:
    html = shop.signed_in().get("/clientes").text
    assert 'aria-disabled="true" aria-describedby="why-new"' in html
    assert "Cadastros novos são feitos no sistema de origem" in html
    assert (
        'href="https://origem.exemplo/clientes" target="_blank" rel="noopener noreferrer"' in html
    )


def test_the_mark_of_a_list_changes_when_a_customer_on_it_changes(shop: Shopfront) -> None:
    client = shop.signed_in()
    before = client.get("/clientes/marca?tipo=PF").json
    assert client.get("/clientes/marca?tipo=PF").json == before
    shop.write(Customer(external_id="446735", version=2, name="Deuzenir F. Lima"))
    assert client.get("/clientes/marca?tipo=PF").json != before
    assert client.get("/clientes").text.count(client.get("/clientes/marca").json["mark"]) == 1


def test_an_empty_mirror_says_so(shop: Shopfront) -> None:
    html = shop.signed_in().get("/clientes?tipo=PJ&status=inativo").text
    assert "Nenhum cliente combina com esses filtros" in html


def test_settings_tell_what_holds_here(shop: Shopfront) -> None:
    html = shop.signed_in().get("/configuracoes").text
    assert "30 segundos" in html
    assert "***.456.789-**" in html
    assert "loja" in html


def test_every_standing_and_every_field_has_its_words_and_its_place_in_an_address() -> None:
    values = {name: set(axis.values) for name, axis in BARS.items()}
    assert {name: set(told) for name, told in words.STANDINGS.items()} == values
    assert {name: {*told.values()} for name, told in addresses.STANDINGS.items()} == values
    assert set(addresses.AXES.values()) == set(words.AXES) == set(BARS)
    assert set(words.RULES) == set(RULES)
    assert set(words.MISSING) == set(addresses.MISSING.values()) == set(FIELDS)


@pytest.mark.parametrize("kind", ["PF", "PJ", None])
@pytest.mark.parametrize("missing", [(), ("email",), ("email", "phone")])
def test_what_an_address_says_is_what_is_read_from_it(
    mirror_with: Callable[..., Database], ledger: Database, kind: str, missing: tuple[str, ...]
) -> None:
    facets = tuple(
        [("registration", "unknown"), ("category", "A & B=C"), ("group", "ç"), ("tag", "1")]
        + [("seller", "Zé"), ("profile", "x"), ("extra.A.b & c", "é"), ("since", "2026-10")]
        + [("first_purchase", "2025-12")]
        + [(axis.name, value) for axis in BARS.values() for value in axis.values[-1:]]
        + [(f"turn.{axis.name}.{axis.values[1]}", "2026-01") for axis in AXES.values()]
        + [(f"again.{axis.name}.{axis.values[1]}", "2026-02") for axis in AXES.values()]
    )
    told = WebSettings(required=("email", "phone"))
    app = create_app(mirror_with(), ledger, told, wording=Wording(filters=("A.b & c",)))
    with app.test_request_context():
        written = filters_of(kind, facets, missing)
        there = address(written)
    with app.test_request_context(there):
        assert asked_filters() == written


def test_the_menu_leads_everywhere_a_role_may_go(shop: Shopfront) -> None:
    menu = re.compile(r'class="menu-sheet">(.*?)<button', re.DOTALL)
    for role, more in (("attendant", []), ("supervisor", ["/assistente", "/divergencias"])):
        client = shop.signed_in(role, role)
        found = menu.search(client.get("/clientes").text)
        assert found
        links = re.findall(r'href="(.*?)"', found[1])
        assert {"/clientes", "/cobrancas", "/categorias", "/configuracoes", *more} <= {*links}
        assert {client.get(link, follow_redirects=True).status_code for link in links} == {200}
        assert ("/assistente" in links) is ("/divergencias" in links) is bool(more)


def test_a_page_of_the_list_is_a_row_with_its_number_and_a_mark_of_its_filters(shop):
    client = shop.signed_in()
    for page in ("/clientes", "/clientes?antes=999999", "/clientes?tipo=PJ"):
        assert client.get(page).status_code == 200
    filtered, older, first = (row.detail or "" for row in shop.journal())
    assert re.fullmatch(r"list hits=\d+ mark=[0-9a-f]{16}", first)
    assert older == first, "pages of one list have one mark"
    assert filtered[-16:] != first[-16:]


def test_who_listed_enough_for_a_day_is_told_when_it_goes_on(mirror_with, ledger):
    shop = open_shop(mirror_with, ledger, *EVERYBODY, listed_per_day=3)
    client = shop.signed_in()
    assert client.get("/clientes").status_code == 200
    assert client.get("/clientes?tipo=PJ").status_code == 429
    assert "Você chegou ao limite de consultas" in client.get("/clientes?tipo=PJ").text
    assert (shop.journal()[0].outcome, shop.journal()[0].action) == ("limited", "browse")
    assert client.get("/clientes").status_code == 200, "the same page again"
    assert client.get(f"/clientes/{shop.id_of(EVERYBODY[0])}").status_code == 200
