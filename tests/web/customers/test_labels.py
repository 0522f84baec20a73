"""Categories, groups, tags and the shop's own fields: every value, counted, with its list."""

import re
from collections.abc import Callable
from functools import partial
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from mirror.records import Customer
from mirror.store.sealing import Keyring
from tests.fakes.shopfront import Shopfront
from tests.web.listed_shop import EVERYBODY, One, by_hand, codes, full_shop, link, listed_shop
from web.customers import labels


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, keys: Keyring) -> Shopfront:
    return full_shop(tmp_path_factory.mktemp("labels") / "data", keys)


@pytest.fixture(scope="module")
def client(shop: Shopfront) -> FlaskClient:
    return shop.signed_in()


def rows(html: str) -> dict[str, tuple[str | None, int]]:
    """Every label of a page, in its order: where it leads and how many have it."""
    found = re.findall(
        r'<tr><td>(?:<a href="([^"]*)">|<span>)<bdi>(.*?)</bdi>.*?num">([\d.]+)<', html
    )
    return {
        unescape(text): (unescape(url) or None, int(number.replace(".", "")))
        for url, text, number in found
    }


PAGES: dict[str, Callable[[One], tuple[str | None, ...]]] = {
    "/categorias": lambda one: (one.category,),
    "/grupos": lambda one: (one.group,),
    "/etiquetas": lambda one: one.tags,
    "/vendedores": lambda one: (one.seller,),
    "/campos/Tamanho": lambda one: (one.size,),
}


def _has(page: str, value: str, one: One) -> bool:
    return value in PAGES[page](one)


@pytest.mark.parametrize("page", PAGES)
def test_every_value_is_there_with_the_number_of_its_list(client: FlaskClient, page: str) -> None:
    found = rows(client.get(page).text)
    values = {value for one in EVERYBODY for value in PAGES[page](one) if value}
    assert list(found) == sorted(values, key=str.casefold)
    for value, (address, number) in found.items():
        assert address
        expected = by_hand(partial(_has, page, value))
        assert codes(client, address) == expected
        assert number == len(expected)


@pytest.mark.parametrize(
    ("page", "address"),
    [
        ("/categorias", "/clientes?tipo=todos&categoria=Prata+%26+Cia"),
        ("/grupos", "/clientes?tipo=todos&grupo=Matr%C3%ADcula+2025"),
        ("/etiquetas", "/clientes?tipo=todos&etiqueta=VIP"),
        ("/campos/Tamanho", "/clientes?tipo=todos&campo.Tamanho=G"),
    ],
)
def test_a_value_leads_to_the_list_filtered_by_it(
    client: FlaskClient, page: str, address: str
) -> None:
    assert address in {url for url, _ in rows(client.get(page).text).values()}


def test_within_a_list_it_counts_that_list_and_leads_back_to_it(client: FlaskClient) -> None:
    html = client.get("/etiquetas?tipo=PJ&atividade=lead&etiqueta=newsletter").text
    assert 'aria-label="Remover filtro Atividade: Leads"' in html
    assert "Etiqueta: " not in html
    address, number = rows(html)["VIP"]
    assert address == "/clientes?tipo=PJ&atividade=lead&etiqueta=VIP"
    assert number == len(codes(client, address))


def test_what_nobody_there_has_is_shown_and_leads_nowhere(client: FlaskClient) -> None:
    html = client.get("/campos/Tamanho?tipo=PF").text  # who is C-3, C-6… is a company and has P
    assert rows(html)["P"] == (None, 0)
    assert rows(html)["M"][1] > 0


