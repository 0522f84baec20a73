"""The customers: every field of the screen, and faults at believable rates."""

import json
import re
from collections import Counter
from itertools import pairwise

import pytest

from connector.sandbox.customers import customer

SEED = 7


@pytest.mark.parametrize("seed", [0, 7, 123_456_789_012_345])
def test_the_first_customer_is_the_manuals_whatever_the_seed(seed, seen):
    record = customer(seed, seen(0))
    assert record["id"] == 100_001
    assert (record["name"], record["cpf"]) == ("Deuzenir Ferreira", "123.456.789-09")
    assert [p["number"] for p in record["phones"]] == ["(11) 98765-4321", "(61) 8123-4567"]
    assert record["emails"][0]["address"] == "Deuzenir.Ferreira@Exemplo.com.br"
    assert record["category"] == "Consultor"
    assert (len(record["addresses"]), len(record["dependents"])) == (2, 2)
    assert record["notes"]
    assert len(record["extra"]) > 2
    assert customer(seed, seen(1))["cnpj"] == "12.ABC.345/01DE-35"


def test_every_section_of_the_screen_is_filled_in_for_the_first_customer(seen):
    record = customer(SEED, seen(0))
    fields = "id v updated_at created_at status person_type name cpf rg birth_date gender emails"
    fields += " phones category loyalty last_purchase_at notes extra addresses dependents seller"
    fields += " profile groups tags url"
    assert {field for field in fields.split() if record[field]} == set(fields.split())
    assert all(value for value in record["loyalty"].values())
    assert record["url"] == "https://omni.example/clientes/100001"


def test_people_and_companies_have_all_their_fields(sound):
    shared = {"id", "v", "updated_at", "url", "person_type", "name", "category", "emails", "phones"}
    shared |= {"status", "created_at", "last_purchase_at", "addresses", "loyalty", "notes", "extra"}
    shared |= {"seller", "profile", "groups", "tags", "company_id", "relationship", "archived"}
    shared |= {"archived_on"}
    shared |= {"prospect_status", "customer_status", "ploomes_status"}
    own = {
        "PF": {"cpf", "rg", "birth_date", "gender", "dependents"},
        "PJ": {"cnpj", "trade_name", "state_registration", "contacts"}
        | {"payment_method", "payment_terms"},
    }
    for record in sound:
        assert record.keys() == shared | own[record["person_type"]]
    addresses = [address for record in sound for address in record["addresses"]]
    assert all(re.fullmatch(r"\d{5}-?\d{3}", address["postal_code"]) for address in addresses)
    assert {record["status"] for record in sound} == {"active", "inactive", "blocked", "deleted"}
    assert {len(record["addresses"]) for record in sound} == {0, 1, 2, 3}
    assert {len(record.get("dependents", "")) for record in sound} == {0, 1, 2, 3, 4}


def test_families_share_an_address_a_landline_and_a_surname(sound):
    pairs = [
        (one, other)
        for one, other in pairwise(sound)
        if one["addresses"]
        and other["addresses"]
        and one["addresses"][0]["street"] == other["addresses"][0]["street"]
        and one["addresses"][0]["postal_code"] == other["addresses"][0]["postal_code"]
        and one["person_type"] == other["person_type"] == "PF"
    ]
    assert len(pairs) > len(sound) * 0.03
    landlines = [
        {p["number"] for p in one["phones"]} & {p["number"] for p in other["phones"]}
        for one, other in pairs
    ]
    assert sum(map(bool, landlines)) > len(pairs) * 0.2


def test_names_are_many_and_some_people_share_one(sound):
    names = Counter(record["name"] for record in sound if record["person_type"] == "PF")
    assert len({name.split()[0].casefold() for name in names}) > 200
    assert len({name.split()[-1].casefold() for name in names}) > 200
    assert names.most_common(1)[0][1] > 5
    assert 0.05 < sum(n for n in names.values() if n > 1) / names.total() < 0.3


@pytest.mark.parametrize(
    ("field", "least", "most"),
    [("cpf", 0.05, 0.1), ("birth_date", 0.15, 0.25), ("emails", 0.1, 0.2), ("notes", 0.55, 0.75)],
)
def test_fields_are_missing_at_believable_rates(sound, field, least, most):
    people = [record for record in sound if record["person_type"] == "PF"]
    assert least < sum(not record[field] for record in people) / len(people) < most


def test_one_in_eight_is_a_company(sound):
    assert 0.1 < sum(record["person_type"] == "PJ" for record in sound) / len(sound) < 0.14


def test_a_record_weighs_about_a_kilobyte(sound):
    sizes = [len(json.dumps(record, ensure_ascii=False).encode()) for record in sound]
    assert 800 < sum(sizes) / len(sizes) < 1350


def test_one_in_a_thousand_is_broken_in_six_ways(crowd):
    broken = crowd[777::1000]
    assert [r["id"] for r in broken[::6]] == [None, None]
    assert [type(r["name"]) for r in broken[1::6]] == [dict, int]
    assert [r["updated_at"] for r in broken[2::6]] == ["31/02/2025 25:61"] * 2
    assert [r["phones"][0]["number"] for r in broken[3::6]] == ["5511987654321?text=x"] * 2
    digits = [[c for c in r.get("cpf") or r["cnpj"] if c.isdecimal()] for r in broken[4::6]]
    assert all(found and not any(c.isascii() for c in found) for found in digits)
    assert [len(r["dependents"]) for r in broken[5::6]] == [300, 300]


def test_nobody_bought_before_being_registered_or_was_registered_as_a_child(sound):
    for record in sound[2:]:
        assert record["created_at"] <= (record["last_purchase_at"] or "9")
        assert not record.get("birth_date") or record["birth_date"][:4] < record["created_at"][:4]
