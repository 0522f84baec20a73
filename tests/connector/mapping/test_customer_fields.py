"""Addresses, contacts and dependents: bounded in number, right in kind."""

from typing import Any

import pytest

from mirror.records import Dependent
from tests.fakes.translation import read, translator


def test_a_bad_postal_code_is_left_out_with_a_flag():
    found = read(addresses=[{"city": "Recife", "postal_code": "5003023"}])
    assert (found.addresses[0].postal_code, found.addresses[0].city) == (None, "Recife")
    assert found.flags == ("postal_code_invalid",)


def test_long_lists_are_cut_and_flagged():
    many = range(500)
    found = read(
        addresses=[{"street": f"Rua {number}"} for number in many],
        phones=[{"number": f"119{80_000_000 + number}"} for number in many],
        contacts=[{"name": f"Rui {number}"} for number in many],
    )
    assert [len(part) for part in (found.addresses, found.phones, found.contacts)] == [20] * 3
    assert set(found.flags) == {"addresses_truncated", "phones_truncated", "contacts_truncated"}
    singles = read(translator(emails=["mail"], documents=["doc"]), mail=["a@x.com"] * 21)
    assert singles.flags == ("emails_truncated",)


def test_more_than_fifty_dependents_are_cut_and_flagged():
    assert read(dependents=[{"name": "Davi"}] * 50).flags == ()
    found = read(dependents=[{"name": "Davi"}] * 51)
    assert (len(found.dependents), found.flags) == (50, ("dependents_truncated",))


def test_people_without_a_name_are_left_out():
    assert read(contacts=[{"role": "x"}], dependents=[{"relation": "x"}, {"name": " "}]) == read()


def test_a_dependent_s_bad_birth_date_is_left_out():
    found = read(dependents=[{"name": "Davi", "birth_date": "30/02/2015"}])
    assert (found.dependents, found.flags) == ((Dependent("Davi"),), ("dependents_invalid",))


@pytest.mark.parametrize("field", ["addresses", "phones", "contacts", "dependents"])
@pytest.mark.parametrize("value", [7, True, [1], "[1", [["x"]], "{", 1.5])
def test_a_list_of_another_kind_is_left_out_with_a_flag(field: str, value: Any):
    found = read(**{field: value})
    assert (found.name, getattr(found, field), found.flags) == (
        "Ana Souza", (), (f"{field}_invalid",),
    )  # fmt: skip


@pytest.mark.parametrize("value", [None, False, "", [], {}, [None], [False], "null", "[]"])
@pytest.mark.parametrize(
    "field", ["addresses", "phones", "contacts", "dependents", "loyalty", "extra", "tags", "name",
              "emails", "cpf", "rg", "notes", "birth_date", "last_purchase_at", "url", "seller"]
)  # fmt: skip
def test_nothing_however_a_master_writes_it_is_nothing(field: str, value: Any):
    if value in ([None], [False], "[]") and field not in ("addresses", "phones", "contacts"):
        return
    without = read(name="Ana Souza") if field != "name" else read(name=None)
    assert read(**{field: value}) == without


def test_a_part_of_a_list_that_is_none_costs_no_other_part():
    found = read(addresses=["Rua A", {"city": "Recife"}, None, 7])
    assert [(one.street, one.city) for one in found.addresses] == [
        ("Rua A", None), (None, "Recife"),
    ]  # fmt: skip
    assert found.flags == ("addresses_invalid",)


@pytest.mark.parametrize("as_sent", [
    "11 98765-4321", ["11 98765-4321"], {"number": "11 98765-4321"}, ["11 98765-4321", None],
    {"0": {"number": "11 98765-4321"}}, {"1": "11 98765-4321"}, 11987654321, '["11 98765-4321"]',
])  # fmt: skip
def test_telephones_are_read_whether_texts_or_objects_one_or_several(as_sent: Any):
    found = read(phones=as_sent)
    assert ([one.number for one in found.phones], found.flags) == (["+5511987654321"], ())


def test_a_text_in_the_place_of_an_object_is_its_main_part():
    said = read(addresses=["Rua A, 12"], contacts=["Rui"], dependents={"0": "Davi"})
    assert [one.street for one in said.addresses] == ["Rua A, 12"]
    assert [one.name for one in said.contacts] == ["Rui"]
    assert (said.dependents, said.flags) == ((Dependent("Davi"),), ())


