"""Keyboards, thumbs, printers, old browsers and a store's own network: nobody is left out."""

from typing import Any

import pytest
from playwright.sync_api import expect

from mirror.store.progress import Checkpoint, now_us, save_checkpoint
from tests.browser.conftest import Visit, because
from tests.browser.pages import LONG
from tests.fakes.clientele import CPF, CPF_SHOWN, DEUZENIR, EMAIL
from tests.fakes.shopfront import PASSWORD, Shopfront

pytestmark = pytest.mark.browser

PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "has_touch": True,
    "is_mobile": True,
}
SMALL_TARGETS = """() => {
  const seen = (node) => node.checkVisibility({visibilityProperty: true})
    && !node.closest('.sr, .skip, .tip')
    && getComputedStyle(node).display !== 'inline';
  const targets = document.querySelectorAll('a, button, select, summary, input:not([type=hidden])');
  return [...targets].filter(seen)
    .map((node) => [node, node.type === 'checkbox' ? node.closest('label') : node])
    .map(([node, at]) => [node.outerHTML.slice(0, 90), at.getBoundingClientRect().height])
    .filter(([, height]) => height < 44);
}"""


@pytest.mark.parametrize("shortcut", ["F2", "Control+k"])
def test_a_key_leads_to_the_search_box(visit: Visit, shop: Shopfront, shortcut: str) -> None:
    page = visit()
    page.goto(f"/clientes/{shop.id_of(DEUZENIR)}")
    page.keyboard.press(shortcut)
    expect(page.locator("#q")).to_be_focused()


def test_a_barcode_reader_types_and_presses_enter(visit: Visit) -> None:
    page = visit()
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.type(CPF)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Deuzenir Ferreira")).to_be_visible()


def test_the_disabled_button_says_why_to_keyboard_and_finger(visit: Visit) -> None:
    page = visit()
    button = page.get_by_role("button", name="Novo Cliente")
    why = page.get_by_text("Cadastros novos são feitos no sistema de origem")
    expect(why).to_be_hidden()
    button.focus()
    expect(why).to_be_visible()
    page.keyboard.press("Escape")
    expect(why).to_be_hidden()
    button.click(force=True)  # a person does not ask whether it is enabled
    expect(why).to_be_visible()


def test_everything_works_without_script(visit: Visit, shop: Shopfront) -> None:
    page = visit(java_script_enabled=False)
    page.fill("#q", EMAIL.upper())
    page.press("#q", "Enter")
    expect(page.get_by_role("heading", name="Deuzenir Ferreira")).to_be_visible()
    expect(page.get_by_role("button", name="Copiar CPF")).to_have_count(0)
    page.get_by_role("button", name="Revelar CPF").click()  # the browser itself asks for a reason
    page.wait_for_timeout(300)
    assert page.url.endswith(f"/clientes/{shop.id_of(DEUZENIR)}")
    page.get_by_label("Motivo ao revelar").select_option("Atendimento")
    page.get_by_role("button", name="Revelar CPF").click()
    expect(page.get_by_text(CPF_SHOWN)).to_be_visible()
    page.wait_for_url(f"**/clientes/{shop.id_of(DEUZENIR)}", timeout=10_000)
    assert CPF_SHOWN not in page.content()
    page.get_by_label("Menu de Ana Lima").click()
    page.get_by_role("button", name="Sair").click()
    expect(page.get_by_role("heading", name="Entrar")).to_be_visible()


def test_a_stores_plain_http_network_is_enough(visit: Visit, shop: Shopfront) -> None:
    page = visit(host="loja.test")
    page.fill("#q", CPF)
    page.press("#q", "Enter")
    page.get_by_role("button", name="Revelar CPF").click()
    because(page)
    expect(page.get_by_text(CPF_SHOWN)).to_be_visible()
    page.get_by_role("button", name="Copiar CPF").click()
    expect(page.get_by_role("status").filter(has_text="Copiado")).to_be_visible()
    with page.context.expect_event("request", lambda asked: "wa.me" in asked.url):
        page.get_by_role("button", name="Abrir conversa no WhatsApp: telefone").click()


@pytest.mark.parametrize("address", ["/clientes", "/clientes/{id}", "/auditoria", "/configuracoes"])
def test_on_a_phone_everything_is_big_enough_and_nothing_sticks_out(
    visit: Visit, shop: Shopfront, address: str
) -> None:
    page = visit("rui", **PHONE)
    page.goto(address.format(id=shop.id_of(DEUZENIR)))
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert page.evaluate(SMALL_TARGETS) == []


