"""Templates are read by people and sent to browsers: wide margins for the first, none for these."""

import re
from pathlib import Path

import pytest
from jinja2 import Environment

from tests.shape.reading_code import ROOT, name
from web.look.assets import Lean

TEMPLATES = sorted((ROOT / "web/look/templates").rglob("*.html"))
WIDEST = 120
BEGINS = re.compile(
    r"<(?:article|aside|caption|dd|details|div|dl|dt|footer|form|h[1-6]|header|li|main|nav|ol|p|"
    r"section|summary|table|tbody|td|tfoot|th|thead|tr|ul)\b"
)
"""The tags of elements that stand by themselves, not within a line of text."""
DECIDES = re.compile(r"\{%-? (?:if|for) ")
MARKED_SAFE = "{% set whose = (' aria-describedby=\"n%d\"' % head.id) | safe %}"


def _lines(page: Path) -> list[str]:
    return page.read_text("utf-8").splitlines()


def test_there_are_templates_to_look_at():
    assert len(TEMPLATES) > 25


@pytest.mark.parametrize("page", TEMPLATES, ids=name)
def test_no_line_of_a_template_is_longer_than_a_hundred_and_twenty_characters(page: Path):
    assert [line for line in _lines(page) if len(line) > WIDEST] == []


@pytest.mark.parametrize("page", TEMPLATES, ids=name)
def test_no_line_of_a_template_begins_two_elements_that_stand_by_themselves(page: Path):
    assert [line for line in _lines(page) if len(BEGINS.findall(line)) > 1] == []


@pytest.mark.parametrize("page", TEMPLATES, ids=name)
def test_no_line_of_a_template_decides_twice_about_its_text(page: Path):
    """Attributes may each depend on something; what people read is decided by the view."""
    texts = [re.sub(r"<[a-z][^<>]*(?:>|$)", "", line) for line in _lines(page)]

    assert [line for line in texts if len(DECIDES.findall(line)) > 1] == []


def test_nothing_but_a_number_of_our_own_is_marked_safe():
    marked = [line.strip() for page in TEMPLATES for line in _lines(page) if "safe" in line]

    assert marked == [MARKED_SAFE]


def _sent(source: str) -> str:
    made = Environment(trim_blocks=True, lstrip_blocks=True, extensions=[Lean], autoescape=True)
    return made.from_string(source).render(on=True, name="Ana")


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("<ul>\n  <li>a</li>\n    <li>b</li>\n</ul>", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"),
        ("<p>Quem saiu\n   sai daqui.</p>", "<p>Quem saiu sai daqui.</p>"),
        ("<b>{{ name }}</b>\n  saiu", "<b>Ana</b> saiu"),
        ('<a class="x"\n   href="/">a</a>', '<a class="x" href="/">a</a>'),
        ("{% if on %}\n  a\n{%- endif %}", "a"),
        ("<i>\n  {{- name -}}\n</i>", "<i>Ana</i>"),
    ],
    ids=["indentation", "sentence", "after_an_element", "tag", "block", "joined"],
)
def test_neither_indentation_nor_wrapping_is_sent(written: str, sent: str):
    assert _sent(written) == sent
