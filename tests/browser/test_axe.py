"""Every page in both themes and both sizes passes axe's WCAG 2.2 A and AA rules."""

from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.conftest import Visit
from tests.fakes.clientele import COMPANY, DEUZENIR
from tests.fakes.shopfront import Shopfront

pytestmark = pytest.mark.browser

RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}
OF_COLOUR = {
    "runOnly": ["color-contrast", "link-in-text-block"],
    "resultTypes": ["violations"],
}
"""All that a theme can break: what else depends on it is the word on the switch of themes."""
SIZES = {"desk": {"width": 1440, "height": 900}, "phone": {"width": 390, "height": 844}}


def violations(page: Page) -> list[tuple[str, str, str]]:
    """What is wrong with the page: in light every rule, in dark those about colours."""
    found: list[tuple[str, str, str]] = []
    themes: tuple[tuple[Literal["light", "dark"], Any], ...]
    themes = ("light", RULES), ("dark", OF_COLOUR)
    for theme, rules in themes:
        # Colours on their way from one theme to the other are nobody's to see.
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        told = Axe().run(page, options=rules).response["violations"]
        found += [(theme, one["id"], one["nodes"][0]["html"]) for one in told]
    return found


@pytest.mark.parametrize("size", SIZES)
def test_no_page_shuts_anybody_out(visit: Visit, shop: Shopfront, size: str) -> None:
    shop.hire("administrator", "eva")
    page = visit("eva", bypass_csp=True, viewport=SIZES[size])  # axe itself is an injected script
    found = {}
    for address in (
        "/clientes",
        "/clientes?tipo=PJ&status=bloqueado",
        f"/clientes/{shop.id_of(DEUZENIR)}",
        f"/clientes/{shop.id_of(COMPANY)}",
        "/categorias",
        "/configuracoes",
        "/auditoria",
        "/frescor",
        "/operacao",
        "/assistente",
        "/cobrancas",
        "/nada",
    ):
        page.goto(address)
        found[address] = violations(page)
    assert not {address: problems for address, problems in found.items() if problems}
