"""Of three of anything all three are read, and one that is bad costs neither what follows it."""

from mirror.records import Customer, Phone
from tests.fakes.several import Numbers, as_sent, several
from tests.fakes.translation import read, translator

WHOLE = several(
    Numbers(7), "PJ", groups=("a", "b", "c"), tags=("x", "y", "z"),
    extras={"Cores": "azul, verde, lilás", "Time": "Santos", "Pé": "39"},
)  # fmt: skip
SENT = as_sent(WHOLE)
STREETS = [one.street for one in sorted(WHOLE.addresses, key=lambda one: not one.main)]
NUMBERS = [one.number for one in WHOLE.phones]


def numbers(phones: tuple[Phone, ...]) -> list[str]:
    return [one.number for one in phones]


def check(found: Customer) -> None:
    wrong = WHOLE.documents[2]
    assert found.documents == (WHOLE.documents[0], wrong, WHOLE.documents[1])
    assert found.emails == WHOLE.emails
    assert numbers(found.phones) == NUMBERS
    assert [one.street for one in found.addresses] == STREETS
    assert [(one.email, one.phone and one.phone.number) for one in found.contacts] == [
        (one.email, one.phone and one.phone.number) for one in WHOLE.contacts
    ]
    people = [(one.name, one.birth_date) for one in found.dependents]
    assert people == [(one.name, one.birth_date) for one in WHOLE.dependents]
    assert (found.groups, found.tags) == (WHOLE.groups, WHOLE.tags)
    assert found.extras == WHOLE.extras


def test_all_three_of_everything_are_read() -> None:
    found = read(**SENT)
    check(found)
    assert [one.label for one in found.phones] == [one.label for one in WHOLE.phones]
    assert found.flags == ("document_invalid",)


def test_one_that_is_bad_costs_none_of_those_behind_it() -> None:
    emails = [{"address": one} for one in ("nenhum", *WHOLE.emails[:1], "a@", *WHOLE.emails[1:])]
    phones = [{"number": one} for one in ("", NUMBERS[0], "123", *NUMBERS[1:])]
    addresses = [{}, *SENT["addresses"], {"postal_code": "7"}]
    people = [{"role": "x"}, *SENT["contacts"]]
    found = read(
        **SENT
        | {
            "emails": emails,
            "phones": phones,
            "addresses": addresses,
            "contacts": people,
            "dependents": [{"name": " "}, *SENT["dependents"]],
            "groups": ["", "a", None, "b", "c"],
        }
    )
    assert found.emails == WHOLE.emails
    assert [one for one in numbers(found.phones) if one != "123"] == NUMBERS
    assert [one.street for one in found.addresses if one.street] == STREETS
    assert len(found.contacts) == len(WHOLE.contacts)
    assert len(found.dependents) == len(WHOLE.dependents)
    assert found.groups == ("a", "b", "c")
    assert set(found.flags) == {
        "document_invalid", "email_invalid", "phone_invalid", "postal_code_invalid",
    }  # fmt: skip


def test_fields_that_lie_apart_are_all_read() -> None:
    paths = ["phone", "mobile", "work"]
    apart = translator(phones=paths, emails=["mail", "mails[]"])
    told = dict(zip(paths, NUMBERS, strict=True))
    first, *others = WHOLE.emails
    found = read(apart, **told, mail=first, mails=others)
    assert numbers(found.phones) == NUMBERS
    assert found.emails == WHOLE.emails
