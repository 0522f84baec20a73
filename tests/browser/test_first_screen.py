"""What is seen before anybody scrolls: ten customers, one menu each; on a phone short cards."""

from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from mirror.records import Customer, Document, Loyalty, Payment, Phone
from mirror.store.sealing import Keyring
from tests.browser.conftest import Visit
from tests.browser.pages import LONG
from tests.browser.test_hands import PHONE
from tests.fakes import dealings
from tests.fakes.shopfront import Shopfront
from tests.web.listed_shop import full_shop

pytestmark = pytest.mark.browser

DESK = {"viewport": {"width": 1280, "height": 800}}
LATE = "Em atraso R$\N{NO-BREAK SPACE}2.463,00"
BOXES = """() => [...document.querySelectorAll('tbody tr')].map((row) => {
  const box = row.getBoundingClientRect();
  return [box.top, box.bottom, box.height];
})"""
CONTROLS = """() => [...document.querySelectorAll('a, button, select, summary, input')]
  .filter((one) => one.checkVisibility({visibilityProperty: true})).length"""


@pytest.fixture
def shop(tmp_path: Path, keys: Keyring) -> Shopfront:
    shop = full_shop(tmp_path / "data", keys)
    shop.hire("attendant", "ana")
    shop.hire("supervisor", "rui")
    return shop


def owes(shop: Shopfront, whose: str, amount: int) -> None:
    """What was due long ago and is not paid."""
    more = {"customer": whose, "amount": amount, "due_on": date(2026, 1, 5)}
    late: Payment = dealings.payment("L1", **more)
    dealings.write(shop.mirror, late)


def boxes(page: Page) -> list[tuple[float, float, float]]:
    return [tuple(one) for one in page.evaluate(BOXES)]


def test_ten_customers_are_on_the_first_screen_from_the_top_quarter_on(visit: Visit) -> None:
    page = visit(**DESK)
    rows = boxes(page)
    assert rows[0][0] <= 248
    assert len([bottom for _, bottom, _ in rows if bottom <= 800]) >= 10


def test_a_row_has_its_name_and_one_menu_to_press(visit: Visit) -> None:
    page = visit(**DESK)
    row = page.locator("tbody tr").first
    pressed = row.locator("a, button, summary").filter(visible=True)
    expect(pressed).to_have_count(2)
    assert page.evaluate(CONTROLS) < 80
    row.get_by_label("Ações").click()
    expect(row.get_by_role("button", name="Copiar ID")).to_be_visible()


def test_a_menu_closes_by_escape_and_by_a_click_beside_it(visit: Visit) -> None:
    page = visit(**DESK)
    menu = page.locator(".acts-menu").first
    menu.locator("summary").click()
    expect(menu).to_have_attribute("open", "")
    page.keyboard.press("Escape")
    expect(menu).not_to_have_attribute("open", "")
    menu.locator("summary").click()
    expect(menu).to_have_attribute("open", "")
    page.mouse.click(700, 10)
    expect(menu).not_to_have_attribute("open", "")


def test_between_phones_and_desks_a_row_has_four_columns(visit: Visit) -> None:
    page = visit(viewport={"width": 600, "height": 900})
    for width in (600, 768, 1024):
        page.set_viewport_size({"width": width, "height": 900})
        titles = page.locator("thead th").filter(visible=True)
        expect(titles).to_have_text(["Nome", "CPF", "Telefone", "Status"])
        assert page.evaluate("document.documentElement.scrollWidth") == width


@pytest.mark.parametrize("width", [320, 390, 599])
def test_a_card_on_a_phone_is_at_most_100_px_high(
    visit: Visit, shop: Shopfront, width: int
) -> None:
    shop.write(LONG)
    owes(shop, LONG.external_id, 246_300)
    page = visit(**PHONE | {"viewport": {"width": width, "height": 844}})
    heights = [height for _, _, height in boxes(page)]
    assert heights
    assert max(heights) <= 100


def test_who_is_late_or_blocked_is_marked_in_the_list(visit: Visit, shop: Shopfront) -> None:
    page = visit(**DESK)
    expect(page.get_by_text(LATE)).to_have_count(0)
    whose = page.locator("tbody tr").first.locator("[data-copy-text]").inner_text()
    owes(shop, whose, 246_300)
    page.reload()
    row = page.locator("tbody tr").first
    expect(row).to_contain_text(LATE)
    expect(row).to_have_class("alarm")
    page.goto("/clientes?tipo=todos&status=bloqueado")
    rows = page.locator("tbody tr")
    expect(page.locator("tbody tr.alarm")).to_have_count(rows.count())


def test_what_is_ticked_is_applied_and_the_filter_stays_open(visit: Visit) -> None:
    page = visit(**DESK)
    status = page.locator(".pick").filter(has_text="Bloqueado")
    status.locator("summary").click()
    status.get_by_label("Inativo").check()
    page.wait_for_url("**status=inativo*")
    expect(status.get_by_label("Inativo")).to_be_focused()
    status.get_by_label("Bloqueado").check()
    expect(page.locator(".chip")).to_have_text(["Status: Inativo", "ou Bloqueado"])
    expect(page.get_by_role("button", name="Filtrar")).to_have_count(0)


def test_the_strip_and_the_phone_are_on_a_phones_first_screen(
    visit: Visit, shop: Shopfront
) -> None:
    one = Customer(
        external_id="900001",
        version=1,
        name="Deuzenir Aparecida Ferreira dos Santos",
        registration="active",
        documents=(Document("cpf", "52998224725"),),
        category="Consultor",
        emails=("d@exemplo.com.br",),
        phones=(Phone("+5511987654321", "mobile", label="WhatsApp"),),
        extras={"Limite de crédito": "1500.0"},
        loyalty=Loyalty(points=821, tier="Prata"),
    )
    shop.write(one)
    owes(shop, one.external_id, 246_300)
    page = visit(**PHONE)
    page.goto(f"/clientes/{shop.id_of(one)}")
    seen_to = page.locator(".seek").evaluate("one => one.getBoundingClientRect().top")
    for shown in (page.locator(".band"), page.locator(".strip"), page.get_by_text("-4321")):
        assert shown.evaluate("one => one.getBoundingClientRect().bottom") <= seen_to
    expect(page.locator(".strip")).to_contain_text("R$\N{NO-BREAK SPACE}2.463,00")