def test_a_text_stands_where_the_main_part_is_looked_for_behind_filters_and_beside_others():
    parts = {"number": {"concat": ["a.ddd", "a.n"], "sep": " ", "filter": "digits"}}
    found = read(translator(phones={"at": "phones", "parts": parts}), phones=["(11) 98765-4321"])
    assert [one.number for one in found.phones] == ["+5511987654321"]
    by_place = translator(phones={"at": "phones", "parts": {"number": "n[0]"}})
    found = read(by_place, phones=["(11) 98765-4321"])
    assert (found.phones, found.flags) == ((), ("phones_invalid",))


TEXTS = translator(
    documents=["doc"], emails=["mail"], phones=["fone"], tags="tags", groups="groups",
    state_registration=["rg"],
)  # fmt: skip


@pytest.mark.parametrize(("field", "as_sent", "ours", "read_as"), [
    ("doc", [{"tipo": "CPF", "numero": "529.982.247-25"}], "documents", "52998224725"),
    ("doc", {"cpf": "52998224725", "id": 7}, "documents", "52998224725"),
    ("mail", [{"email": "a@x.com", "tipo": "casa"}], "emails", "a@x.com"),
    ("mail", {"value": "a@x.com", "id": 7}, "emails", "a@x.com"),
    ("mail", {"a": "a@x.com"}, "emails", "a@x.com"),
    ("fone", {"celular": "11 98765-4321", "nome": "Rui"}, "phones", "+5511987654321"),
    ("fone", [{"ddd": 11, "numero": 987654321}], "phones", "+5511987654321"),
    ("rg", [{"numero": "12.345.678-9"}], "state_registration", "12.345.678-9"),
    ("tags", [{"id": 1, "name": "vip"}], "tags", "vip"),
    ("groups", {"nome": "Atacado", "id": 3}, "groups", "Atacado"),
])  # fmt: skip
def test_of_an_object_in_the_place_of_a_text_its_main_part_is_read_with_a_flag(
    field: str, as_sent: Any, ours: str, read_as: str
):
    found = read(TEXTS, **{field: as_sent})
    value = getattr(found, ours)
    first = value if isinstance(value, str) else value[0]
    said = getattr(first, "value", None) or getattr(first, "number", first)
    assert (said, found.flags) == (read_as, (f"{ours}_shape",))


@pytest.mark.parametrize("field", ["doc", "mail", "fone", "rg", "tags", "groups"])
def test_an_object_that_says_nothing_plain_is_left_out_with_a_flag(field: str):
    found = read(TEXTS, **{field: [{"a": {"b": "x"}}]})
    assert (found.name, len(found.flags)) == ("Ana Souza", 1)
    assert found.flags[0].endswith("_invalid")


def test_every_telephone_of_an_object_that_is_keyed_by_what_it_is_is_read():
    found = read(TEXTS, fone={"celular": "11 98765-4321", "telefone": "11 3333-4444"})
    assert {one.number for one in found.phones} == {"+5511987654321", "+551133334444"}


def test_labels_are_read_from_several_objects_and_from_one_in_the_place_of_pairs():
    assert read(extra=[{"Cor": "azul"}, {"Bairro": "Sé"}]).extras == {"Cor": "azul", "Bairro": "Sé"}
    paired = translator(extra_pairs={"at": "pairs", "label": "k", "value": "v"})
    assert read(paired, pairs={"Cor": "azul"}).extras == {"Cor": "azul"}
    assert read(paired, pairs={"0": {"k": "Cor", "v": "azul"}}).extras == {"Cor": "azul"}


def test_loyalty_in_a_list_is_the_first_of_it():
    found = read(loyalty=[{"points": 7}])
    assert found.loyalty is not None
    assert (found.loyalty.points, found.flags) == (7, ())


def test_a_list_kept_as_json_in_a_text_is_that_list():
    found = read(
        addresses='[{"city": "Recife", "street": "Rua\u0000  A"}]',
        phones='[{"number": "11987654321"}]',
        tags='["vip", "novo"]',
        extra='{"Cor": "azul"}',
    )
    assert (found.addresses[0].city, found.addresses[0].street) == ("Recife", "Rua A")
    assert [one.number for one in found.phones] == ["+5511987654321"]
    assert (found.tags, found.extras, found.flags) == (("vip", "novo"), {"Cor": "azul"}, ())
