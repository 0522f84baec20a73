"""Every page in every state: axe finds nothing, no pill or amount breaks, nothing sticks out.

Widths are measured one after the other on one loading of a page. Axe, which takes longest, is run
at two widths of each page, other ones at the next, so that all are had several times by all.
"""

from itertools import cycle
from pathlib import Path

import axe_playwright_python
import pytest

from tests.browser.pages import NO_PAGES, STATES, Open, come

pytestmark = pytest.mark.browser

PHONES, DESKS = (320, 360, 390, 600), (768, 1024, 1280, 1440, 1920)
AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text("utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
OF_COLOUR = ["color-contrast", "link-in-text-block"]
"""All that a theme can break: what else depends on it is the word on the switch of themes."""
TOLD = """async (rules) => (await axe.run({runOnly: rules, resultTypes: ['violations']}))
  .violations.map((one) => [one.id, one.nodes[0].html])"""
MEASURED = """() => {
  const seen = (node) => node.checkVisibility({visibilityProperty: true});
  const broken = [];
  const cutAt = (node) => { // where a box ends that shows no more, and cannot be scrolled
    for (let at = node; at; at = at.parentElement) {
      const {overflowX, webkitLineClamp} = getComputedStyle(at);
      if (overflowX === 'hidden' && webkitLineClamp === 'none') {
        return at.getBoundingClientRect().right;
      }
    }
    return Infinity;
  };
  for (const node of document.querySelectorAll('.pill, .num, .amount')) {
    if (!seen(node) || node.closest('.sr, thead, .id')) continue;
    const walk = document.createTreeWalker(node, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) {
      for (const word of walk.currentNode.data.matchAll(/\\S+/g)) {
        if (word[0].includes('@') || word[0].length > 30) continue; // these may
        const range = document.createRange();
        range.setStart(walk.currentNode, word.index);
        range.setEnd(walk.currentNode, word.index + word[0].length);
        const tops = new Set([...range.getClientRects()].map((one) => Math.round(one.top)));
        if (tops.size > 1) broken.push(word[0]);
        const cut = cutAt(node) + 1;
        if (range.getBoundingClientRect().right > cut) broken.push(`${word[0]} is cut`);
      }
    }
  }
  const out = [...document.querySelectorAll('main *, .bar *')]
    .filter((node) => seen(node) && !node.closest('.sr, thead, .slide > *, .wide > *, .tip'))
    .filter((node) => node.getBoundingClientRect().right > innerWidth + 1)
    .map((node) => node.outerHTML.slice(0, 90));
  const wider = document.documentElement.scrollWidth - innerWidth;
  return [...broken, ...out, ...(wider > 0 ? [`${wider} px wider than the screen`] : [])];
}"""


def test_every_route_and_every_template_has_a_state(opened: Open) -> None:
    routes = {
        str(rule) for rule in opened.shop.app.url_map.iter_rules() if "GET" in (rule.methods or ())
    }
    of_pages = {state.rule for state in STATES.values() if state.rule}
    assert {one for one in routes - NO_PAGES if not one.startswith("/api/")} == of_pages
    templates = Path("web/look/templates")
    pages = {
        str(file.relative_to(templates))
        for file in templates.rglob("*.html")
        if "{% block main %}" in (text := file.read_text("utf-8")) or "{% block tab %}" in text
    }
    bases = {"base.html", "customers/frame.html"}
    assert pages - bases == {state.template for state in STATES.values()}


WIDTHS_OF = dict(zip(STATES, zip(cycle(PHONES), cycle(DESKS)), strict=False))


@pytest.mark.parametrize("name", STATES)
def test_nobody_is_shut_out_and_nothing_breaks(opened: Open, name: str) -> None:
    page, state = opened.page, STATES[name]
    page.set_viewport_size({"width": 1280, "height": 900})
    come(opened, state)
    assert opened.shown[-1] == state.template
    page.evaluate(AXE)
    wrong = {}
    for width in (*PHONES, *DESKS):
        page.set_viewport_size({"width": width, "height": 900})
        wrong[width, "measured"] = page.evaluate(MEASURED)
        if width in WIDTHS_OF[name]:
            wrong[width, "light"] = page.evaluate(TOLD, RULES)
            page.emulate_media(color_scheme="dark")
            wrong[width, "dark"] = page.evaluate(TOLD, OF_COLOUR)
            page.emulate_media(color_scheme="light")
    page.unroute_all()
    assert {at: found for at, found in wrong.items() if found} == {}
