"""Numbers and addresses: valid where they should be, wrong or shared as rarely as meant."""

import re
from collections import Counter

import phonenumbers
from stdnum.br import cnpj, cpf


def bare(number):
    return re.sub(r"[./-]", "", number)


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


def test_e_mail_domains_are_nobodys(sound):
    domains = {e["address"].split("@")[1].lower() for r in sound for e in r["emails"]}
    assert domains == {"exemplo.com.br", "example.com", "example.org"}
    assert all(e["address"].isascii() for r in sound for e in r["emails"])
