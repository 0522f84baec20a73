"""Bars, filters, labels and differences in a browser: by thumb, keyboard, in both themes."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from mirror.store.sealing import Keyring
from tests.browser.conftest import Visit
from tests.browser.pages import LONG_LABELS, UNBROKEN
from tests.browser.test_hands import PHONE, SMALL_TARGETS, STICKS_OUT
from tests.fakes.shopfront import Shopfront
from tests.web.listed_shop import EVERYBODY, PAID, TURNED, did, full_shop, payment
from web.settings import SourceRules

pytestmark = pytest.mark.browser

PAGES = (
    "/clientes",
    "/clientes?tipo=todos&atividade=arquivado&incompletos=sim",
    f"/clientes?tipo=todos&relacionamento=ativo&ficou.atividade.inativo={TURNED}",
    "/etiquetas?tipo=PF&status=ativo",
    "/campos/Tamanho",
    "/divergencias",
    "/configuracoes",
    "/configuracoes/regras",
)


@pytest.fixture
def shop(tmp_path: Path, keys: Keyring) -> Shopfront:
    labels = {"azata": {"contact": f"Contatos de {UNBROKEN}"}}
    sources = (SourceRules("loja", ("conta_base", "azata"), filters=(UNBROKEN,)),)
    shop = full_shop(tmp_path / "data", keys, labels=labels, sources=sources)
    shop.write(LONG_LABELS)
    shop.hire("attendant", "ana")
    shop.hire("supervisor", "rui")
    return shop


def opened(page: Page) -> Iterator[str]:
    """Every page, with all that can be unfolded unfolded."""
    for address in PAGES:
        page.goto(address)
        page.evaluate("document.querySelectorAll('.unfold, .pick').forEach(one => one.open = true)")
        yield address


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_nothing_of_a_list_sticks_out(visit: Visit, width: int) -> None:
    page = visit("rui", viewport={"width": width, "height": 800})
    for address in opened(page):
        assert page.evaluate(STICKS_OUT) == [], address
        assert page.evaluate("document.documentElement.scrollWidth") == width, address


def test_on_a_phone_every_value_is_big_enough_for_a_thumb(visit: Visit) -> None:
    page = visit("rui", **PHONE)
    small = {address: page.evaluate(SMALL_TARGETS) for address in opened(page)}
    assert not {address: targets for address, targets in small.items() if targets}


def test_one_click_filters_and_one_click_leads_back_also_without_script(visit: Visit) -> None:
    page = visit(java_script_enabled=False)
    bar = page.get_by_role("navigation", name="Atividade")
    everybody = page.locator(".foot p").inner_text()
    bar.get_by_role("link", name="Inativos").click()
    chosen = bar.get_by_role("link", name="Inativos")
    expect(chosen).to_have_attribute("aria-current", "true")
    expect(page.locator(".foot p")).to_have_text(f"{chosen.locator('b').inner_text()} clientes")
    bar.get_by_role("link", name="Todos").click()
    expect(page.locator(".foot p")).to_have_text(everybody)


def test_filters_are_laid_on_and_taken_off_by_keyboard(visit: Visit) -> None:
    page = visit()
    page.get_by_text("Mais situações").press("Enter")
    page.get_by_role("link", name="Contatos de").press("Enter")
    page.get_by_text("Mais filtros").press("Enter")
    page.locator("summary").filter(has_text="Vendedor").press("Enter")
    page.get_by_label("Rui").press("Space")
    expect(page.locator(".chip")).to_have_count(2)
    page.get_by_role("link", name="Remover filtro Relacionamento").press("Enter")
    expect(page.locator(".chip")).to_have_text(["Vendedor: Rui"])
    assert "vendedor=Rui" in page.url
    assert "relacionamento" not in page.url


def test_a_standing_that_moves_appears_by_itself(visit: Visit, shop: Shopfront) -> None:
    page = visit()
    leads = page.get_by_role("link", name="Leads").locator("b").first
    before = int(leads.inner_text())
    page.evaluate("window.sameDocument = true")
    did(shop.mirror, "payments", [payment(900, "C-4", PAID)])
    page.evaluate("document.activeElement.blur(); dispatchEvent(new Event('focus'))")
    expect(leads).to_have_text(str(before - 1))
    assert page.evaluate("window.sameDocument")


def test_a_label_leads_to_its_customers(visit: Visit) -> None:
    page = visit()
    page.get_by_label("Menu de Ana Lima").click()
    page.get_by_role("link", name="Categorias, grupos e etiquetas").click()
    page.get_by_role("link", name="Etiquetas").click()
    row = page.get_by_role("row").filter(has=page.get_by_role("link", name="VIP"))
    many = row.get_by_role("cell").last.inner_text()
    row.get_by_role("link").click()
    expect(page.locator(".foot p")).to_have_text(f"{many} clientes")


def test_several_values_are_ticked_in_one_filter_also_without_script(visit: Visit) -> None:
    page = visit(java_script_enabled=False)
    status = page.locator(".pick").filter(has_text="Bloqueado")
    status.locator("summary").click()
    status.get_by_label("Inativo").check()
    status.get_by_label("Bloqueado").check()
    page.get_by_role("button", name="Filtrar").click()
    expect(page.locator(".chip")).to_have_text(["Status: Inativo", "ou Bloqueado"])
    expect(status.locator("summary")).to_have_text("Status: Inativo, Bloqueado")
    page.get_by_role("link", name="Remover filtro Status: Inativo").click()
    expect(page.locator(".chip")).to_have_text(["Status: Bloqueado"])


def test_hits_of_a_search_are_narrowed_and_turned_and_the_term_is_in_no_address(
    visit: Visit, shop: Shopfront
) -> None:
    page = visit()
    page.fill("#q", "pessoa")
    page.press("#q", "Enter")
    page.wait_for_url("**/clientes/busca/*")
    found = len(EVERYBODY)
    expect(page.locator("h1")).to_have_text(f"{found} clientes encontrados")
    page.get_by_role("link", name="Próximos").click()
    expect(page.locator("tbody [role=row]").first).to_be_visible()
    status = page.locator(".pick").filter(has_text="Bloqueado")
    status.locator("summary").click()
    status.get_by_label("Excluído").check()
    deleted = sum(one.registration == "deleted" for one in EVERYBODY)
    expect(page.locator("h1")).to_have_text(f"{deleted} clientes encontrados")
    assert "pessoa" not in page.url.lower()
    page.get_by_role("link", name="ver todos").click()
    expect(page.locator("h1")).to_have_text(f"{found} clientes encontrados")
    assert "pessoa" not in page.url.lower()


def test_churn_and_lost_are_one_click_below_the_archived(visit: Visit) -> None:
    page = visit()
    page.get_by_role("navigation", name="Atividade").get_by_role(
        "link", name=re.compile("^Arquivados")
    ).click()
    why = page.get_by_role("navigation", name="Arquivados")
    churn = why.get_by_role("link", name="Churn")
    many = churn.locator("b").inner_text()
    churn.click()
    expect(page.locator(".foot p")).to_have_text(f"{many} clientes")
