"""The tabs of a customer in a real browser: to reach, to copy from, to take along, to print."""

import json

import pytest
from playwright.sync_api import Request, expect

from tests.browser.conftest import Visit, because
from tests.fakes import dealings
from tests.fakes.clientele import DEUZENIR
from tests.fakes.dealings import BOLETO, PIX, deal, order, payment, visit
from tests.fakes.shopfront import Shopfront

pytestmark = pytest.mark.browser

TABS = (
    *("", "/pedidos", "/pedidos/1", "/pagamentos", "/negocios", "/visitas", "/relacionamento"),
    *("/contatos", "/dependentes"),
)
LONG = "Comprida" * 12


def is_boleto(request: Request) -> bool:
    return request.url == BOLETO


@pytest.fixture
def home(shop: Shopfront) -> str:
    """The address of a customer who did one of everything, with words that do not break."""
    dealings.write(
        shop.mirror,
        order(),
        order("8002", number=LONG, state_received=LONG),
        payment(),
        payment("9002", description=LONG, state="paid"),
        deal(title=LONG, loss_reason=LONG),
        visit(page=f"https://loja.exemplo/{LONG}"),
    )
    return f"/clientes/{shop.id_of(DEUZENIR)}"


def test_nothing_is_wider_than_the_screen(visit: Visit, home: str) -> None:
    page = visit()
    for tab in TABS:
        page.goto(home + tab)
        for width in (320, 390, 1100, 1280):
            page.set_viewport_size({"width": width, "height": 700})
            assert page.evaluate("document.documentElement.scrollWidth") == width, (tab, width)


def test_every_tab_is_a_link_away(visit: Visit, home: str) -> None:
    page = visit()
    page.goto(home)
    for label in ("Pedidos", "Pagamentos", "Negócios", "Visitas", "Relacionamento", "Resumo"):
        page.get_by_label("Abas do cliente").get_by_role("link", name=label).click()
        here = page.get_by_label("Abas do cliente").locator("[aria-current=page]")
        expect(here).to_contain_text(label)


def test_a_code_is_copied_without_being_shown(visit: Visit, shop: Shopfront, home: str) -> None:
    page = visit(permissions=["clipboard-read", "clipboard-write"])
    page.goto(f"{home}/pagamentos")
    page.get_by_role("button", name="Copiar pix copia e cola").first.click()
    because(page)
    expect(page.get_by_role("status").filter(has_text="Copiado")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == PIX
    assert PIX not in page.content()
    assert (shop.journal()[0].action, shop.journal()[0].field) == ("copy", "payment_pix")


def test_without_script_a_code_is_a_page_away(visit: Visit, home: str) -> None:
    page = visit(java_script_enabled=False)
    page.goto(f"{home}/pagamentos")
    page.get_by_label("Motivo ao revelar").select_option("Atendimento")
    page.get_by_role("button", name="Revelar pix copia e cola").first.click()
    expect(page.get_by_text(PIX)).to_be_visible()
    page.get_by_role("link", name="Esconder e voltar").click()
    expect(page.get_by_role("heading", name="Deuzenir Ferreira")).to_be_visible()
    assert page.url.endswith("/pagamentos")


@pytest.mark.parametrize("script", [True, False])
@pytest.mark.parametrize("page_of", ["/pagamentos", "/pedidos/1"])
def test_a_boleto_opens_elsewhere_and_knows_nothing_of_us(
    visit: Visit, shop: Shopfront, home: str, page_of: str, script: bool
) -> None:
    # A store's own network: over plain http our forms are told by their Origin.
    page = visit(host="loja.test", java_script_enabled=script)
    page.goto(home + page_of)
    page.get_by_label("Motivo ao revelar").select_option("Contato com o cliente")
    with page.context.expect_event("request", is_boleto) as asked, page.expect_popup() as opened:
        page.get_by_role("button", name="Abrir boleto").first.click()
    assert asked.value.method == "GET"
    assert "referer" not in asked.value.headers
    assert opened.value.evaluate("window.opener") is None
    row = shop.journal()[0]
    assert (row.action, row.reason, row.detail) == ("boleto", "contato", "pagamento 9001")


def test_an_order_is_taken_along_with_the_reason_chosen(
    visit: Visit, shop: Shopfront, home: str
) -> None:
    page = visit()
    page.goto(f"{home}/pedidos/1")
    page.get_by_label("Motivo ao revelar").select_option("Pedido do próprio titular")
    with page.expect_download() as taken:
        page.get_by_role("button", name="JSON").click()
    assert taken.value.suggested_filename == "pedido-8001.json"
    assert json.loads(taken.value.path().read_bytes())["amount"] == "189.90"
    assert (shop.journal()[0].action, shop.journal()[0].reason) == ("download", "titular")


def test_paper_has_the_tables_and_nothing_to_press(visit: Visit, home: str) -> None:
    page = visit()
    page.goto(f"{home}/pagamentos")
    page.emulate_media(media="print")
    expect(page.get_by_text("Mensalidade de outubro").first).to_be_visible()
    expect(page.get_by_role("button", name="Copiar pix copia e cola").first).to_be_hidden()
    expect(page.get_by_label("Abas do cliente")).to_be_hidden()
