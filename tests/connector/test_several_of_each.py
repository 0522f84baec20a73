"""Of three of anything all three are read, and one that is bad costs neither what follows it."""

from typing import Any

from mirror.identifiers import format_document
from mirror.records import Customer, Phone
from tests.fakes.several import Numbers, several
from tests.fakes.translation import read, translator

WHOLE = several(Numbers(7), "PJ")
DOCUMENTS = [format_document(one.kind, one.value) for one in WHOLE.documents]
NUMBERS = [one.number for one in WHOLE.phones]


def raw(**more: Any) -> dict[str, Any]:
    """How a master of the preset says it."""
    usual = {
        "cpf": [DOCUMENTS[0], DOCUMENTS[2]],
        "cnpj": DOCUMENTS[1],
        "emails": [{"address": one} for one in WHOLE.emails],
        "phones": [{"number": one, "label": f"L{n}"} for n, one in enumerate(NUMBERS)],
        "addresses": [{"street": one.street, "city": one.city} for one in WHOLE.addresses],
        "contacts": [
            {"name": one.name, "email": one.email, "phone": one.phone and one.phone.number}
            for one in WHOLE.contacts
        ],
        "dependents": [
            {"name": one.name, "birth_date": f"{one.birth_date}"} for one in WHOLE.dependents
        ],
        "groups": ["a", "b", "c"],
        "tags": ["x", "y", "z"],
        "extra": {"Cores": ["azul", "verde", "lilás"], "Time": "Santos", "Pé": 39},
    }
    return usual | more


def numbers(phones: tuple[Phone, ...]) -> list[str]:
    return [one.number for one in phones]


def check(found: Customer) -> None:
    wrong = WHOLE.documents[2]
    assert found.documents == (WHOLE.documents[0], wrong, WHOLE.documents[1])
    assert found.emails == WHOLE.emails
    assert numbers(found.phones) == NUMBERS
    assert [one.street for one in found.addresses] == [one.street for one in WHOLE.addresses]
    assert [(one.email, one.phone and one.phone.number) for one in found.contacts] == [
        (one.email, one.phone and one.phone.number) for one in WHOLE.contacts
    ]
    people = [(one.name, one.birth_date) for one in found.dependents]
    assert people == [(one.name, one.birth_date) for one in WHOLE.dependents]
    assert (found.groups, found.tags) == (("a", "b", "c"), ("x", "y", "z"))
    assert found.extras == {"Cores": "azul, verde, lilás", "Time": "Santos", "Pé": "39"}


def test_all_three_of_everything_are_read() -> None:
    found = read(**raw())
    check(found)
    assert [one.label for one in found.phones] == ["L0", "L1", "L2"]
    assert found.flags == ("document_invalid",)


def test_one_that_is_bad_costs_none_of_those_behind_it() -> None:
    emails = [{"address": one} for one in ("nenhum", *WHOLE.emails[:1], "a@", *WHOLE.emails[1:])]
    phones = [{"number": one} for one in ("", NUMBERS[0], "123", *NUMBERS[1:])]
    addresses = [{}, *raw()["addresses"], {"postal_code": "7"}]
    people = [{"role": "x"}, *raw()["contacts"]]
    found = read(
        **raw(
            emails=emails,
            phones=phones,
            addresses=addresses,
            contacts=people,
            dependents=[{"name": " "}, *raw()["dependents"]],
            groups=["", "a", None, "b", "c"],
        )
    )
    assert found.emails == WHOLE.emails
    assert [one for one in numbers(found.phones) if one != "123"] == NUMBERS
    assert [one.street for one in found.addresses if one.street] == [
        one.street for one in WHOLE.addresses
    ]
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
