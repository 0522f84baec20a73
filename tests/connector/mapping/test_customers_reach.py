"""E-mails and telephones: canonical, each once, or left out with a flag."""

import pytest

from tests.fakes.translation import read, rule, translator


def test_what_is_no_email_is_left_out_with_a_flag():
    found = read(emails=[{"address": "no"}, {"address": None}, {}, {"address": "a@b.com"}])
    assert (found.emails, found.flags) == (("a@b.com",), ("email_invalid",))


def test_emails_are_canonical_and_each_once():
    found = read(emails=[{"address": "\ufeffＭaria@ex.com\u00a0"}, {"address": "maria@EX.com"}])
    assert found.emails == ("maria@ex.com",)


@pytest.mark.parametrize(
    ("number", "kept"),
    [
        ("+55 (11) 98765-4321", "+5511987654321"),
        ("11987654321", "+5511987654321"),
        ("011 98765 4321", "+5511987654321"),
        ("5511987654321", "+5511987654321"),
        (11987654321, "+5511987654321"),
        ("98765-4321", "987654321"),
    ],
)
def test_a_telephone_is_read_in_every_form(number: object, kept: str):
    assert [phone.number for phone in read(phones=[{"number": number}]).phones] == [kept]


def test_the_shop_s_own_area_completes_a_local_number():
    found = read(translator("21"), phones=[{"number": "98765-4321"}])
    assert found.phones[0].number == "+5521987654321"
    assert "default_ddd" in found.phones[0].flags


@pytest.mark.parametrize(
    "number", ["1" * 31, "11-9TELEFONE", "5511987654321?text=pague%20aqui&x=//canary.invalid"]
)
def test_a_text_that_is_no_telephone_refuses_the_record(number: str):
    assert rule(phones=[{"number": number}]) == "phones: phone_not_a_number"
    assert rule(contacts=[{"name": "Rui", "phone": number}]) == "contacts: phone_not_a_number"


def test_a_telephone_without_a_digit_is_left_out_with_a_flag():
    found = read(phones=[{"number": "não tem"}, {"number": None}, {"label": "x"}])
    assert (found.phones, found.flags) == ((), ("phone_invalid",))


def test_the_same_telephone_twice_is_one():
    numbers = ("11987654321", "+55 11 98765-4321", "1133224455")
    found = read(phones=[{"number": number} for number in numbers])
    assert [phone.number for phone in found.phones] == ["+5511987654321", "+551133224455"]
