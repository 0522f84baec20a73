"""Texts: bounded, tidy, inert and otherwise as the master has them."""

from typing import Any

import pytest

from tests.fakes.translation import read, rule


@pytest.mark.parametrize("field", ["trade_name", "category", "gender", "seller", "profile"])
@pytest.mark.parametrize("value", [{"a": "Ana", "b": "Rui"}, True])
def test_a_text_of_another_kind_is_left_out_with_a_flag(field: str, value: Any):
    found = read(**{field: value})
    assert (getattr(found, field), found.flags) == (None, (f"{field}_invalid",))


@pytest.mark.parametrize(
    "value", [{"a": "Ana", "b": "Rui"}, [{"address": "a@exemplo.com.br"}], True]
)
def test_somebody_whose_name_is_no_text_is_refused(value: Any):
    assert rule(name=value) == "name: not_text"


@pytest.mark.parametrize("field", ["name", "trade_name", "category", "seller"])
@pytest.mark.parametrize(
    ("value", "said", "flagged"),
    [
        (["Ana"], "Ana", False),
        ([None, "", " ", "Ana"], "Ana", False),
        (["Ana", "Rui"], "Ana", True),
        ({"id": 7, "nome": "Ana"}, "Ana", True),
        ([], None, False),
        ([[]], None, False),
        ({}, None, False),
    ],
)
def test_a_list_in_the_place_of_a_text_is_its_first(
    field: str, value: Any, said: str | None, flagged: bool
):
    found = read(**{"name": "Bia", field: value})
    told = ("name_shape" if field == "name" else f"{field}_shape",) if flagged else ()
    assert (getattr(found, field), found.flags) == (said, told)


def test_a_whole_number_is_written_as_one():
    found = read(name=12.0, category=1e3, seller=1.5)
    assert (found.name, found.category, found.seller) == ("12", "1000", "1.5")


@pytest.mark.parametrize("field", ["name", "category", "seller"])
def test_a_text_too_long_is_cut_with_a_flag(field: str):
    for length in (201, 100_000):
        long: dict[str, Any] = {field: "x" * length}
        found = read(**long)
        assert (getattr(found, field), found.flags) == ("x" * 200, (f"{field}_too_long",))
    found = read(notes="x" * 20_001, rg="7" * 300, url=f"https://x/{'y' * 2_000}")
    assert (len(found.notes or ""), len(found.state_registration or "")) == (20_000, 200)
    assert set(found.flags) == {
        "notes_too_long", "state_registration_too_long", "master_url_too_long",
    }  # fmt: skip


def test_what_a_web_form_left_in_a_text_is_decoded_once():
    found = read(name="Souza &amp; Filhos D&#39;Ávila", notes="&amp;lt;b&amp;gt;\n&nbsp;A &copy B")
    assert (found.name, found.notes) == ("Souza & Filhos D'Ávila", "&lt;b&gt;\nA &copy B")
    assert read(name="Ana &amp Rui; Cia").name == "Ana &amp Rui; Cia"
    assert read(name="A&B").name == "A&B"


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("abc\0def", "abcdef"),
        ("\x1b[2J\x1b]0;owned\x07\x9b31m", "[2J]0;owned31m"),
        ("Maria \u202egnp.exe", "Maria gnp.exe"),
        ("M\u0430ria\u200b Silva", "M\u0430ria Silva"),
        ("Jose\u0301", "José"),
        ("Maria\x1b@\x1dV\x01\x1bp\0\x19\u00fa", "Maria@Vpú"),
        ("\t=1", "=1"),
        ("one\r\ntwo", "one two"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("Null", "Null"),
        (4711, "4711"),
    ],
)
def test_a_text_is_kept_tidy_and_otherwise_as_it_is(sent: object, kept: str):
    assert read(name=sent).name == kept


def test_an_emoji_survives():
    family = "João 👨\u200d👩\u200d👧"
    assert read(name=family).name == family


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:text/html,<script>",
        "http://master.example/7",
        "//master.example/7",
        "/clientes/7",
        " javascript:alert(1)",
        "ftp://x",
        "",
    ],
)
def test_a_link_that_is_not_https_is_left_out(url: str):
    assert read(url=url).master_url is None


def test_the_shop_s_own_labels_are_bounded():
    assert len(read(extra={str(number): "x" for number in range(100)}).extras) == 100
    many = read(extra={str(number): "x" for number in range(101)})
    assert (len(many.extras), many.flags) == (100, ("extras_truncated",))
    assert read(extra=["x"]).flags == ("extras_invalid",)
    assert read(extra={"x" * 201: "y"}).extras == {"x" * 200: "y"}
    long = read(extra={"x": "y" * 1_001})
    assert (long.extras, long.flags) == ({"x": "y" * 1_000}, ("extras_too_long",))
    assert read(extra={"x": {"y": 1, "z": None, "w": "a"}}).extras == {"x": "1, a"}
    assert read(extra={"": "x", "y": None, "z": ""}).extras == {}


@pytest.mark.parametrize("label", ["  Cor ", "C\u202eor", "Cor\u200b", "Co\0r"])
def test_a_label_of_the_shop_is_tidied_like_any_text(label: str):
    (kept,) = read(extra={label: "azul"}).extras
    assert kept in ("Cor", "C or")


def test_words_of_a_list_are_bounded():
    many = read(tags=[str(number) for number in range(70)])
    assert (len(many.tags), many.flags) == (50, ("tags_truncated",))
    assert read(tags="vip").tags == ("vip",)
    bad = read(tags=[["vip"], True, "novo"])
    assert (bad.tags, bad.flags) == (("vip", "novo"), ("tags_invalid",))
