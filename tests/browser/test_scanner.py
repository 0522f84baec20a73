"""A barcode reader is heard on every page, whatever has the focus, and presses no button."""

import pytest
from playwright.sync_api import Error, Page, expect

from tests.browser.conftest import Visit, because
from tests.browser.pages import STATES, Open, come
from tests.fakes.clientele import CPF, DEUZENIR
from tests.fakes.shopfront import Shopfront

pytestmark = pytest.mark.browser

HAND_MS = 90
"""Between two keys of fast hands."""
FOCUS = {
    "nothing": "document.activeElement.blur()",
    "an eye": "document.querySelector('main [data-do=eye]').focus()",
    "a list of reasons": "document.querySelector('#reason').focus()",
    "a link": "document.querySelector('main a[href]').focus()",
    "what does not work": "document.querySelector('main [aria-disabled=true]').focus()",
    "the box with what was sought before": "{const q = document.querySelector('#q');"
    " q.value = 'maria'; q.focus(); q.setSelectionRange(5, 5)}",
}


def scanned(page: Page, code: str) -> None:
    """As a reader does it; once more where this machine was too slow to be one."""
    here = page.evaluate("performance.timeOrigin")
    for _ in range(5):
        page.keyboard.type(code)
        page.keyboard.press("Enter")
        try:
            page.wait_for_function(
                "before => performance.timeOrigin !== before", arg=here, timeout=3_000
            )
        except Error:
            page.wait_for_timeout(1_100)
        else:
            return


@pytest.fixture
def page(visit: Visit, shop: Shopfront) -> Page:
    return visit("rui")


KINDS = """() => {
  // One of each kind that can have the focus, marked by its place; and what is done is noted.
  window.done = [];
  for (const kind of ['submit', 'click', 'change']) {
    addEventListener(kind, (event) => {
      if (kind === 'change' && event.target.type !== 'checkbox') return; // it is put back
      const sent = kind === 'submit' && event.target.elements.q?.value;
      window.done.push(sent ? `search ${sent}` : kind);
      event.preventDefault();
      event.stopImmediatePropagation();
    }, true);
  }
  const kinds = new Set();
  const all = 'a[href], button, summary, select, input, [tabindex]';
  const found = [...document.querySelectorAll(all)]
    .filter((one) => one.checkVisibility({visibilityProperty: true}) && one.type !== 'password')
    .filter((one) => !document.querySelector('dialog') || one.closest('dialog'))
    .filter((one) => {
      const {tagName, type, dataset, ariaDisabled} = one;
      const kind = [tagName, type, dataset.do, ariaDisabled, one.closest('form')?.className];
      return kinds.size < kinds.add(kind.join()).size;
    });
  found.forEach((one, place) => { one.dataset.place = place; });
  return found.length;
}"""
WITHOUT_BOX = {
    "the door",
    "a mistake at the door",
    "a session that is over",
    "the search goes on",
    "how old, outside",
}
"""Where nobody is signed in yet."""


@pytest.mark.parametrize("name", STATES)
def test_a_scan_is_a_search_on_every_page_whatever_has_the_focus(opened: Open, name: str) -> None:
    page = opened.page
    come(opened, STATES[name])
    if name in WITHOUT_BOX:
        expect(page.locator("#q")).to_have_count(0)
        return
    done = {}
    for place in (None, *range(page.evaluate(KINDS))):
        for _ in range(5):
            done[place] = _scanned_at(page, place)
            if done[place] == [f"search {CPF}"]:
                break
            page.wait_for_timeout(1_100)  # this machine was too slow to be a reader
    page.unroute_all()
    assert {at: what for at, what in done.items() if what != [f"search {CPF}"]} == {}


def _scanned_at(page: Page, place: int | None) -> list[str]:
    at = "document.activeElement.blur()"
    if place is not None:
        at = f"document.querySelector('[data-place=\"{place}\"]').focus()"
    page.evaluate(f"window.done.length = 0; {at}")
    page.keyboard.type(CPF)
    page.keyboard.press("Enter")
    return list(page.evaluate("window.done"))


@pytest.mark.parametrize("focus", FOCUS)
def test_a_scan_is_a_search_whatever_has_the_focus(page: Page, shop: Shopfront, focus: str) -> None:
    page.goto(f"/clientes/{shop.id_of(DEUZENIR)}")
    page.evaluate(FOCUS[focus])
    before = len(shop.journal())
    scanned(page, CPF)
    expect(page.get_by_role("heading", name="Deuzenir Ferreira")).to_be_visible()
    done = [row.action for row in shop.journal()][: len(shop.journal()) - before]
    assert "search" in done
    assert "reveal" not in done


def test_one_scan_after_the_other_opens_one_after_the_other(page: Page) -> None:
    for _ in range(3):
        scanned(page, CPF)
        expect(page.get_by_role("heading", name="Deuzenir Ferreira")).to_be_visible()


def test_a_hand_that_types_where_no_field_is_types_into_the_box(
    page: Page, shop: Shopfront
) -> None:
    page.goto(f"/clientes/{shop.id_of(DEUZENIR)}")
    page.evaluate(FOCUS["nothing"])
    page.keyboard.type("ferr", delay=HAND_MS)
    expect(page.locator("#q")).to_be_focused()
    expect(page.locator("#q")).to_have_value("ferr")


def test_a_hand_still_presses_what_it_chose(page: Page, shop: Shopfront) -> None:
    page.goto(f"/clientes/{shop.id_of(DEUZENIR)}")
    page.evaluate(FOCUS["an eye"])
    page.keyboard.press("Space")
    because(page)
    expect(page.get_by_role("button", name="Esconder CPF")).to_be_visible()
    page.evaluate("document.querySelector('#reason').focus()")
    page.keyboard.type("n", delay=HAND_MS)
    expect(page.get_by_label("Motivo ao revelar")).to_have_value("nota")
    expect(page.locator("#q")).to_have_value("")
