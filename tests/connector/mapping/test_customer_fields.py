"""Addresses, contacts and dependents: bounded in number, right in kind."""

import pytest

from mirror.records import Dependent
from tests.fakes.translation import read, rule


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


@pytest.mark.parametrize("field", ["addresses", "phones", "contacts", "dependents"])
def test_lists_beyond_reason_refuse_the_record(field: str):
    assert rule(**{field: [{}] * 1_001}) == f"{field}: too_many"


def test_more_than_fifty_dependents_refuse_the_record():
    assert len(read(dependents=[{"name": "Davi"}] * 50).dependents) == 50
    assert rule(dependents=[{"name": "Davi"}] * 51) == "dependents: too_many"


def test_people_without_a_name_are_left_out():
    assert read(contacts=[{"role": "x"}], dependents=[{"relation": "x"}, {"name": " "}]) == read()


def test_a_dependent_s_bad_birth_date_is_left_out():
    (dependent,) = read(dependents=[{"name": "Davi", "birth_date": "30/02/2015"}]).dependents
    assert dependent == Dependent("Davi")


@pytest.mark.parametrize("field", ["addresses", "phones", "contacts", "dependents"])
@pytest.mark.parametrize("value", ["abc", 7, True, [1], ["x"], [None]])
def test_a_list_of_another_kind_refuses_the_record(field: str, value: object):
    assert rule(**{field: value}) == f"{field}: not_objects"
