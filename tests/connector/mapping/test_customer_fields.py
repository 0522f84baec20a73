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
@pytest.mark.parametrize("value", ["abc", 7, True, [1], ["x"], "[1", '["x"]'])
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
    assert ([one.city for one in found.addresses], found.flags) == (
        ["Recife"], ("addresses_invalid",),
    )  # fmt: skip


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
