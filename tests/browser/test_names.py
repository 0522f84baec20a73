"""Names in the browser: arrows walk through what was found, Enter opens, also without scripts."""

import re
from datetime import date

import pytest
from playwright.sync_api import Page, expect

from mirror.records import Address, Customer, Document, Phone
from tests.browser.conftest import Visit
from tests.fakes.shopfront import Shopfront

NAMES = ("Thiago Moura", "Tiago Moura de Albuquerque", "Thiago Moura")
CITIES = (
    ("11", "São José do Rio Preto", "SP"),
    ("21", "Rio de Janeiro", "RJ"),
    ("81", "Olinda", "PE"),
)

pytestmark = pytest.mark.browser


@pytest.fixture
def alike(shop: Shopfront) -> Shopfront:
    """Thirty of one name and sound."""
    shop.write(
        *(
            Customer(
                external_id=f"9{number:03}",
                version=1,
                name=NAMES[number % 3],
                registration=("active", "blocked")[number % 7 == 3],
                phones=(Phone(f"+55{CITIES[number % 3][0]}9{70_000_000 + number}", "mobile"),),
                addresses=(Address(city=CITIES[number % 3][1], state=CITIES[number % 3][2]),),
                birth_date=date(1960 + number, 3, 14),
                documents=(Document("cpf", "11144477735"),) if number in (28, 29) else (),
            )
            for number in range(30)
        )
    )
    return shop


def searched(page: Page, term: str) -> None:
    page.fill("#q", term)
    page.press("#q", "Enter")
    page.wait_for_url("**/clientes/busca/*")


def test_arrows_walk_through_what_was_found_and_enter_opens(alike: Shopfront, visit: Visit) -> None:
    page = visit()
    searched(page, "tiago moura")
    names = page.locator(".hits .name")
    page.focus("#q")
    page.keyboard.press("ArrowDown")
    expect(names.nth(0)).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(names.nth(1)).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/clientes/[0-9]+$"))


@pytest.mark.parametrize("scripts", [True, False])
def test_results_are_turned_to_the_end_with_and_without_scripts(
    alike: Shopfront, visit: Visit, scripts: bool
) -> None:
    page = visit(java_script_enabled=scripts)
    searched(page, "tiago moura")
    found = page.locator(".hits .name").count()
    page.click("[rel=next]")
    page.wait_for_load_state()
    assert found + page.locator(".hits .name").count() == 30
    page.go_back()
    assert page.locator(".hits .name").count() == found


@pytest.mark.parametrize("size", [(390, 844), (768, 1024), (1280, 800)])
def test_what_tells_people_apart_is_in_sight_and_nothing_sticks_out(
    alike: Shopfront, visit: Visit, size: tuple[int, int]
) -> None:
    page = visit(viewport={"width": size[0], "height": size[1]})
    searched(page, "tiago moura")
    narrow = size[0] < 1024
    where, city = page.locator(".hits .tells").first, page.locator(".hits td.c-mail").first
    assert (where.is_visible(), city.is_visible()) == (narrow, not narrow)
    assert "Rio de Janeiro/RJ" in (where if narrow else city).inner_text()
    assert page.locator(".hits .fits").first.is_visible()
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0
