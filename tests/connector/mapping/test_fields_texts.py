"""Texts: bounded, tidy, inert and otherwise as the master has them."""

import pytest

from tests.fakes.translation import read, rule


@pytest.mark.parametrize("field", ["name", "trade_name", "category", "gender", "seller", "profile"])
@pytest.mark.parametrize("value", [["Ana"], {"first": "Ana"}, True, False, []])
def test_a_text_of_another_kind_refuses_the_record(field: str, value: object):
    assert rule(**{field: value}) == f"{field}: not_text"


@pytest.mark.parametrize("field", ["name", "category", "seller"])
def test_a_text_too_long_refuses_the_record(field: str):
    assert rule(**{field: "x" * 201}) == f"{field}: too_long"
    assert rule(**{field: "x" * 100_000}) == f"{field}: too_long"


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
        ("null", "null"),
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
    assert rule(extra={str(number): "x" for number in range(101)}) == (
        "extras: not_up_to_100_labels"
    )
    assert rule(extra=["x"]) == "extras: not_up_to_100_labels"
    assert rule(extra={"x" * 201: "y"}) == "extras: too_long"
    assert rule(extra={"x": "y" * 1_001}) == "extras: too_long"
    assert read(extra={"x": {"y": 1, "z": None, "w": "a"}}).extras == {"x": "1, a"}
    assert read(extra={"": "x", "y": None, "z": ""}).extras == {}


@pytest.mark.parametrize("label", ["  Cor ", "C\u202eor", "Cor\u200b", "Co\0r"])
def test_a_label_of_the_shop_is_tidied_like_any_text(label: str):
    (kept,) = read(extra={label: "azul"}).extras
    assert kept in ("Cor", "C or")


def test_words_of_a_list_are_bounded():
    assert len(read(tags=[str(number) for number in range(70)]).tags) == 50
    assert read(tags="vip").tags == ("vip",)
    assert rule(tags=[["vip"]]) == "tags: not_text"
