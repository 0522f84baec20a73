"""Every page in both themes and both sizes passes axe's WCAG 2.2 A and AA rules."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.conftest import Visit
from tests.fakes.clientele import COMPANY, DEUZENIR
from tests.fakes.shopfront import Shopfront

pytestmark = pytest.mark.browser

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
SIZES = {"desk": {"width": 1440, "height": 900}, "phone": {"width": 390, "height": 844}}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_page_shuts_anybody_out(visit: Visit, shop: Shopfront, theme: str, size: str) -> None:
    look: dict[str, Any] = {"color_scheme": theme, "viewport": SIZES[size]}
    page = visit("rui", bypass_csp=True, **look)  # axe itself is an injected script
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
        "/nada",
    ):
        page.goto(address)
        violations = Axe().run(page, options=RULES).response["violations"]
        found[address] = [(one["id"], one["nodes"][0]["html"]) for one in violations]
    assert not {address: problems for address, problems in found.items() if problems}
