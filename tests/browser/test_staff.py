"""What staff do all day: sign in, look somebody up, press the eye, copy, open WhatsApp."""

from dataclasses import replace
from html import unescape

import msgspec
import pytest
from playwright.sync_api import Locator, Page, Request, expect

from tests.browser.conftest import Visit, because
from tests.fakes.clientele import (
    CPF,
    CPF_SHOWN,
    DEUZENIR,
    EMAIL,
    HOSTILE,
    PHONE_SHOWN,
    SECRETS,
)
from tests.fakes.shopfront import PASSWORD, Shopfront
from web.accounts import staff
from web.shop import EXTENSION

pytestmark = pytest.mark.browser


def search(page: Page, term: str) -> None:
    page.fill("#q", term)
    page.press("#q", "Enter")


def open_deuzenir(page: Page, shop: Shopfront) -> None:
    page.goto(f"/clientes/{shop.id_of(DEUZENIR)}")


def is_whatsapp(request: Request) -> bool:
    return request.url.startswith("https://wa.me/")


def test_one_look_up_by_everything_a_customer_may_say(visit: Visit) -> None:
    page = visit()
    for term in (
        CPF,
        CPF_SHOWN,
        "11987654321",
        "(11) 98765-4321",
        "+55 11 98765-4321",
        "98765-4321",
        EMAIL.upper(),
        "446735",
    ):
        search(page, term)
        expect(page.get_by_role("heading", name="Deuzenir Ferreira")).to_be_visible()
        assert term not in page.url


def test_back_after_opening_a_result_shows_the_results(visit: Visit) -> None:
    page = visit()
    search(page, "ferreira")
    expect(page.get_by_text("1 cliente encontrado")).to_be_visible()
    page.get_by_role("link", name="Deuzenir Ferreira").click()
    page.go_back()
    expect(page.get_by_text("1 cliente encontrado")).to_be_visible()


def test_the_source_of_every_page_is_masked(visit: Visit, shop: Shopfront) -> None:
    page = visit()
    for address in ("/clientes", "/clientes?tipo=PJ", f"/clientes/{shop.id_of(DEUZENIR)}"):
        page.goto(address)
        html = unescape(page.content())
        assert not [secret for secret in SECRETS if secret in html]


def test_the_eye_shows_and_hides_by_itself(visit: Visit, shop: Shopfront) -> None:
    page = visit()
    open_deuzenir(page, shop)
    page.get_by_role("button", name="Revelar CPF").click()
    because(page)
    expect(page.get_by_text(CPF_SHOWN)).to_be_visible()
    expect(page.get_by_role("button", name="Esconder CPF")).to_have_attribute(
        "aria-pressed", "true"
    )
    expect(page.get_by_text(CPF_SHOWN)).to_have_count(0, timeout=10_000)
    expect(page.get_by_role("button", name="Revelar CPF")).to_be_visible()
    assert CPF_SHOWN not in page.content()


def test_the_eye_closes_when_pressed_again(visit: Visit, shop: Shopfront) -> None:
    page = visit()
    open_deuzenir(page, shop)
    page.get_by_role("button", name="Revelar data de nascimento").press("Enter")
    because(page)
    expect(page.get_by_text("09/04/1967")).to_be_visible()
    page.get_by_role("button", name="Esconder data de nascimento").press("Enter")
    expect(page.get_by_text("09/04/1967")).to_have_count(0)
    assert [row.action for row in shop.journal()].count("reveal") == 1


def test_the_chosen_reason_is_what_is_recorded(visit: Visit, shop: Shopfront) -> None:
    page = visit()
    open_deuzenir(page, shop)
    page.get_by_label("Motivo ao revelar").select_option("Nota fiscal ou entrega")
    page.get_by_role("button", name="Revelar endereço", exact=True).click()
    expect(page.get_by_text("Alameda Santos, 120")).to_be_visible()
    assert (shop.journal()[0].field, shop.journal()[0].reason) == ("address-1", "nota")


def test_the_eye_works_on_the_list(visit: Visit) -> None:
    page = visit()
    row = page.get_by_role("row").filter(has_text="446735")
    eye = row.get_by_role("button", name="Revelar CPF")
    row.get_by_label("Ações").click()
    expect(row.get_by_label("Ações")).to_have_accessible_description("Deuzenir Ferreira")
    expect(eye).to_have_accessible_description("Deuzenir Ferreira")
    eye.click()
    because(page)
    expect(row.get_by_text(CPF_SHOWN)).to_be_visible()
    expect(eye).to_be_hidden()
    row.get_by_label("Ações").click()
    row.get_by_role("button", name="Esconder CPF").click()
    expect(page.get_by_text(CPF_SHOWN)).to_be_hidden()