STICKS_OUT = """() => [...document.querySelectorAll('main *, .bar *')]
  .filter((node) => node.checkVisibility({visibilityProperty: true}))
  .filter((node) => !node.closest('.sr, thead, .slide > *'))
  .filter((node) => node.getBoundingClientRect().right > innerWidth + 1)
  .map((node) => node.outerHTML.slice(0, 90))"""


@pytest.mark.parametrize("width", [320, 390, 1280, 1440])
def test_nothing_sticks_out_however_long_and_unbroken(
    visit: Visit, shop: Shopfront, width: int
) -> None:
    shop.write(LONG)
    then = now_us() - 3 * 86_400 * 1_000_000  # the longest thing the bar has to say
    with shop.mirror.writing() as connection:
        save_checkpoint(connection, Checkpoint(source="loja", listed_at=then, succeeded_at=then))
    page = visit("rui", viewport={"width": width, "height": 800})
    page.goto(f"/clientes/{shop.id_of(LONG)}")
    for address in (page.url, "/clientes", "/auditoria", "/configuracoes", "/categorias"):
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") == width, address
        assert page.evaluate(STICKS_OUT) == [], address


def test_at_1280_a_name_has_room_for_its_words(visit: Visit, shop: Shopfront) -> None:
    page = visit(viewport={"width": 1280, "height": 800})
    name = page.get_by_role("link", name="Deuzenir Ferreira").bounding_box()
    cell = page.locator(".c-name").first.bounding_box()
    assert name is not None
    assert cell is not None
    assert name["height"] < 32  # one line
    assert cell["width"] >= 17 * 16


def test_on_a_phone_a_card_lists_only_what_there_is(visit: Visit, shop: Shopfront) -> None:
    page = visit("rui", **PHONE)
    page.goto(f"/clientes/{shop.id_of(DEUZENIR)}")
    for address in ("/clientes", "/auditoria"):
        page.goto(address)
        shown = page.locator(".people td").filter(visible=True).all_inner_texts()
        assert shown
        assert not [text for text in shown if "—" in text]


def test_on_a_phone_the_search_box_is_under_the_thumb(visit: Visit) -> None:
    page = visit(**PHONE)
    box = page.locator(".seek").bounding_box()
    assert box is not None
    assert box["y"] > 844 * 0.8


def test_the_theme_is_remembered(visit: Visit) -> None:
    page = visit(color_scheme="light")
    background = "getComputedStyle(document.documentElement).backgroundColor"
    light = page.evaluate(background)
    page.get_by_label("Menu de Ana Lima").click()
    page.get_by_role("button", name="Tema escuro").click()
    dark = page.evaluate(background)
    assert dark != light
    page.reload()
    assert page.evaluate(background) == dark


def test_a_copy_that_stops_is_told_on_the_open_page(visit: Visit, shop: Shopfront) -> None:
    page = visit()
    expect(page.locator("#fresh-notice")).to_be_hidden()
    then = now_us() - 7300 * 1_000_000
    with shop.mirror.writing() as connection:
        save_checkpoint(connection, Checkpoint(source="loja", listed_at=then, succeeded_at=then))
    page.evaluate("dispatchEvent(new Event('focus'))")
    expect(page.locator("#fresh-notice")).to_contain_text("Parado: atualizado há 2 h.")


def test_after_leaving_the_back_button_shows_nobody(visit: Visit) -> None:
    page = visit()
    page.get_by_role("link", name="Deuzenir Ferreira").click()
    page.get_by_label("Menu de Ana Lima").click()
    page.get_by_role("button", name="Sair").click()
    expect(page.get_by_role("heading", name="Entrar")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", name="Entrar")).to_be_visible()


def test_a_wrong_password_is_said_and_the_right_one_still_opens(visit: Visit) -> None:
    page = visit(login=None)
    page.fill("#login", "ana")
    page.fill("#password", "errada demais")
    page.press("#password", "Enter")
    expect(page.get_by_role("alert")).to_contain_text("Usuário ou senha não conferem")
    expect(page.locator("#login")).to_have_value("ana")
    expect(page.locator("#password")).to_be_focused()
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")
    expect(page.get_by_role("heading", name="Cadastro de Clientes")).to_be_visible()