def test_labels_of_the_inactive_only_are_shown_as_such(tmp_path: Path, keys: Keyring) -> None:
    shop = listed_shop(tmp_path / "data", keys)
    shop.write(
        Customer(external_id="1", version=1, category="Nova", registration="active"),
        Customer(external_id="2", version=1, category="Velha", registration="inactive"),
        Customer(external_id="3", version=1, category="Nova", registration="blocked"),
    )
    html = shop.signed_in().get("/categorias").text
    assert rows(html) == {
        "Nova": ("/clientes?tipo=todos&categoria=Nova", 2),
        "Velha": ("/clientes?tipo=todos&categoria=Velha", 1),
    }
    of = {row.split("<bdi>")[1].split("<")[0]: row for row in html.split("<tr>")[2:]}
    assert "sem cadastro ativo" in of["Velha"]
    assert "sem cadastro ativo" not in of["Nova"]


def test_it_says_where_they_are_made(tmp_path: Path, keys: Keyring) -> None:
    shop = listed_shop(tmp_path / "data", keys, settings={"master_url": "https://origem.exemplo/"})
    html = shop.signed_in().get("/grupos").text
    assert "aqui não se alteram" in html
    assert 'href="https://origem.exemplo/" target="_blank" rel="noopener noreferrer"' in html
    assert "não enviou nenhum valor" in html


def test_a_label_that_nobody_has_any_more_is_gone(tmp_path: Path, keys: Keyring) -> None:
    shop = listed_shop(tmp_path / "data", keys)
    shop.write(Customer(external_id="1", version=1, category="Nova"))
    shop.write(Customer(external_id="1", version=2, category="Outra"))
    assert list(rows(shop.signed_in().get("/categorias").text)) == ["Outra"]


def test_thousands_are_walked_page_by_page_or_by_the_first_letter(
    tmp_path: Path, keys: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(labels, "PER_PAGE", 4)
    tags = ("Álamo", "abeto", "Buriti", "cedro", "Cajá", "7 léguas", "Caqui", "cipó", "Coco")
    shop = listed_shop(tmp_path / "data", keys)
    shop.write(Customer(external_id="1", version=1, tags=tags))
    client = shop.signed_in()
    in_order = ["7 léguas", "abeto", "Álamo", "Buriti", "Cajá", "Caqui", "cedro", "cipó", "Coco"]
    found: list[Any] = []
    address = "/etiquetas"
    while address:
        html = client.get(address).text
        found += rows(html)
        address = link(html, 'rel="next"') or ""
    assert found == in_order
    assert len(rows(client.get(link(html, 'rel="prev"') or "").text)) == 4
    letters = dict(re.findall(r'<a href="([^"]*letra=[^"]*)">(.)<', html))
    assert sorted(letters.values()) == ["#", "A", "B", "C"]
    of_c = next(unescape(url) for url, letter in letters.items() if letter == "C")
    html = client.get(of_c).text
    assert [*rows(html), *rows(client.get(link(html, 'rel="next"') or "").text)] == in_order[4:]


@pytest.mark.parametrize("nonsense", ["letra=Z", "letra=", "pagina=-1", "pagina=99", "pagina=x"])
def test_a_page_that_is_not_there_is_the_nearest(client: FlaskClient, nonsense: str) -> None:
    assert len(rows(client.get(f"/etiquetas?{nonsense}").text)) == 2


def test_only_chosen_fields_have_a_page(client: FlaskClient) -> None:
    assert client.get("/campos/CPF").status_code == 404


def test_the_three_are_one_click_apart_and_others_where_there_are_any(
    client: FlaskClient,
) -> None:
    html = client.get("/categorias").text
    tabs = html[html.index('class="tabs"') :].split("</nav>")[0]
    assert re.findall(r"<bdi>(.*?)</bdi>", tabs) == [
        "Categorias", "Grupos", "Etiquetas", "Vendedores", "Tamanho",
    ]  # fmt: skip
    listed = client.get("/clientes").text
    assert 'href="/categorias"' in listed


def test_nobody_from_outside_sees_them(shop: Shopfront) -> None:
    stranger = shop.app.test_client()
    for page in PAGES:
        answer = stranger.get(page)
        assert (answer.status_code, "/entrar" in (answer.location or "")) == (303, True)
