"""What staff do all day, under everything that may be wrong meanwhile: one table of both.

Without scripts, over a slow line, with the copy long stopped because its master is down, and with a
session that ends in the middle: each flow comes to its end, and what was asked for is not lost.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from playwright.sync_api import CDPSession, Page, expect

from mirror.ledger import hints
from mirror.store.progress import Checkpoint, now_us, save_checkpoint
from mirror.store.sealing import Keyring
from tests.browser.conftest import Visit
from tests.browser.pages import FULL, everything
from tests.fakes.clientele import CPF, CPF_SHOWN, MEI
from tests.fakes.shopfront import PASSWORD, Shopfront

pytestmark = pytest.mark.browser

Act = Callable[[Page, Shopfront], None]
DAYS_US = 3 * 86_400 * 1_000_000


def sought(page: Page, term: str) -> None:
    page.fill("#q", term)
    page.press("#q", "Enter")


def by_number(page: Page, _: Shopfront) -> None:
    sought(page, CPF)
    expect(page.get_by_role("heading", name="Deuzenir Ferreira")).to_be_visible()


def by_name(page: Page, _: Shopfront) -> None:
    sought(page, "tiago moura")
    page.get_by_role("link", name="Tiago Moura", exact=True).first.click()
    expect(page.get_by_role("heading", name="Tiago Moura")).to_be_visible()


def told_apart(page: Page, _: Shopfront) -> None:
    sought(page, "tiago moura")
    page.get_by_label("Ano de nascimento").fill("1963")
    page.get_by_role("button", name="Estreitar").click()
    expect(page.get_by_text("nascimento em 1963")).to_be_visible()
    expect(page.get_by_role("heading", name="1 cliente encontrado")).to_be_visible()
    assert "1963" not in page.url


def revealed(page: Page, shop: Shopfront) -> None:
    page.goto(f"/clientes/{shop.id_of(FULL)}")
    page.get_by_label("Motivo ao revelar").select_option("Atendimento")
    page.get_by_role("button", name="Revelar CPF").click()
    expect(page.get_by_text(CPF_SHOWN)).to_be_visible()


def narrowed(page: Page, _: Shopfront) -> None:
    page.goto("/clientes?tipo=todos")
    status = page.locator("details.pick", has=page.locator("input[name=status]"))
    status.locator("summary").click()
    status.get_by_label("Bloqueado").check()
    button = page.get_by_role("button", name="Filtrar")
    if button.count():  # without scripts
        button.click()
    expect(page.locator(".chip")).to_have_text(["Status: Bloqueado"])


def charged(page: Page, _: Shopfront) -> None:
    page.goto("/cobrancas")
    page.get_by_role("link", name=re.compile("^Pagas")).click()
    expect(page.get_by_role("link", name=re.compile("^Pagas"))).to_have_attribute(
        "aria-current", "page"
    )
    page.get_by_label("Mês anterior").click()
    expect(page).to_have_url(re.compile(r"mes=\d{4}-\d\d.*situacao=pagas"))


def asked_for(page: Page, _: Shopfront) -> None:
    sought(page, "AB-79")
    page.get_by_role("button", name="Buscar na origem agora").click()
    expect(page.get_by_text("a resposta chega em instantes")).to_be_visible()


def granted(page: Page, _: Shopfront) -> None:
    page.goto("/equipe")
    share = page.get_by_role("listitem").filter(has_text="Ana Lima")
    share.get_by_role("button", name=re.compile("10")).click()
    expect(share).to_contain_text("10 a mais por rui")


def turned_away(page: Page, _: Shopfront) -> None:
    page.goto("/clientes")
    button = page.get_by_role("button", name="Novo Cliente")
    button.focus()
    expect(page.get_by_text("Cadastros novos são feitos no sistema de origem")).to_be_visible()


FLOWS: dict[str, Act] = {
    "a number opens who has it": by_number,
    "a name is searched and opened": by_name,
    "a name is told apart": told_apart,
    "a value is revealed": revealed,
    "a list is narrowed": narrowed,
    "charges of another month": charged,
    "a code is asked for at the master": asked_for,
    "more is granted": granted,
    "why nothing can be edited": turned_away,
}


def as_ever(page: Page, shop: Shopfront) -> None:
    pass


def slowly(page: Page, shop: Shopfront) -> None:
    """As on a bad mobile line: everything takes its time, and nothing is in the cache."""
    line: CDPSession = page.context.new_cdp_session(page)
    line.send("Network.enable")
    line.send("Network.setCacheDisabled", {"cacheDisabled": True})
    rate = 50_000  # bytes a second
    slow = {"offline": False, "latency": 150, "downloadThroughput": rate, "uploadThroughput": rate}
    line.send("Network.emulateNetworkConditions", slow)


def stopped(page: Page, shop: Shopfront) -> None:
    """The master has been down for days: the copy is old and says so."""
    then = now_us() - DAYS_US
    with shop.mirror.writing() as connection:
        save_checkpoint(connection, Checkpoint(source="loja", listed_at=then, succeeded_at=then))
    page.reload()
    expect(page.locator("#fresh-notice")).to_contain_text("Parado")


CONDITIONS: dict[str, tuple[dict[str, Any], Act]] = {
    "without scripts": ({"java_script_enabled": False}, as_ever),
    "slowly": ({}, slowly),
    "with the master down": ({}, stopped),
}


@pytest.fixture
def shop(tmp_path: Path, keys: Keyring) -> Shopfront:
    return everything(tmp_path / "data", keys)


@pytest.mark.parametrize("condition", CONDITIONS)
def test_every_flow_comes_to_its_end(visit: Visit, shop: Shopfront, condition: str) -> None:
    profile, begun = CONDITIONS[condition]
    page = visit("rui", **profile)
    begun(page, shop)
    for flow in FLOWS.values():
        flow(page, shop)


@pytest.mark.parametrize("scripts", [True, False])
def test_a_session_that_ends_in_the_middle_loses_nothing(
    visit: Visit, shop: Shopfront, scripts: bool
) -> None:
    page = visit("rui", java_script_enabled=scripts)

    def over() -> None:
        with shop.ledger.writing() as connection:
            connection.exec_driver_sql("UPDATE session SET ended = 'role_changed'")

    def entered() -> None:
        expect(page.get_by_text("seu perfil de acesso mudou")).to_be_visible()
        page.fill("#login", "rui")
        page.fill("#password", PASSWORD)
        page.press("#password", "Enter")

    over()
    sought(page, CPF)  # a search goes on by itself, or by one press
    entered()
    if not scripts:
        page.get_by_role("button", name="Continuar a busca").click()
    expect(page.get_by_role("heading", name="Deuzenir Ferreira")).to_be_visible()
    over()
    page.get_by_role("link", name=re.compile("^Pagamentos")).first.click()  # a page is come back to
    entered()
    expect(page).to_have_url(re.compile(r"/clientes/\d+/pagamentos$"))
    over()
    page.get_by_label("Motivo ao revelar").select_option("Atendimento")
    page.get_by_role("button", name=re.compile("^Revelar")).first.click()  # so is that of an eye
    entered()
    expect(page).to_have_url(re.compile(r"/clientes/\d+/pagamentos"))
    assert not [row for row in shop.journal() if row.action == "reveal"]


@pytest.mark.parametrize("scripts", [True, False])
def test_whom_the_master_was_asked_for_appears_by_themselves(
    visit: Visit, shop: Shopfront, scripts: bool
) -> None:
    page = visit("rui", java_script_enabled=scripts)
    asked_for(page, shop)
    shop.write(msgspec.structs.replace(MEI, external_id="AB-79", name="Vinda Agora"))
    hints.settle(shop.ledger, hints.taken(shop.ledger, "loja"))
    expect(page.get_by_role("link", name="Vinda Agora")).to_be_visible(timeout=30_000)


def test_a_month_that_is_sought_says_so(visit: Visit, shop: Shopfront) -> None:
    page = visit("rui")
    page.goto("/assistente")
    page.route("**/assistente?*", lambda route: route.fulfill(status=204))
    page.get_by_role("button", name="Ver", exact=True).click()
    expect(page.get_by_role("button", name="Buscando…")).to_be_visible()
