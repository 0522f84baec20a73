"""Names, notes, addresses and terms that would be something else than text where they arrive."""

import json
import re
from html import unescape
from html.parser import HTMLParser
from unicodedata import normalize

from tests.hostile.catalogue import Case, Outcomes, plays
from tests.hostile.outcomes import ACCEPTED, DENIED, quarantines
from tests.hostile.payloads import answers, dated, one, page, sole, texts
from tests.hostile.scene import Scene

CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2066-\u2069]")


class Tags(HTMLParser):
    """Collects the start tags of a page with their attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def everywhere(scene: Scene) -> dict[str, str]:
    """Customer 1 as each page shows them."""
    client = scene.browser()
    found = {"sheet": scene.html_of("1"), "list": client.get("/clientes").text}
    name = scene.people()["1"]["name"]
    if name:
        term = {"q": name[:40]}
        found["search"] = client.post("/clientes/busca", data=term, follow_redirects=True).text
    return found


def check_inert(html: str) -> None:
    """Nothing in the page acts: no script of its own, no handler, no address but ours and https."""
    for tag, attributes in Tags(html).found:
        assert tag not in ("img", "iframe", "object", "embed", "style", "base")
        assert tag != "script" or (attributes.get("src") or "").startswith("/estatico/")
        assert not [name for name in attributes if name.startswith("on") or name == "style"]
        for name in ("href", "src", "action", "formaction"):
            address = attributes.get(name) or "/"
            assert address.startswith(("/", "#", "?", "https://origem.exemplo")), address


@plays("S01", "S02", "S21")
def markup(scene: Scene, case: Case) -> Outcomes:
    """Shown as the text that it is, without a tag or an attribute of its own."""
    told = sole(case["payload"])
    scene.taken(told)
    text = json.loads(case["payload"]["value"])["items"][0][case["where"]]
    for place, html in everywhere(scene).items():
        check_inert(html)
        assert text not in html
        if case["where"] == "name" and place == "sheet":
            assert text in unescape(html)
    answer = scene.browser().get("/clientes")
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
    assert "unsafe-inline" not in answer.headers["Content-Security-Policy"]
    return ACCEPTED


@plays("S04")
def a_link_that_is_a_program(scene: Scene, case: Case) -> Outcomes:
    people = scene.taken(sole(case["payload"]))
    assert people["1"]["master_url"] is None
    data = page(one(id=1, v=2, site="data:text/html,<script>alert(1)</script>"))
    assert scene.taken(data)["1"]["master_url"] is None
    for html in everywhere(scene).values():
        check_inert(html)
    return ACCEPTED


@plays("S05")
def a_telephone_that_would_be_a_query(scene: Scene, case: Case) -> Outcomes:
    person = scene.taken(sole(case["payload"]))["1"]
    assert (person["phones"], person["flags"]) == (["+5511987654321"], ("phone_words",))
    for html in everywhere(scene).values():
        assert "canary" not in html
        check_inert(html)
    return ACCEPTED


@plays("S07a", "S07b", "S07d", "S07e")
def formulas(scene: Scene, case: Case) -> Outcomes:
    """What leaves is JSON and HTML, where a formula is text."""
    people = scene.taken(sole(case["payload"]))
    sent = json.loads(dated(case["payload"]["value"]))["items"][0]["name"]
    assert people["1"]["name"] == sent.strip()
    answer = scene.lookup(code="1")
    assert (answer.mimetype, answer.json["customers"][0]["name"]) == (  # type: ignore[index]
        "application/json",
        sent.strip(),
    )
    for html in everywhere(scene).values():
        check_inert(html)
    return ACCEPTED


@plays("S08", "S09", "S11", "S12", "S23")
def characters_that_are_not_seen(scene: Scene, case: Case) -> Outcomes:
    """Gone before they are stored: no page, answer or export has one."""
    kept = {
        "S08": "abcdef",
        "S09": "[2J]0;owned31m",
        "S11": "Maria gnp.exe",
        "S12": "M\u0430ria Silva",
        "S23": "Maria@Vpú",
    }
    people = scene.taken(sole(case["payload"]))
    assert people["1"]["name"] == kept[case["id"]]
    (card,) = scene.lookup(code="1").json["customers"]  # type: ignore[index]
    shown = [str(value) for value in card.values()] + list(everywhere(scene).values())
    assert not [text for text in shown if CONTROLS.search(text.replace("\n", ""))]
    assert "<bdi>" in scene.html_of("1")
    return ACCEPTED


@plays("S14")
def a_family_of_emoji(scene: Scene, case: Case) -> Outcomes:
    told = sole(case["payload"])
    sent = json.loads(case["payload"]["value"])["items"][0]["name"]
    assert scene.taken(told)["1"]["name"] == normalize("NFC", sent)
    assert sent in scene.html_of("1")
    assert scene.lookup(code="1").json["customers"][0]["name"] == sent  # type: ignore[index]
    return ACCEPTED


@plays("S15")
def one_name_in_two_compositions(scene: Scene, case: Case) -> Outcomes:
    first, second = answers(case["payload"])
    assert scene.taken(first)["1"]["name"] == "José"
    before = scene.people()
    assert scene.taken(second) == before
    assert scene.refused() == {}
    return ACCEPTED


@plays("S17")
def a_name_of_a_megabyte(scene: Scene, case: Case) -> Outcomes:
    person = scene.taken(page(one(name="x" * 201)))["1"]
    assert (person["name"], person["flags"]) == ("x" * 200, ("name_too_long",))
    return quarantines(scene, page(one(name="x" * 1_000_000)), "record: too_large")


@plays("S18")
def names_that_are_blank(scene: Scene, case: Case) -> Outcomes:
    for version, text in enumerate(texts(case["payload"]), 1):
        people = scene.taken(page(one(v=version, name=json.loads(text))))
        assert people["1"]["name"] is None
        assert people["1"]["version"] == version
        for html in everywhere(scene).values():
            check_inert(html)
        assert scene.lookup(code="1").status_code == 200
    return ACCEPTED


@plays("S20")
def wildcards(scene: Scene, case: Case) -> Outcomes:
    """At a terminal no term, in the search box nobody's name."""
    (term,) = texts(case["payload"])
    for key in ("document", "phone", "email", "code"):
        assert scene.lookup(**{key: term}).status_code == 422
        assert scene.lookup(**{key: "_" * 70}).status_code == 422
    answer = scene.browser().post("/clientes/busca", data={"q": term}, follow_redirects=True)
    assert answer.status_code < 500
    assert "Cliente 1" not in answer.text
    return DENIED


@plays("S24")
def an_address_in_disguise(scene: Scene, case: Case) -> Outcomes:
    people = scene.taken(sole(case["payload"]))
    assert people["1"]["emails"] == ["maria@ex.com"]
    assert scene.codes(email="maria@ex.com") == ["1"]
    assert scene.codes(email="\uff2d\uff21RIA@ex.com") == ["1"]
    return ACCEPTED
