"""At no width a word of a pill or an amount is broken: measured, word by word."""

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Visit
from tests.fakes.clientele import EVERYBODY
from tests.fakes.shopfront import Shopfront

pytestmark = pytest.mark.browser

WIDTHS = (320, 360, 390, 600, 768, 820, 1024, 1100, 1280, 1440, 1920)
PAGES = ("/clientes", "/clientes?tipo=todos", "/clientes/{id}", "/cobrancas", "/assistente")
BROKEN = """() => {
  const broken = [];
  for (const node of document.querySelectorAll('.pill, .num, .amount')) {
    if (!node.checkVisibility({visibilityProperty: true})) continue;
    if (node.closest('.sr, thead, .id')) continue;
    const walk = document.createTreeWalker(node, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) {
      for (const word of walk.currentNode.data.matchAll(/\\S+/g)) {
        if (word[0].includes('@')) continue; // an address may
        const range = document.createRange();
        range.setStart(walk.currentNode, word.index);
        range.setEnd(walk.currentNode, word.index + word[0].length);
        const tops = new Set([...range.getClientRects()].map((one) => Math.round(one.top)));
        if (tops.size > 1) broken.push(word[0]);
      }
    }
  }
  return broken;
}"""


def broken(page: Page, address: str) -> dict[int, list[str]]:
    page.goto(address)
    found = {}
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        found[width] = page.evaluate(BROKEN)
    return {width: words for width, words in found.items() if words}


@pytest.mark.parametrize("address", PAGES)
def test_no_word_of_a_pill_or_an_amount_is_broken(
    visit: Visit, shop: Shopfront, address: str
) -> None:
    assert broken(visit("rui"), address.format(id=shop.id_of(EVERYBODY[0]))) == {}
