"""The customers: every field of the screen, valid identifiers, and faults at believable rates."""

import json
import re
from collections import Counter
from itertools import pairwise

import phonenumbers
import pytest
from stdnum.br import cnpj, cpf

from connector.sandbox.broken import spoil
from connector.sandbox.customers import customer
from connector.sandbox.population import Population
from connector.sandbox.story import UNTOUCHED, Sighting, after

SEED = 7
MANY = 12_000


@pytest.fixture(scope="module")
def crowd():
    return [customer(SEED, s) for s in Population(MANY, SEED).listing(None, None, MANY).seen]


@pytest.fixture(scope="module")
def sound(crowd):
    return [record for index, record in enumerate(crowd) if index % 1000 != 777]


def seen(index, *kinds):
    story = UNTOUCHED
    for kind in kinds:
        story = after(story, kind, 1_800_000_000_000_000)
    listed_at = 1_700_000_000_000_000
    return Sighting(index, story, story.changed_at or listed_at, listed_at)


def bare(number):
    return re.sub(r"[./-]", "", number)


@pytest.mark.parametrize("seed", [0, 7, 123_456_789_012_345])
def test_the_first_customer_is_the_manuals_whatever_the_seed(seed):
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


def test_every_section_of_the_screen_is_filled_in_for_the_first_customer():
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
    shared |= {"seller", "profile", "groups", "tags"}
    own = {
        "PF": {"cpf", "rg", "birth_date", "gender", "dependents"},
        "PJ": {"cnpj", "trade_name", "state_registration", "contacts"},
    }
    for record in sound:
        assert record.keys() == shared | own[record["person_type"]]
    addresses = [address for record in sound for address in record["addresses"]]
    assert all(re.fullmatch(r"\d{5}-?\d{3}", address["postal_code"]) for address in addresses)
    assert {record["status"] for record in sound} == {"active", "inactive", "blocked", "deleted"}
    assert {len(record["addresses"]) for record in sound} == {0, 1, 2, 3}
    assert {len(record.get("dependents", "")) for record in sound} == {0, 1, 2, 3, 4}


def test_cpfs_are_valid_and_unique_but_for_a_few(sound):
    numbers = [bare(record["cpf"]) for record in sound if record.get("cpf")]
    wrong = sum(not cpf.is_valid(number) for number in numbers)
    shared = sum(count - 1 for count in Counter(numbers).values())
    assert 0 < wrong < len(numbers) * 0.004
    assert 0 < shared < len(numbers) * 0.006
    assert {len(number) for number in numbers} == {11}


def test_cnpjs_are_valid_unique_and_some_have_letters(sound):
    numbers = [bare(record["cnpj"]) for record in sound if record.get("cnpj")]
    assert len(set(numbers)) == len(numbers)
    assert sum(not cnpj.is_valid(number) for number in numbers) < len(numbers) * 0.01
    lettered = sum(not number.isdigit() for number in numbers)
    assert 0.1 < lettered / len(numbers) < 0.2


def test_identifiers_come_with_and_without_punctuation(sound):
    written = [record["cpf"] for record in sound if record.get("cpf")]
    assert 0.5 < sum("-" in number for number in written) / len(written) < 0.7


def test_old_mei_names_hold_the_owners_valid_cpf(sound):
    names = [record["name"] for record in sound if record["person_type"] == "PJ"]
    inside = [match[0] for name in names if (match := re.search(r"\d{11}", name))]
    assert 0.1 < len(inside) / len(names) < 0.3
    assert all(cpf.is_valid(number) for number in inside)


def test_telephones_are_brazilian_in_many_formats(sound):
    numbers = [phone["number"] for record in sound[2:] for phone in record["phones"]]
    shapes = {re.sub(r"\d", "9", number) for number in numbers}
    assert {"(99) 99999-9999", "99999999999", "+99 99 99999-9999", "(99) 9999-9999"} <= shapes
    full = [n for n in numbers if re.fullmatch(r"\(\d\d\) \d{4,5}-\d{4}", n)]
    read = [phonenumbers.is_valid_number(phonenumbers.parse(n, "BR")) for n in full]
    assert sum(read) / len(read) > 0.85  # the rest are the eight-digit mobiles of old
    assert len({n[1:3] for n in full}) == 67


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
    assert 800 < sum(sizes) / len(sizes) < 1300


def test_e_mail_domains_are_nobodys(sound):
    domains = {e["address"].split("@")[1].lower() for r in sound for e in r["emails"]}
    assert domains == {"exemplo.com.br", "example.com", "example.org"}
    assert all(e["address"].isascii() for r in sound for e in r["emails"])


def test_one_in_a_thousand_is_broken_in_six_ways(crowd):
    broken = crowd[777::1000]
    assert [r["updated_at"] for r in broken[::6]] == ["31/02/2025 25:61"] * 2
    assert [type(r["name"]) for r in broken[1::6]] == [int, list]
    assert [r["id"] for r in broken[2::6]] == [None, None]
    assert [r["phones"][0]["number"] for r in broken[3::6]] == ["5511987654321?text=x"] * 2
    assert all(
        number.isdecimal() and not number.isascii()
        for r in broken[4::6]
        if (number := bare(r.get("cpf") or r.get("cnpj"))).isdigit()
    )
    assert [len(r["dependents"]) for r in broken[5::6]] == [300, 300]


def test_a_broken_record_is_mended_by_a_change():
    record = {"id": 1}
    spoil(record, 2777, 2)
    assert record["id"] == 1
    spoil(record, 2777, 1)
    assert record["id"] is None


@pytest.mark.parametrize(
    ("kind", "field"),
    [
        ("phone", "phones"),
        ("email", "emails"),
        ("address", "addresses"),
        ("status", "status"),
        ("name", "name"),
        ("purchase", "last_purchase_at"),
    ],
)
def test_a_change_changes_its_field_and_nothing_else(kind, field):
    changed = 0
    for index in range(2, 60):
        before, now = customer(SEED, seen(index)), customer(SEED, seen(index, kind))
        differing = {f for f in before if before[f] != now[f]} - {"v", "updated_at"}
        assert differing <= {field, "trade_name", "loyalty"}
        changed += field in differing
    assert changed > 10


def test_a_correction_of_the_document_leaves_a_valid_one_of_ones_own(sound):
    for index, record in enumerate(sound[:700]):
        if index > 1 and "cpf" in record:
            assert cpf.is_valid(customer(SEED, seen(index, "document"))["cpf"])


def test_nobody_bought_before_being_registered_or_was_registered_as_a_child(sound):
    for record in sound[2:]:
        assert record["created_at"] <= (record["last_purchase_at"] or "9")
        assert not record.get("birth_date") or record["birth_date"][:4] < record["created_at"][:4]
