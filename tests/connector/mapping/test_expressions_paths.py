"""The path grammar of maps: what is there is found, what is not there is no error."""

from datetime import UTC
from typing import Any

import pytest

from connector.mapping.expressions import BadPath, Dialect, getter

RECORD: dict[str, Any] = {
    "name": "Ana",
    "empty": None,
    "emails": [{"address": "a@x"}, {"address": "b@x"}, {}, None, "c@x"],
    "tags": ["x", "y"],
    "numbered": {"0": {"address": "a@x", "kind": 1}, "1": {"address": "b@x", "kind": 2}},
    "home": {"city": {"name": "Recife"}, "phones": [["1", "2"], ["3"]]},
}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("name", "Ana"),
        ("empty", None),
        ("missing", None),
        ("home.city.name", "Recife"),
        ("home.city.missing", None),
        ("home.missing.name", None),
        ("name.first", None),
        ("tags", ["x", "y"]),
        ("tags[0]", "x"),
        ("tags[1]", "y"),
        ("tags[2]", None),
        ("name[0]", "Ana"),
        ("name[1]", None),
        ("tags[]", ["x", "y"]),
        ("missing[]", []),
        ("name[]", ["Ana"]),
        ("empty[]", []),
        ("emails[].address", ["a@x", "b@x", None, None, "c@x"]),
        ("emails[0].address", "a@x"),
        ("missing[].address", []),
        ("home[].address", [None]),
        ("home[].city.name", ["Recife"]),
        ("numbered[].address", ["a@x", "b@x"]),
        ("numbered[0].address", "a@x"),
        ("numbered[kind=2].address", "b@x"),
        ("home[city=x].phones", None),
        ("tags[].address", ["x", "y"]),
        ("numbered[].address.name", [None, None]),
        ("home.phones[][]", [["1", "2"], ["3"]]),
        ("home.phones[][0]", ["1", "3"]),
        ("home.phones[0][]", ["1", "2"]),
        ("home.phones[1][0]", "3"),
    ],
)
def test_a_path_leads_to_what_is_there(path: str, found: object):
    assert getter(path)(RECORD) == found


@pytest.mark.parametrize(
    "path",
    ["", ".", "a.", ".a", "a..b", "a[", "a]", "a[x]", "a[-1]", "[0]", "[]", "a[0]b", "a.[0]"],
)
def test_what_is_no_path_is_told(path: str):
    with pytest.raises(BadPath, match=r"is not a path like a\.b"):
        getter(path)


@pytest.mark.parametrize("key", ["nome do cliente", "ção", "a-b", "$id", "@type", "x/y"])
def test_a_key_may_have_any_other_character(key: str):
    assert getter(key)({key: 1}) == 1
    assert getter(f"a.{key}")({"a": {key: 1}}) == 1


TAXES = {"taxes": [{"name": "CPF|CNPJ", "id": "1"}, {"name": "a]b", "id": "2"}], "x|y": {"z": 3}}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("taxes[name=CPF|CNPJ].id", "1"),
        ("taxes[name='CPF|CNPJ'].id", "1"),
        ("taxes[name=CPF|CNPJ].id | const 9", "9"),
        ("taxes[name='a]b'].id", "2"),
        ("taxes[name=CPF].id", None),
        ("['x|y'].z", 3),
        ("taxes[name=CPF|CNPJ].id|const 9 | digits", "9"),
        ("| const 9", "9"),
    ],
)
def test_a_bar_in_brackets_is_a_letter_and_parts_nothing(text: str, found: object):
    assert Dialect(UTC).getter(text)(TAXES) == found


def test_a_bar_can_be_what_a_text_is_split_at():
    assert Dialect(UTC).getter("a | split '|' | first")({"a": "1|2"}) == "1"
