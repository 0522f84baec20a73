"""E-mails and telephones: canonical, each once, or left out with a flag."""

import pytest

from mirror.records import Contact, Phone
from tests.fakes.translation import read, translator


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
        (11987654321.0, "+5511987654321"),
        ("11987654321.0", "+5511987654321"),
        ("98765-4321", "987654321"),
    ],
)
def test_a_telephone_is_read_in_every_form(number: object, kept: str):
    assert [phone.number for phone in read(phones=[{"number": number}]).phones] == [kept]


def test_the_shop_s_own_area_completes_a_local_number():
    found = read(translator("21"), phones=[{"number": "98765-4321"}])
    assert found.phones[0].number == "+5521987654321"
    assert "default_ddd" in found.phones[0].flags


@pytest.mark.parametrize("number", ["1" * 31, "11-9TELEFONE", "recado com Ana", True, {}, {"n": 1}])
def test_what_is_no_telephone_is_left_out_with_a_flag_and_the_customer_kept(number: object):
    flags = () if number == {} else ("phone_invalid",)
    found = read(phones=[{"number": number}])
    assert (found.name, found.phones, found.flags) == ("Ana Souza", (), flags)
    found = read(contacts=[{"name": "Rui", "phone": number}])
    assert (found.contacts, found.flags) == ((Contact("Rui"),), flags)


@pytest.mark.parametrize(
    "number",
    [
        "11 98765-4321 recado",
        "Maria 11 98765-4321",
        "whatsapp: 11987654321",
        "tel:+5511987654321",
        "(11) 98765-4321 (Maria)",
        "5511987654321?text=pague%20aqui&x=//canary.invalid",
        "11987654321" + " falar com a Maria depois das seis" * 40,
    ],
)
def test_words_around_a_telephone_are_left_out_with_a_flag(number: str):
    whole = Phone("+5511987654321", "mobile")
    found = read(phones=[{"number": number}])
    assert (found.phones, found.flags) == ((whole,), ("phone_words",))
    found = read(contacts=[{"name": "Rui", "phone": number}])
    assert (found.contacts, found.flags) == ((Contact("Rui", phone=whole),), ("phone_words",))


def test_several_telephones_in_one_text_are_several():
    found = read(phones=[{"number": "(11) 98765-4321 / 3322-4455", "label": "Casa"}])
    assert [(one.number, one.label) for one in found.phones] == [
        ("+5511987654321", "Casa"),
        ("+551133224455", "Casa"),
    ]
    assert found.flags == ()
    contact = {"name": "Rui", "phone": "11987654321, 1133224455", "email": "a@x.com;b@x.com"}
    first, second = read(contacts=[contact]).contacts
    assert first == Contact("Rui", None, "a@x.com", Phone("+5511987654321", "mobile"))
    assert second == Contact("Rui", None, "b@x.com", Phone("+551133224455", "landline"))


@pytest.mark.parametrize(
    ("sent", "kept", "flags"),
    [
        ("a@x.com;b@x.com", ("a@x.com", "b@x.com"), ()),
        ("a@x.com / b@x.com", ("a@x.com", "b@x.com"), ()),
        ("Fulano <a@x.com>", ("a@x.com",), ()),
        ("a@x.com.", ("a@x.com",), ()),
        ("a@x.com (trabalho)", ("a@x.com",), ("email_words",)),
        ("a@x.com; b@", ("a@x.com",), ("email_words",)),
        ("a&#64;x.com", ("a@x.com",), ()),
        ('["a@x.com", "b@x.com"]', ("a@x.com", "b@x.com"), ()),
        ("não tem", (), ("email_invalid",)),
        ({"a": 1}, (), ("email_invalid",)),
        (True, (), ("email_invalid",)),
        (False, (), ()),
        ("N/A", (), ()),
    ],
)
def test_every_address_of_a_text_is_kept(sent: object, kept: tuple[str, ...], flags: object):
    found = read(translator(emails=["email"]), email=sent)
    assert (found.emails, found.flags) == (kept, flags)


def test_a_telephone_without_a_digit_is_left_out_with_a_flag():
    found = read(phones=[{"number": "não tem"}, {"number": None}, {"label": "x"}])
    assert (found.phones, found.flags) == ((), ("phone_invalid",))


def test_the_same_telephone_twice_is_one():
    numbers = ("11987654321", "+55 11 98765-4321", "1133224455")
    found = read(phones=[{"number": number} for number in numbers])
    assert [phone.number for phone in found.phones] == ["+5511987654321", "+551133224455"]
