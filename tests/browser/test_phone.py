"""What a phone shows first, and the way back to where one was."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from mirror.store.sealing import Keyring
from tests.browser.conftest import Visit
from tests.browser.test_hands import PHONE
from tests.fakes import dealings
from tests.fakes.shopfront import Shopfront
from tests.web.listed_shop import full_shop

pytestmark = pytest.mark.browser

FILTERED = "/clientes?tipo=PF&status=inativo&vendedor=Rui&incompletos=sim"


@pytest.fixture
def shop(tmp_path: Path, keys: Keyring) -> Shopfront:
    shop = full_shop(tmp_path / "data", keys)
    shop.hire("attendant", "ana")
    return shop


def edge(page: Page, selector: str, side: str) -> float:
    found = page.locator(selector).first.evaluate(f"one => one.getBoundingClientRect().{side}")
    return float(found)


@pytest.mark.parametrize("address", ["/clientes", FILTERED])
def test_the_first_customer_is_wholly_on_the_first_screen(visit: Visit, address: str) -> None:
    page = visit(**PHONE)
    page.goto(address)
    assert edge(page, "tbody tr", "bottom") <= edge(page, ".seek", "top")
    expect(page.get_by_text("Cópia de leitura: os dados vêm do sistema de origem")).to_be_visible()


def test_filters_unfold_and_filter_without_script(visit: Visit) -> None:
    page = visit(java_script_enabled=False, **PHONE)
    page.goto(FILTERED)
    status = page.locator("details.pick", has=page.locator("input[name=status]")).locator("summary")
    expect(status).to_be_hidden()
    expect(page.get_by_role("navigation", name="Atividade")).to_be_hidden()
    page.get_by_text("Filtros (3)").click()
    expect(page.get_by_role("navigation", name="Atividade")).to_be_visible()
    status.click()
    page.locator("input[name=status][value=ativo]").check()
    page.get_by_role("button", name="Filtrar").click()
    expect(page.locator(".chip").first).to_have_text("Status: Ativo")


def test_a_wide_screen_has_nothing_folded(visit: Visit) -> None:
    page = visit()
    expect(page.locator("summary", has_text="Status").first).to_be_visible()
    expect(page.get_by_text("Filtros", exact=True)).to_be_hidden()
    expect(page.get_by_role("button", name="Novo Cliente")).to_be_visible()


def test_a_customers_tabs_are_one_row_that_shows_the_one_chosen(
    visit: Visit, shop: Shopfront
) -> None:
    page = visit(**PHONE)
    whose = {"customer": page.locator("[data-copy-text]").first.inner_text()}
    made = dealings.order(**whose), dealings.deal(**whose), dealings.visit(**whose)
    dealings.write(shop.mirror, *made)
    page.locator("a.name").first.click()
    assert edge(page, ".tabs-customer", "height") < 50
    beyond = "nav.tabs-customer > a:last-of-type"
    assert edge(page, beyond, "right") > 390
    page.locator(beyond).click()
    expect(page.locator(beyond)).to_have_attribute("aria-current", "page")
    assert edge(page, beyond, "right") <= 390


def test_the_way_back_leads_to_the_list_as_it_was(visit: Visit) -> None:
    page = visit()
    page.goto(FILTERED)
    left = page.url
    page.locator("a.name").first.click()
    page.get_by_label("Abas do cliente").get_by_role("link").last.click()
    page.get_by_role("link", name="Cadastro de Clientes").click()
    expect(page).to_have_url(left)


def test_without_script_the_way_back_leads_to_all_of_the_kind(visit: Visit) -> None:
    page = visit(java_script_enabled=False)
    page.goto(FILTERED)
    page.locator("a.name").first.click()
    back = page.get_by_role("link", name="Cadastro de Clientes")
    expect(back).to_have_attribute("href", "/clientes?tipo=PF")