def test_copying_puts_the_full_value_on_the_clipboard(visit: Visit, shop: Shopfront) -> None:
    page = visit(permissions=["clipboard-read", "clipboard-write"])
    open_deuzenir(page, shop)
    page.get_by_role("button", name="Copiar CPF").click()
    because(page)
    expect(page.get_by_role("status").filter(has_text="Copiado")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == CPF_SHOWN
    assert CPF_SHOWN not in page.content()
    assert shop.journal()[0].action == "copy"
    page.get_by_role("button", name="Copiar ID").click()
    expect(page.get_by_role("status").filter(has_text="ID copiado")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == "446735"


def test_whatsapp_opens_elsewhere_and_knows_nothing_of_us(visit: Visit, shop: Shopfront) -> None:
    page = visit()
    open_deuzenir(page, shop)
    with page.context.expect_event("request", is_whatsapp) as asked, page.expect_popup() as opened:
        page.get_by_role("button", name="Abrir conversa no WhatsApp: telefone").click()
        because(page)
    assert asked.value.url == "https://wa.me/5511987654321"
    assert "referer" not in asked.value.headers
    assert opened.value.evaluate("window.opener") is None
    assert shop.journal()[0].action == "whatsapp"


def test_an_email_is_revealed_before_it_can_be_written_to(visit: Visit, shop: Shopfront) -> None:
    page = visit()
    open_deuzenir(page, shop)
    page.get_by_role("button", name="Revelar e-mail").first.click()
    because(page)
    link = page.get_by_role("link", name=EMAIL)
    expect(link).to_have_attribute("href", f"mailto:{EMAIL}")


def test_the_spent_budget_is_told_in_a_sentence(
    visit: Visit, shop: Shopfront, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = shop.app.extensions[EXTENSION]
    spent = msgspec.structs.replace(here.settings, reveals_per_hour=0)
    monkeypatch.setitem(shop.app.extensions, EXTENSION, replace(here, settings=spent))
    page = visit()
    open_deuzenir(page, shop)
    page.get_by_role("button", name="Revelar CPF").click()
    because(page)
    expect(page.get_by_role("status").filter(has_text="limite de consultas")).to_be_visible()
    assert CPF_SHOWN not in page.content()


def test_markup_in_a_customer_is_inert(visit: Visit, shop: Shopfront) -> None:
    page = visit()
    for address in ("/clientes?status=excluido", f"/clientes/{shop.id_of(HOSTILE)}", "/categorias"):
        page.goto(address)
        assert page.evaluate("window.owned") is None
    page.goto(f"/clientes/{shop.id_of(HOSTILE)}")
    expect(page.get_by_role("heading", name=HOSTILE.name)).to_be_visible()


def test_paper_never_shows_a_revealed_value(visit: Visit, shop: Shopfront) -> None:
    page = visit()
    open_deuzenir(page, shop)
    page.get_by_role("button", name="Revelar CPF").click()
    because(page)
    shown = page.get_by_text(CPF_SHOWN)
    expect(shown).to_be_visible()
    page.emulate_media(media="print")
    expect(shown).to_be_hidden()
    expect(page.locator("[data-masked]").first).to_have_text("Parcialmente oculto: ***.982.247-**")
    expect(page.locator("[data-masked]").first).to_be_visible()


def test_a_change_in_the_master_appears_by_itself(visit: Visit, shop: Shopfront) -> None:
    page = visit()
    open_deuzenir(page, shop)
    page.evaluate("window.sameDocument = true")
    shop.write(msgspec.structs.replace(DEUZENIR, version=2, name="Deuzenir Lima"))
    page.evaluate("dispatchEvent(new Event('focus'))")
    expect(page.get_by_role("heading", name="Deuzenir Lima")).to_be_visible()
    assert page.evaluate("window.sameDocument")


def test_the_list_follows_too(visit: Visit, shop: Shopfront) -> None:
    page = visit()
    page.evaluate("window.sameDocument = true")
    shop.write(msgspec.structs.replace(DEUZENIR, version=2, name="Deuzenir Lima"))
    page.evaluate("dispatchEvent(new Event('focus'))")
    expect(page.get_by_role("link", name="Deuzenir Lima")).to_be_visible()
    assert page.evaluate("window.sameDocument")


def test_nothing_moves_under_a_value_being_read(visit: Visit, shop: Shopfront) -> None:
    page = visit()
    open_deuzenir(page, shop)
    page.get_by_role("button", name="Revelar CPF").click()
    because(page)
    expect(page.get_by_text(CPF_SHOWN)).to_be_visible()
    shop.write(msgspec.structs.replace(DEUZENIR, version=2, name="Deuzenir Lima"))
    page.evaluate("dispatchEvent(new Event('focus'))")
    page.get_by_role("button", name="Há novidades: mostrar").click()
    expect(page.get_by_role("heading", name="Deuzenir Lima")).to_be_visible()


def test_a_session_that_is_over_leads_back_to_the_door(visit: Visit, shop: Shopfront) -> None:
    page = visit()
    open_deuzenir(page, shop)
    page.context.clear_cookies()
    page.get_by_role("button", name="Revelar CPF").click()
    because(page)
    page.wait_for_url("**/entrar?para=*")


def test_a_supervisor_reads_what_was_done(visit: Visit, shop: Shopfront) -> None:
    ana = visit("ana")
    open_deuzenir(ana, shop)
    ana.get_by_role("button", name="Revelar telefone", exact=True).click()
    because(ana)
    expect(ana.get_by_text(PHONE_SHOWN)).to_be_visible()
    rui = visit("rui")
    rui.get_by_label("Menu de Rui Lima").click()
    rui.get_by_role("link", name="Auditoria").click()
    expect(rui.get_by_role("cell", name="Revelou")).to_be_visible()


def test_the_reason_is_asked_once_a_visit(visit: Visit, shop: Shopfront) -> None:
    page = visit()
    open_deuzenir(page, shop)
    page.get_by_role("button", name="Revelar CPF").click()
    because(page, "Nota fiscal ou entrega")
    expect(page.get_by_text(CPF_SHOWN)).to_be_visible()
    expect(page.get_by_text("restam 59 nesta hora")).to_be_visible()
    page.reload()
    page.get_by_role("button", name="Revelar data de nascimento").click()
    expect(page.get_by_text("09/04/1967")).to_be_visible()
    assert {row.reason for row in shop.journal() if row.action == "reveal"} == {"nota"}


def test_a_question_that_is_closed_shows_nothing(visit: Visit, shop: Shopfront) -> None:
    page = visit()
    open_deuzenir(page, shop)
    page.get_by_role("button", name="Revelar CPF").click()
    page.keyboard.press("Escape")
    expect(page.get_by_role("status").filter(has_text="Nada foi mostrado")).to_be_visible()
    expect(page.get_by_role("button", name="Revelar CPF")).to_be_focused()
    assert not [row for row in shop.journal() if row.action == "reveal"]


def test_on_a_list_every_customer_is_a_visit(visit: Visit, shop: Shopfront) -> None:
    page = visit()
    page.goto("/clientes?tipo=PJ")

    def press(row: Locator, what: str) -> None:
        row.get_by_label("Ações").click()
        row.get_by_role("button", name=f"{what} CNPJ").click()

    rows = page.locator("tbody tr").filter(has=page.locator('[data-do="eye"]'))
    assert rows.count() >= 2
    press(rows.first, "Revelar")
    because(page)
    press(rows.first, "Esconder")
    press(rows.first, "Revelar")
    expect(page.get_by_role("dialog")).to_have_count(0)
    press(rows.last, "Revelar")
    because(page, "Conferência de cadastro")
    page.wait_for_timeout(300)
    told = [row.reason for row in shop.journal() if row.action == "reveal"]
    assert told == ["conferencia", "atendimento", "atendimento"]


def test_the_password_is_asked_again_in_the_page(
    visit: Visit, shop: Shopfront, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = shop.app.extensions[EXTENSION]
    soon = msgspec.structs.replace(here.settings, reveals_per_password=1)
    monkeypatch.setitem(shop.app.extensions, EXTENSION, replace(here, settings=soon))
    page = visit()
    open_deuzenir(page, shop)
    page.get_by_role("button", name="Revelar data de nascimento").click()
    because(page)
    expect(page.get_by_text("09/04/1967")).to_be_visible()
    page.get_by_role("button", name="Revelar CPF").click()
    page.get_by_label("Sua senha").fill("errada demais")
    page.get_by_role("button", name="Continuar").click()
    expect(page.get_by_text("não confere")).to_be_visible()
    page.get_by_label("Sua senha").fill(PASSWORD)
    page.get_by_role("button", name="Continuar").click()
    expect(page.get_by_text(CPF_SHOWN)).to_be_visible()


def test_a_search_goes_on_behind_a_session_that_ended(visit: Visit, shop: Shopfront) -> None:
    for script in (True, False):
        page = visit(java_script_enabled=script)
        staff.set_role(shop.ledger, "ana", "attendant")
        search(page, CPF)
        expect(page.get_by_text("seu perfil de acesso mudou")).to_be_visible()
        assert CPF not in page.url
        page.fill("#login", "ana")
        page.fill("#password", PASSWORD)
        page.press("#password", "Enter")
        if not script:
            page.get_by_role("button", name="Continuar a busca").click()
        expect(page.get_by_role("heading", name="Deuzenir Ferreira")).to_be_visible()
        page.goto("/clientes")
        page.get_by_text("Vistos por você").click()
        page.locator(".recent").get_by_role("link", name="Deuzenir Ferreira").click()
        expect(page.get_by_role("heading", name="Deuzenir Ferreira")).to_be_visible()
