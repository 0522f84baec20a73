"""Charges and the assistant in a real browser: for everybody, on every screen, without scripts."""

from datetime import UTC, datetime

import pytest

from tests.browser.conftest import Visit
from tests.fakes.activities import charge, write
from tests.fakes.clientele import DEUZENIR
from tests.fakes.shopfront import Shopfront
from web.look import formats

pytestmark = pytest.mark.browser

STATES = ("paid", "overdue", "issued", "scheduled", "cancelled", "deleted", "unknown")


def before() -> str:
    """The month before this one."""
    return formats.moved(formats.of_day(formats.today()), -1) or ""


@pytest.fixture
def busy(shop: Shopfront) -> Shopfront:
    """Charges of every state, this month and last, one of them worth a fortune."""
    now, today = datetime.now(UTC), formats.today().isoformat()
    days = today, f"{before()}-15"
    whose = {"customer": DEUZENIR.external_id, "description": "Mensalidade " * 8}
    for number, state in enumerate(STATES * 2):
        day = days[number // len(STATES)]
        amount = 10**13 if state == "paid" else 19_990
        one = charge(f"P{number}", day, state, paid_at=now, amount=amount, **whose)
        write(shop.mirror, "payments", one)
    write(shop.mirror, "payments", charge("USD", today, currency="USD"))
    return shop


def test_a_month_is_chosen_without_scripts(visit: Visit, busy: Shopfront) -> None:
    page = visit("rui", java_script_enabled=False)
    for address in ("/cobrancas?situacao=pagas", "/assistente"):
        page.goto(address)
        page.select_option("select[name=mes]", before())
        page.click("text=Ver >> visible=true")
        assert f"mes={before()}" in page.url
        assert formats.named(before()) in page.inner_text("main").lower()
    page.goto("/cobrancas?situacao=pagas")
    page.click("[aria-label='Mês anterior']")
    assert page.url.endswith(f"/cobrancas?mes={before()}&situacao=pagas")


def test_bars_are_drawn_and_told_apart_by_more_than_colour(visit: Visit, busy: Shopfront) -> None:
    page = visit("rui")
    page.goto("/assistente")
    shown = page.locator("svg.bars .shown").first

    assert shown.get_attribute("fill") == "url(#hatch)"
    box = shown.bounding_box()
    assert box
    assert box["height"] > 20


def test_the_table_of_the_year_shows_that_it_goes_on_and_keeps_its_months(
    visit: Visit, busy: Shopfront
) -> None:
    page = visit("rui", viewport={"width": 320, "height": 640})
    page.goto("/assistente")
    wide = page.get_by_role("region", name="Os 12 meses em números")
    wide.focus()
    assert page.evaluate("document.activeElement.className") == "wide"
    assert wide.evaluate("e => getComputedStyle(e).backgroundAttachment") == "local, scroll"
    month = wide.locator("tbody th").first
    stood = month.bounding_box()
    assert wide.evaluate("e => { e.scrollLeft = 9999; return e.scrollLeft }") > 0
    assert month.bounding_box() == stood
