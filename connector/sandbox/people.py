"""People as customers: names that repeat, documents that are missing, families that share."""

from typing import Any

import msgspec

from connector.sandbox.dice import Roll, roller
from connector.sandbox.documents import cpf, mistyped, punctuated_cpf, rg
from connector.sandbox.homes import Home
from connector.sandbox.names import (
    FEMALE,
    GENERATIONS,
    MALE,
    SECOND_FEMALE,
    SECOND_MALE,
    SURNAMES,
)
from connector.sandbox.phones import mobile
from connector.sandbox.story import Sighting, Story
from connector.sandbox.tables import listed, weighted
from connector.sandbox.timeline import DAY_US, LAST_DAY, spell_day

CATEGORIES = weighted("""
68: Consumidor
11: Consultor
6: Revendedor
9: VIP
3: Funcionário
3: Atacado
""")
DOMAINS = ("exemplo.com.br", "exemplo.com.br", "example.com", "example.org")
_LABELS = ("Pessoal", "Pessoal", "Trabalho", "NF-e")
_MOBILE_LABELS = ("Celular", "Celular", "WhatsApp", "Recado")
_RELATIONS = listed("""
Filha, Filho, Filha, Filho, Filha, Filho, Filha, Filho, Enteada, Enteado, Neta, Sobrinho, Esposa,
Marido
""")
_SPOUSES = ("Esposa", "Marido")
_DEPENDENTS = (0,) * 70 + (1,) * 13 + (2,) * 11 + (3,) * 4 + (4,) * 2
_GENDERS = {0: "O", **dict.fromkeys(range(1, 8))}
"""What one in a hundred, and seven more, have instead of what their name suggests."""
_BETWEEN = (".", "", "_", ".")
_UNACCENTED = str.maketrans("áàâãäçéêíïóôõöúüÁÂÃÀÉÊÍÓÔÕÚÜÇ", "aaaaaceeiioooouuAAAAEEIOOOUUC")
_BABY = LAST_DAY - 200
_CHILDHOOD = 17 * 365
_ADULT = LAST_DAY - 24 * 365
_TWENTY = 20 * 365
_THIRTY_FIVE = 35 * 365
_MISTYPED, _NEIGHBOURS, _RIGHT, _NONE = 0, (1, 2), 3, 920
"""Lots of a thousand: the documents that are wrong, shared or missing."""


class Person(msgspec.Struct, frozen=True):
    """A name as it is spoken, and what goes with it."""

    given: str
    last: str
    name: str
    gender: str


def person(roll: Roll, surname: str) -> Person:
    """Somebody whose last surname is the family's."""
    female = roll() % 100 < 57
    given = FEMALE[roll() % len(FEMALE)] if female else MALE[roll() % len(MALE)]
    second, surnames = SECOND_FEMALE if female else SECOND_MALE, surname
    name = f"{given} {second[roll() % len(second)]}" if roll() % 10 < 3 else given
    if roll() % 100 < 62:
        surnames = f"{SURNAMES[roll() % len(SURNAMES)]} {surname}"
    if not female and roll() % 25 == 0:
        surnames = f"{surnames} {GENERATIONS[roll() % len(GENERATIONS)]}"
    last = surname.rpartition(" ")[2]
    return Person(given, last, f"{name} {surnames}", "F" if female else "M")


def typed(lot: int, name: str) -> str:
    """A name as it was typed: one in five in capitals, half of those without accents."""
    if lot % 5:
        return name
    return name.upper().translate(_UNACCENTED) if lot % 2 else name.upper()


def email(roll: Roll, given: str, last: str) -> str:
    """An address made of a name, mostly a number, and a domain nobody reads mail at."""
    lot = roll()
    local = f"{given}{_BETWEEN[lot % len(_BETWEEN)]}{last}".translate(_UNACCENTED)
    if lot % 5:
        local += str(roll() % 10_000)
    domain = DOMAINS[roll() % len(DOMAINS)]
    return f"{local}@{domain}" if lot % 13 == 0 else f"{local.lower()}@{domain}"


def emails(roll: Roll, given: str, last: str, percent: int) -> list[dict[str, str]]:
    """At least one in ``percent`` of a hundred, sometimes two."""
    lot = roll() % 100
    return [
        {"address": email(roll, given, last), "label": _LABELS[roll() % len(_LABELS)]}
        for _ in range((lot < percent) + (lot < 8))
    ]


def phones(roll: Roll, place: Home) -> list[dict[str, str]]:
    """A mobile of one's own, mostly, and the home's fixed line where there is one."""
    numbers = []
    if roll() % 10:
        label = _MOBILE_LABELS[roll() % len(_MOBILE_LABELS)]
        numbers.append({"number": mobile(roll, place.city.ddd), "label": label})
    if place.landline:
        numbers.append({"number": place.landline, "label": "Residencial"})
    return numbers


def dependents(roll: Roll, surname: str) -> list[dict[str, str | None]]:
    """None to four: minors, and here and there a husband or a wife."""
    return [_dependent(roll, surname) for _ in range(_DEPENDENTS[roll() % len(_DEPENDENTS)])]


def _dependent(roll: Roll, surname: str) -> dict[str, str | None]:
    relation = _RELATIONS[roll() % len(_RELATIONS)]
    names = FEMALE if relation.endswith("a") else MALE
    youngest = _ADULT if relation in _SPOUSES else _BABY
    born = spell_day(youngest - roll() % _CHILDHOOD) if roll() % 10 else None
    name = f"{names[roll() % len(names)]} {surname}"
    return {"name": name, "relation": relation, "birth_date": born}


def identity(seed: int, seen: Sighting, place: Home) -> tuple[Person, dict[str, Any]]:
    """Who the customer is, and the fields that say so."""
    index, story = seen.index, seen.story
    roll = roller(b"person", seed, index)
    somebody = person(roll, place.surname)
    name = typed(roll(), somebody.name)
    if story.name:
        married = roller(b"name", seed, index, story.name)
        name = f"{somebody.name} {SURNAMES[married() % len(SURNAMES)]}"
    return somebody, {
        "name": name,
        "cpf": _cpf(roll, seed, index, story),
        "rg": rg(roll, place.city.state) if roll() % 3 == 0 else None,
        "birth_date": _birth_date(roll, seen.listed_at) if roll() % 5 else None,
        "gender": _GENDERS.get(roll() % 100, somebody.gender),
        "category": CATEGORIES[roll() % len(CATEGORIES)],
        "dependents": dependents(roll, place.surname),
    }


def _cpf(roll: Roll, seed: int, index: int, story: Story) -> str | None:
    """Mostly one's own; 8 % have none. One in a thousand is mistyped, two are a neighbour's.

    A change of the document sets all of these right.
    """
    lot, bare = roll() % 1000, roll() % 5 < 2
    if story.document:
        lot = _RIGHT
    if lot >= _NONE:
        return None
    number = cpf(seed, index - 1 if lot in _NEIGHBOURS else index)
    if lot == _MISTYPED:
        number = mistyped(number)
    return number if bare else punctuated_cpf(number)


def _birth_date(roll: Roll, listed_at: int) -> str:
    """Mostly about fifty-five years old when listed, and no child when registered years before."""
    return spell_day(listed_at // DAY_US - _TWENTY - roll() % _THIRTY_FIVE - roll() % _THIRTY_FIVE)
